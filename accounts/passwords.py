"""Password rules of our own, beside Django's."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

MAXIMUM = 128
FEWEST_DIFFERENT = 5
HINT = _(
    "At least 12 characters. A few words in a row are easy to remember and hard to guess."
    " Not your name, your email address or a password that many people use."
)


class MaximumLengthValidator:
    """Refuse passwords that only serve to keep the hasher busy."""

    def validate(self, password: str, user: object = None) -> None:  # noqa: ARG002 - Django's interface
        """Raise ValidationError beyond 128 characters."""
        if len(password) > MAXIMUM:
            raise ValidationError(
                _("Use at most %(maximum)d characters."),
                code="too_long",
                params={"maximum": MAXIMUM},
            )

    def get_help_text(self) -> str:
        """Return the rule in words."""
        return str(_("At most 128 characters."))


class VarietyValidator:
    """Refuse what is long but made of hardly any different characters, such as ``abababababab``."""

    def validate(self, password: str, user: object = None) -> None:  # noqa: ARG002 - Django's interface
        """Raise ValidationError when there are fewer than 5 different characters."""
        if len(set(password)) < FEWEST_DIFFERENT:
            raise ValidationError(
                _("Use at least %(fewest)d different characters."),
                code="too_uniform",
                params={"fewest": FEWEST_DIFFERENT},
            )

    def get_help_text(self) -> str:
        """Return the rule in words."""
        return str(_("At least 5 different characters."))
