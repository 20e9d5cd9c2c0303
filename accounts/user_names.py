"""What a user name may look like, and which spellings count as the same."""

import unicodedata
from collections.abc import Callable
from typing import Any

from django.core.validators import MaxLengthValidator, MinLengthValidator, RegexValidator
from django.utils.translation import gettext_lazy as _

# No @: a user name never looks like an e-mail address, so the two cannot be mistaken for each other.
VALIDATORS: list[Callable[[Any], None]] = [
    MinLengthValidator(4, _("Use at least 4 characters.")),
    MaxLengthValidator(60, _("Use at most 60 characters.")),
    RegexValidator(
        r"^[A-Za-z0-9][A-Za-z0-9._-]*\Z",
        _("Use letters, digits, dot, dash and underscore; begin with a letter or digit."),
    ),
]


def fold_login(typed: str) -> str:
    """Return the one spelling under which a typed user name or e-mail address is looked up and shown a seal.

    Case and compatible Unicode forms (full-width letters, the long s) do not matter. Whoever looks up and whoever
    makes up must fold alike: a difference would tell which names exist.
    """
    # Folding can leave the normal form (U+0345 does), hence once more.
    folded = unicodedata.normalize("NFKC", typed).casefold()
    return unicodedata.normalize("NFKC", folded)
