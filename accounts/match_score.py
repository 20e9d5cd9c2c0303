"""How well a registration request fits what is on file: 0 to 100 points in six parts. Pure.

The score orders the evidence for a person at account management; it decides nothing by itself, except
whether a second person must look (setting MATCH_LIMIT).
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import SequenceMatcher

GROUP_POINTS, FEIN_POINTS, DOMAIN_POINTS, NAME_POINTS, PHONE_POINTS, SIGNER_POINTS = (
    20,
    25,
    20,
    15,
    10,
    10,
)
# Mail providers anybody can use: such an address says nothing about the company.
FREE_DOMAINS = frozenset({
    "aol.com", "comcast.net", "gmail.com", "gmx.com", "hotmail.com", "icloud.com", "live.com", "mail.com",
    "me.com", "msn.com", "outlook.com", "proton.me", "protonmail.com", "verizon.net", "yahoo.com",
})  # fmt: skip
_LEGAL_FORMS = re.compile(
    r"\b(inc|incorporated|llc|llp|lp|ltd|limited|co|corp|corporation|company|pc|pllc|the)\b"
)


@dataclass(frozen=True)
class Claim:
    """What the applicant says."""

    identifier: str
    legal_name: str
    fein: str
    email: str
    phone: str
    signer_name: str
    signer_email: str


@dataclass(frozen=True)
class OnFile:
    """What the carrier knows of the group; lists hold the values of all contacts."""

    identifiers: tuple[str, ...]
    legal_names: tuple[str, ...]
    fein: str
    emails: tuple[str, ...]
    phones: tuple[str, ...]
    signer_names: tuple[str, ...]
    signer_emails: tuple[str, ...]


@dataclass(frozen=True)
class Part:
    """One line of the comparison: *result* is same, close, different or unknown (nothing on file)."""

    name: str
    claimed: str
    on_file: str
    result: str
    points: int
    of: int


@dataclass(frozen=True)
class Score:
    """The comparison as a whole."""

    parts: tuple[Part, ...] = field(default_factory=tuple)
    free_domain: bool = False

    @property
    def points(self) -> int:
        """Return the sum of all parts, 0 to 100."""
        return sum(part.points for part in self.parts)

    @property
    def lowest(self) -> Part | None:
        """Return the part that lost the most points, or None when nothing is lost."""
        lost = max(self.parts, key=lambda part: part.of - part.points, default=None)
        return lost if lost and lost.points < lost.of else None


def score(claim: Claim, known: OnFile | None) -> Score:
    """Compare *claim* with what is on file; an unknown group scores 0 in every part."""
    free = domain_of(claim.email) in FREE_DOMAINS
    if known is None:
        known = OnFile((), (), "", (), (), (), ())
    return Score(
        (
            _exact("group", claim.identifier, known.identifiers, GROUP_POINTS),
            _name("legal_name", claim.legal_name, known.legal_names, NAME_POINTS),
            _exact("fein", claim.fein, (known.fein,) if known.fein else (), FEIN_POINTS),
            _domain(claim.email, known.emails),
            _exact("phone", claim.phone, known.phones, PHONE_POINTS),
            _signer(claim, known),
        ),
        free_domain=free,
    )


def domain_of(email: str) -> str:
    """Return the part after the last @, lower case."""
    return email.rpartition("@")[2].lower()


def plain_name(text: str) -> str:
    """Return a company or person name for comparison: no accents, case, punctuation or legal form."""
    folded = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().casefold()
    words = re.sub(r"[^a-z0-9 ]", " ", folded.replace("&", " and "))
    return " ".join(_LEGAL_FORMS.sub(" ", words).split())


def _exact(name: str, claimed: str, known: Iterable[str], of: int) -> Part:
    values = [value for value in known if value]
    if not values:
        return Part(name, claimed, "", "unknown", 0, of)
    same = claimed in values
    return Part(
        name,
        claimed,
        claimed if same else values[0],
        "same" if same else "different",
        of * same,
        of,
    )


def _name(name: str, claimed: str, known: Iterable[str], of: int) -> Part:
    """Give all points for the same letters, most for the same words, none below 85 % likeness."""
    values = [value for value in known if value]
    if not values:
        return Part(name, claimed, "", "unknown", 0, of)
    best = max(values, key=lambda value: _likeness(claimed, value))
    if claimed.strip() == best.strip():
        return Part(name, claimed, best, "same", of, of)
    if _likeness(claimed, best) >= 0.85:
        return Part(name, claimed, best, "close", round(of * 0.87), of)
    return Part(name, claimed, best, "different", 0, of)


def _likeness(first: str, second: str) -> float:
    return SequenceMatcher(None, plain_name(first), plain_name(second)).ratio()


def _domain(email: str, known: Iterable[str]) -> Part:
    """Give points for the domain of a contact on file, unless anybody can have an address there."""
    claimed = domain_of(email)
    domains = [domain_of(value) for value in known if value]
    part = _exact("email_domain", claimed, domains, DOMAIN_POINTS)
    if part.result == "same" and claimed in FREE_DOMAINS:
        same_address = email.lower() in {value.lower() for value in known}
        points = DOMAIN_POINTS // 2 if same_address else 0
        return Part(
            part.name,
            claimed,
            part.on_file,
            "close" if same_address else "different",
            points,
            part.of,
        )
    return part


def _signer(claim: Claim, known: OnFile) -> Part:
    part = _name("contract_signer", claim.signer_name, known.signer_names, SIGNER_POINTS)
    if claim.signer_email.lower() in {value.lower() for value in known.signer_emails}:
        return Part(part.name, part.claimed, part.on_file, "same", SIGNER_POINTS, SIGNER_POINTS)
    if part.result in {"same", "close"}:
        return Part(
            part.name, part.claimed, part.on_file, "close", SIGNER_POINTS - 2, SIGNER_POINTS
        )
    return part
