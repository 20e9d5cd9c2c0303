"""Sign-in Seals: the pictures a person chooses from, and made-up seals for names nobody has.

The seal page comes after the user name and before the password. It answers every name with a
picture and a phrase, so that it tells nobody which names exist. No database, no request.
"""

import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.user_names import fold_login

Choice = TypeVar("Choice")

# Keeps these digests apart from any other use of the caller's secret.
_PURPOSE = b"accounts.seals.made_up_seal\x00"


@dataclass(frozen=True)
class Seal:
    """A shipped picture: *key* as stored with an account, *name* to choose by, *alt* instead of it."""

    key: str
    name: str | Promise
    alt: str | Promise

    @property
    def image(self) -> str:
        """Give the path below the static root."""
        return f"img/seals/{self.key}.svg"


# Only append: made-up seals depend on number and order, stored seals on the keys.
SEALS: dict[str, Seal] = {
    seal.key: seal
    for seal in (
        Seal("lighthouse", _("Lighthouse"), _("A red and white lighthouse on a rock shines over a gray-blue sea.")),
        Seal("loon", _("Loon"), _("A black and white loon carries a brown chick across a green lake.")),
        Seal("sailboat", _("Sailboat"), _("A brown sailboat with cream sails crosses the sea at sunset.")),
        Seal("mountain", _("Mountain"), _("A purple mountain with a snowy top rises behind dark fir trees.")),
        Seal("barn", _("Barn"), _("A red barn and a gray silo stand on a green hill.")),
        Seal("bicycle", _("Bicycle"), _("A white bicycle with a basket of flowers stands before a mustard yellow wall.")),
        Seal("teapot", _("Teapot"), _("A blue teapot with a white flower steams on a pink table.")),
        Seal("owl", _("Owl"), _("A brown owl with orange eyes sits on a branch below the moon.")),
        Seal("fox", _("Fox"), _("An orange fox sits in a pale green meadow.")),
        Seal("whale", _("Whale"), _("A navy blue whale swims in light blue water and blows a spout.")),
        Seal("maple-leaf", _("Maple leaf"), _("A large crimson maple leaf lies above two small golden ones.")),
        Seal("windmill", _("Windmill"), _("A brick windmill with white sails stands behind pink tulips.")),
        Seal("lantern", _("Lantern"), _("A brass lantern glows in the dark.")),
        Seal("kite", _("Kite"), _("A kite in four bright colors flies in a blue sky.")),
        Seal("balloon", _("Hot-air balloon"), _("A hot-air balloon with purple and pink stripes floats over mint green hills.")),
        Seal("tractor", _("Tractor"), _("A green tractor with yellow wheels stands in a brown field.")),
        Seal("violin", _("Violin"), _("An amber violin and its bow lie on burgundy cloth.")),
        Seal("cactus", _("Cactus"), _("A tall green cactus with pink flowers grows in the desert.")),
        Seal("umbrella", _("Umbrella"), _("A yellow umbrella stands in a puddle in the rain.")),
        Seal("mitten", _("Mitten"), _("A red mitten with a white cuff hangs among snowflakes on blue.")),
        Seal("pumpkin", _("Pumpkin"), _("A large orange pumpkin lies on dark green ground.")),
        Seal("sunflower", _("Sunflower"), _("A yellow sunflower with a brown center stands before light green.")),
        Seal("train", _("Train"), _("A dark blue steam engine with red trim puffs white clouds.")),
        Seal("canoe", _("Canoe"), _("A yellow canoe floats on a dark lake below a full moon.")),
        Seal("turtle", _("Turtle"), _("A green sea turtle swims in turquoise water, seen from above.")),
        Seal("acorn", _("Acorn"), _("A brown acorn with an oak leaf on bright lime green.")),
        Seal("hummingbird", _("Hummingbird"), _("An emerald hummingbird drinks from a red flower on pale pink.")),
        Seal("anchor", _("Anchor"), _("A cream anchor with a navy rope on coral red.")),
    )
}  # fmt: skip


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_ADJECTIVES = _words(
    "blue red green yellow purple orange silver golden little big old tiny happy sleepy lazy lucky "
    "quiet funny brave gentle wild sunny rainy snowy crooked shiny rusty dusty fuzzy striped "
    "speckled dancing singing smiling dizzy hungry"
)
_LOOKS = _words(
    "blue red green yellow purple orange silver golden little big old tiny crooked shiny rusty dusty "
    "striped speckled lucky funny wooden broken squeaky favorite"
)
_ANIMALS = _words(
    "otter heron beaver moose robin cardinal badger rabbit pony donkey puppy kitten beagle collie "
    "hedgehog squirrel chipmunk raccoon penguin seal dolphin goose duck rooster falcon eagle "
    "cricket firefly bumblebee dragonfly elephant giraffe koala panda tiger frog"
)
_ANIMALS_TOGETHER = _words(
    "otters herons beavers robins cardinals badgers rabbits ponies donkeys puppies kittens beagles "
    "hedgehogs squirrels chipmunks raccoons penguins seals dolphins ducks chickens eagles crickets "
    "fireflies bumblebees dragonflies elephants giraffes koalas pandas tigers frogs turtles crabs "
    "swans geese"
)
_NUMBERS = _words("two three four five six seven ten twelve")
_YEARS = tuple(str(year) for year in range(1950, 2025))
_PLACES = (
    "on the lake", "by the river", "at the beach", "in the garden", "on the porch", "in the attic",
    "under the bridge", "in the woods", "on the hill", "at the farm", "in the barn", "on the roof",
    "by the fire", "in the rain", "in the snow", "at midnight", "at sunrise", "on Main Street",
    "in Maine", "in Vermont", "on Cape Cod", "in Boston", "in Chicago", "in Montana", "in Texas",
    "at the cabin", "on the dock", "in the kitchen", "under the stars", "by the pond", "in the park",
    "on a Sunday", "in October", "in July", "down the road", "up north",
)  # fmt: skip
_OWNERS = (
    "my", "our", "grandma's", "grandpa's", "mom's", "dad's", "the kids'", "aunt Rose's",
    "uncle Joe's", "the neighbor's", "my sister's", "my brother's", "nana's", "the", "that", "one",
    "your", "his", "her",
)  # fmt: skip
_THINGS = _words(
    "bench ladder bicycle pickup truck guitar piano sweater scarf blanket toolbox rowboat lantern "
    "treehouse fiddle camera suitcase typewriter mailbox tent quilt teacup skillet hammock wagon "
    "hat coat sofa lamp clock radio canoe fence bookshelf cookbook jukebox"
)
_PETS = _words(
    "Biscuit Pepper Maggie Buddy Ginger Rusty Daisy Max Molly Oscar Peanut Sadie Shadow Tucker Toby "
    "Willow Ziggy Bella Cooper Gus Hazel Jasper Luna Marley Nutmeg Olive Piper Rocky Sunny Waffles"
)
_TRIPS = (
    "Fenway", "Cape Cod", "Lake Placid", "Yosemite", "New Orleans", "Disney World", "Grand Canyon",
    "Niagara Falls", "Mount Washington", "Key West", "San Diego", "Nantucket", "Glacier Park", "Alaska",
    "Santa Fe", "Acadia", "road trip", "spring break", "family reunion", "class of",
)  # fmt: skip
_LIKES = ("loves", "hates", "wants", "stole")
_TREATS = _words(
    "pancakes socks snow bacon popcorn blueberries meatballs naps thunder bubbles carrots "
    "cheese puddles squirrels pretzels waffles noodles pickles cookies toast"
)
_DOINGS = (
    "camping", "fishing", "hiking", "sailing", "skating", "dancing", "reading", "baking", "painting",
    "gardening", "stargazing", "skiing", "swimming", "singing", "coffee", "picnic", "wedding",
    "birthday cake", "ice cream", "apple pie",
)  # fmt: skip
_OFTEN = ("every summer", "with Sam", "with the kids", "again", "with Grandpa", "with friends")

Pattern = tuple[tuple[str, ...], ...]
# A phrase takes one entry of each list, in order. Patterns are equally likely.
PATTERNS: tuple[Pattern, ...] = (
    (_ADJECTIVES, _ANIMALS, _YEARS),
    (_ADJECTIVES, _ANIMALS_TOGETHER, _PLACES),
    (_NUMBERS, _ANIMALS_TOGETHER, _PLACES),
    (_OWNERS, _LOOKS, _THINGS),
    (_PETS, _LIKES, _TREATS),
    (_DOINGS, _PLACES),
    (_DOINGS, _OFTEN),
    (_LOOKS, _THINGS, _PLACES),
    (_TRIPS, _YEARS),
)


def _sentence(phrase: str) -> str:
    return phrase[:1].upper() + phrase[1:]


def _title(phrase: str) -> str:
    return " ".join(_sentence(word) for word in phrase.split(" "))


# What stands several times is that much more likely: most people write as they were taught.
_CASINGS: tuple[Callable[[str], str], ...] = (_sentence,) * 3 + (str.lower,) * 2 + (_title,)
_ENDINGS = ("",) * 8 + (".", "!")


def made_up_seal(username: str, secret: bytes) -> tuple[Seal, str]:
    """Give the seal and the phrase to show for a *username* nobody has.

    Stable for the same *secret* and the same name; names that ``fold_login`` folds to one count
    as the same. Any text is accepted, NUL and lone surrogates included. Every
    picture is equally likely. The phrase is printable ASCII, two to five words, at most 40 characters.
    """
    name = fold_login(username).encode("utf-8", "surrogatepass")
    number = int.from_bytes(hmac.digest(secret, _PURPOSE + name, "sha256"))
    number, seal = _pick(number, tuple(SEALS.values()))
    number, pattern = _pick(number, PATTERNS)
    number, casing = _pick(number, _CASINGS)
    number, ending = _pick(number, _ENDINGS)
    words = []
    for options in pattern:
        number, word = _pick(number, options)
        words.append(word)
    return seal, casing(" ".join(words)) + ending


def _pick(number: int, options: Sequence[Choice]) -> tuple[int, Choice]:
    """Split *number* into what is left and a choice; even while *number* is far above their count."""
    left, index = divmod(number, len(options))
    return left, options[index]
