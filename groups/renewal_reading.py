"""What belongs to a renewal: its rates, and the transaction by which somebody accepts it."""

from uuid import UUID

from django.db.models import Case, QuerySet, Value, When

from groups.models import Plan, PlanOffer, Rate, Renewal, RenewalRate, Transaction
from groups.models.renewals import ABOUT, ACCEPTED
from groups.rates import DAY

RIGHT, TO_ACCEPT = "renewal_view", "users_manage"  # what seeing and accepting one need
ASKED = "groups.renewal_question_asked"


def _placed(field: str, values: list[str]) -> Case:
    """Return the place of *field* among *values*, to order by."""
    return Case(*(When(**{field: one}, then=Value(place)) for place, one in enumerate(values)))


def rates_of(renewal: Renewal) -> list[RenewalRate]:
    """Return the rates of *renewal* with their plans: medical first, tiers from the single employee to the family."""
    return list(
        renewal.rates.select_related("current_plan", "renewal_plan").order_by(
            _placed("current_plan__line", Plan.Line.values),
            "current_plan__name",
            "current_plan",
            _placed("tier", Rate.Tier.values),
        )
    )


def left_out(renewal: Renewal) -> list[Plan]:
    """Return the plans on offer on the day before *renewal* that it does not compare: those with rates by age."""
    offers = PlanOffer.objects.filter(group=renewal.group_id).on(renewal.renewal_date - DAY)
    compared = renewal.rates.values_list("current_plan", "renewal_plan")
    named = {plan for pair in compared for plan in pair}
    return list(
        Plan.objects.filter(pk__in=offers.values("plan"))
        .exclude(pk__in=named)
        .order_by(_placed("line", Plan.Line.values), "name", "pk")
    )


def acceptance_of(renewal: Renewal) -> Transaction | None:
    """Return the latest transaction by which somebody accepted *renewal*, whatever became of it."""
    return (
        Transaction.objects.filter(
            group=renewal.group_id,
            kind=ACCEPTED,
            effective_date=renewal.renewal_date,
            **{f"before__{ABOUT}": str(renewal.key)},
        )
        .select_related("submitted_by")
        .order_by("-submitted_at", "-pk")
        .first()
    )


def questions_of(renewal: Renewal) -> QuerySet[Transaction]:
    """Return the transactions by which somebody asked about *renewal*, the latest first."""
    asked = Transaction.objects.filter(group=renewal.group_id, kind=ASKED)
    of_it = asked.filter(**{f"before__{ABOUT}": str(renewal.key)})
    return of_it.select_related("submitted_by").order_by("-submitted_at", "-pk")


def renewal_in(found: Transaction) -> Renewal | None:
    """Return the renewal that the transaction *found* is about, None for one that names none."""
    key = found.before.get(ABOUT)
    if not key:
        return None
    return Renewal.objects.filter(group=found.group_id, key=UUID(key)).first()


def waiting_acceptance(renewal: Renewal) -> Transaction | None:
    """Return the acceptance of *renewal* that still waits for the carrier."""
    found = acceptance_of(renewal)
    return found if found and found.is_undecided else None
