"""Password rules of our own, beside Django's."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

MAXIMUM = 128


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
