"""The rates and offers that there are, read to be added to, and held meanwhile."""

from collections.abc import Iterable

from django.utils import timezone

from groups.models import EmployerGroup, Plan, PlanOffer, Rate
from groups.rate_book import RateBook


def lock_groups_and_plans(groups: Iterable[int], codes: Iterable[str]) -> None:
    """Hold the *groups* (ids) and the plans with *codes*: nobody else writes rates of these, or moves their days."""
    for held in (
        EmployerGroup.objects.filter(pk__in=groups),
        Plan.objects.filter(code__in=codes),
    ):
        list(held.select_for_update(no_key=True).order_by("pk").values_list("pk"))


def read_book(groups: Iterable[EmployerGroup], plans: Iterable[Plan]) -> RateBook:
    """Return the rates and offers of *plans* that *groups* have; two statements."""
    of_these = {"group__in": list(groups), "plan__in": list(plans)}
    return RateBook(
        Rate.objects.filter(**of_these).select_related("plan"),
        PlanOffer.objects.filter(**of_these).select_related("plan", "subgroup"),
        today=timezone.localdate(),
    )
