"""Renewals: what a small group's plans cost after the renewal date, side by side with today.

Source: domain handbook, "Open enrollment"; "For small groups, authorized secondary users can also view renewals online."
"""

from datetime import date
from typing import ClassVar, Self

from django.conf import settings
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from groups.models.coverage import Plan, Rate
from groups.models.tenant import OwnedByGroup
from groups.models.transactions import Transaction

ACCEPTED = "groups.renewal_accepted"  # the kind of the transactions by which renewals are accepted
ABOUT = "renewal"  # under which their before and after, the same there, keep the key of the renewal


class RenewalQuerySet(models.QuerySet["Renewal"]):
    """Readings of renewals."""

    def shown_on(self, today: date) -> Self:
        """Return what the group may see on *today*: published, from its first day on, not withdrawn."""
        hidden = (Renewal.State.DRAFT, Renewal.State.WITHDRAWN)
        return self.filter(available_on__lte=today).exclude(state__in=hidden)

    def late_on(self, today: date) -> Self:
        """Return those still to be accepted whose last day has passed on *today*."""
        return self.filter(state=Renewal.State.OFFERED, respond_by__lt=today)

    def unanswered(self) -> Self:
        """Leave out those whose acceptance waits for the carrier."""
        waiting = (
            Transaction.objects.undecided()
            .filter(group=OuterRef("group"), kind=ACCEPTED)
            .alias(about=KeyTextTransform(ABOUT, "before"))
            .filter(about=Cast(OuterRef("key"), models.TextField()))
        )
        return self.exclude(Exists(waiting))


class Renewal(OwnedByGroup):
    """The carrier's offer for the next plan year, to be accepted until ``respond_by`` (inclusive)."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")  # staff only
        OFFERED = "offered", _("To be accepted")
        ACCEPTED = "accepted", _("Accepted")
        LAPSED = "lapsed", _("Not accepted in time")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    key = models.UUIDField(db_default=RandomUUID(), unique=True, editable=False)
    renewal_date = models.DateField()
    available_on = models.DateField()
    respond_by = models.DateField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    accepted_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    sensitive: ClassVar[set[str]] = set()
    plain: ClassVar[set[str]] = {
        "group", "key", "renewal_date", "available_on", "respond_by", "state", "accepted_by", "accepted_at", "version",
    }  # fmt: skip

    objects = RenewalQuerySet.as_manager()

    class Meta:
        default_permissions = ("view", "add", "change")
        ordering = ["-renewal_date"]
        constraints = [
            models.UniqueConstraint(
                fields=["group", "renewal_date"],
                condition=~Q(state="withdrawn"),
                name="renewal_one_a_year",
            ),
            models.CheckConstraint(
                name="renewal_dates_in_order",
                condition=Q(available_on__lte=F("respond_by"), respond_by__lte=F("renewal_date")),
            ),
            models.CheckConstraint(
                name="renewal_accepted_by_somebody",
                condition=Q(state="accepted", accepted_by__isnull=False, accepted_at__isnull=False)
                | ~Q(state="accepted"),
            ),
        ]

    def __str__(self) -> str:
        return f"Renewal {self.renewal_date}"

    def is_open(self, today: date) -> bool:
        """Tell whether it can be accepted on *today*."""
        return self.state == self.State.OFFERED and self.available_on <= today <= self.respond_by


class RenewalRate(OwnedByGroup):
    """One tier of one plan: what it costs now and then, and how many contracts have it."""

    renewal = models.ForeignKey(Renewal, on_delete=models.CASCADE, related_name="rates")
    current_plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="+")
    renewal_plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="+")
    tier = models.CharField(max_length=3, choices=Rate.Tier.choices)
    current_amount = models.DecimalField(max_digits=12, decimal_places=2)  # dollars a month
    renewal_amount = models.DecimalField(max_digits=12, decimal_places=2)
    contracts = models.PositiveIntegerField()  # with this plan and tier on the day of the offer

    sensitive: ClassVar[set[str]] = set()
    plain: ClassVar[set[str]] = {
        "group", "renewal", "current_plan", "renewal_plan", "tier", "current_amount", "renewal_amount", "contracts",
    }  # fmt: skip

    class Meta:
        default_permissions = ()
        ordering = ["current_plan", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["renewal", "current_plan", "tier"], name="renewal_rate_once"
            ),
            models.CheckConstraint(
                name="renewal_amounts_positive",
                condition=Q(current_amount__gt=0, renewal_amount__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.current_plan} {self.tier}"
