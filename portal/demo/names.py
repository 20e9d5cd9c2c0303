"""Names, telephone numbers, streets and e-mail addresses for invented people and companies."""

import re
import unicodedata
from random import Random

from portal.demo import sources
from portal.demo.anchors import BAYLINE, SUMMIT, PersonOutline
from portal.demo.industries import ACCENTED_SURNAMES, FEATURES, Industry

BROKERS = (
    SUMMIT,
    BAYLINE,
    PersonOutline(
        "broker",
        "Renée",
        "Thibodeau",
        "Producer, North Quay Insurance Agency",
        "2075550148",
        "northquay.example",
    ),
)

_SPELLED = str.maketrans({"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "ß": "ss", "đ": "d", "Đ": "D"})
_LEFT_OUT = {"and", "the", "of", "for", "group", "company", "law", "offices", "partners"}
_LONGEST_DOMAIN_WORD = 24


def surname(rng: Random) -> str:
    """Return a family name: as frequent as in the census, one of 14 with accents or marks."""
    if rng.random() < 1 / 14:
        return rng.choice(ACCENTED_SURNAMES)
    found, weights = sources.surnames()
    return rng.choices(found, weights)[0]


def person(rng: Random) -> tuple[str, str]:
    """Return a first and a last name."""
    return rng.choice(sources.first_names()), surname(rng)


def company_name(rng: Random, industry: Industry) -> str:
    """Return a name that fits *industry*, without what the form of company adds."""
    return _fill(rng, rng.choice(industry.names))


def trade_name(rng: Random, industry: Industry) -> str:
    """Return the name over the door, for half of the companies whose industry has such names."""
    if not industry.trade_names or rng.random() < 0.5:
        return ""
    return _fill(rng, rng.choice(industry.trade_names))


def _fill(rng: Random, pattern: str) -> str:
    return pattern.format(surname=surname(rng), second=surname(rng), feature=rng.choice(FEATURES))


def plain(text: str) -> str:
    """Return *text* in a to z, 0 to 9 and blanks, for addresses and user names."""
    letters = unicodedata.normalize("NFKD", text.translate(_SPELLED))
    kept = "".join(c for c in letters if not unicodedata.combining(c) and c != "'")
    return re.sub(r"[^a-z0-9]+", " ", kept.lower()).strip()


def domain_word(name: str) -> str:
    """Return the first label of a domain for the company *name*: its telling words, joined."""
    words = [word for word in plain(name).split() if word not in _LEFT_OUT]
    label = ""
    for word in words:
        if label and len(label) + len(word) > _LONGEST_DOMAIN_WORD:
            break
        label += word
    return label


def email(first_name: str, last_name: str, domain: str, used: set[str]) -> str:
    """Return initial and last name at *domain*, with more of the first name while it is in *used*."""
    given, family = plain(first_name).replace(" ", ""), plain(last_name).replace(" ", "")
    candidates = [f"{given[:length]}{family}@{domain}" for length in range(1, len(given) + 1)]
    numbered = (f"{given}{family}{number}@{domain}" for number in range(2, len(used) + 3))
    return next(found for found in [*candidates, *numbered] if found not in used)


def phone(rng: Random, area_code: str) -> str:
    """Return 10 digits from the lines 555-0100 to 555-0199, which nobody has."""
    return f"{area_code}55501{rng.randrange(100):02d}"


def street_line(rng: Random) -> str:
    """Return a house number and a street; frequent street names come up more often."""
    found = sources.street_names()
    name = found[int(len(found) * rng.random() ** 1.6)]
    suffixes, weights = sources.street_suffixes()
    suffix = rng.choices(suffixes, weights)[0]
    number = rng.randint(1, 1400)
    return f"{number} {name}" if name == "Broadway" else f"{number} {name} {suffix}"


def suite(rng: Random) -> str:
    """Return the second line of an address, empty for two of three."""
    if rng.random() < 2 / 3:
        return ""
    word = rng.choice(sources.secondary_designators())
    return f"{word} {rng.randint(1, 9) if word in {'Building', 'Floor'} else rng.randint(2, 450)}"
