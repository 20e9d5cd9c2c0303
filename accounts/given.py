"""What one grant gives, in words for the person it is given to."""

from django.utils.translation import gettext as _

from accounts.models import Grant
from accounts.plain_words import PlainWords, in_full


def words_of(grant: Grant) -> PlainWords:
    """Return what *grant* gives; one statement more when it is limited to billing units."""
    units = None
    if not grant.all_units:
        units = [f"{unit.code} {unit.name}" for unit in grant.units.order_by("code")]
    return in_full(grant.atoms, units=units, last_day=grant.last_day)


def as_sentence(grant: Grant) -> str:
    """Return it as one sentence: "In Cedar Works you can see bills for 0001 Main until Friday, March 5, 2027."."""
    words = words_of(grant)
    facts = {"group": grant.group.name, "can": words.can, "units": words.units}
    if not words.until:
        return _("In %(group)s you can %(can)s for %(units)s.") % facts
    return _("In %(group)s you can %(can)s for %(units)s until %(until)s.") % {
        **facts,
        "until": words.until,
    }
