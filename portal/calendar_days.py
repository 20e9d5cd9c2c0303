"""The days that people may type: what our calendar reaches. A year with a slip of the finger lies outside."""

from datetime import date

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2199, 12, 31)  # both inclusive


def require_plausible(day: date | None) -> None:
    """Raise ValidationError (code ``year``) for a *day* that our calendar does not reach; a validator of fields."""
    if day and not FIRST_DAY <= day <= LAST_DAY:
        raise ValidationError(_("Check the year."), code="year")
