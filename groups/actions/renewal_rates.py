"""What an accepted renewal brings: offers and rates of its plans from the renewal date, by the rules of a rate file."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from groups.actions.rate_loads import write_book
from groups.actions.transactions import Person
from groups.models import Renewal
from groups.rate_reading import lock_groups_and_plans
from groups.renewal_book import book_of


@transaction.atomic
def put_in_force(renewal: Renewal, *, by: Person | None) -> None:
    """Offer the plans of *renewal* to whom the plans of today are, and write its rates for the group.

    A plan that another takes the place of ends on the day before. Raises ValidationError with what stands in the way
    (code ``rates``) and what to load; nothing is written then.
    """
    codes = renewal.rates.values_list("current_plan__code", "renewal_plan__code")
    lock_groups_and_plans([renewal.group_id], {code for pair in codes for code in pair})
    book, problems = book_of(renewal)
    if problems:
        words = _("The plans and rates of this renewal cannot be written. %(problems)s %(advice)s")
        advice = _("Load a rate file that mends this, then complete it.")
        said_so = {"problems": " ".join(problems), "advice": advice}
        raise ValidationError(words % said_so, code="rates")
    write_book(book, groups=[renewal.group], by=by)
