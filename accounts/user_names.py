"""What a user name may look like."""

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
