"""What a group buys: plans, what each costs on which day, and the classes of employees they are for.

Everything is effective-dated, first and last day inclusive, no last day while it is open; PostgreSQL refuses
overlaps. Source: domain handbook, "Class" and "Plan, rate".
"""

from datetime import date
from typing import ClassVar, Self, TypeVar

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from groups.models import periods
from groups.models.tenant import OwnedByGroup, Subgroup

OVERLAPS = "&&"


def in_order(first: str, last: str) -> Q:
    """Return the condition that a period ends, if at all, on or after its first day."""
    return Q(**{f"{last}__isnull": True}) | Q(**{f"{last}__gte": F(first)})


class Plan(models.Model):
    """A benefit package of the carrier. The same for every group; what it costs stands in ``Rate``."""

    class Line(models.TextChoices):
        MEDICAL = "HLT", _("Medical")
        DENTAL = "DEN", _("Dental")
        VISION = "VIS", _("Vision")
        DRUG = "PDG", _("Prescription drug")

    class Product(models.TextChoices):
        HMO = "HMO", "HMO"
        POS = "POS", "POS"
        PPO = "PPO", "PPO"
        EPO = "EPO", "EPO"

    class Metal(models.TextChoices):
        BRONZE = "bronze", _("Bronze")
        SILVER = "silver", _("Silver")
        GOLD = "gold", _("Gold")
        PLATINUM = "platinum", _("Platinum")

    class AgeLimitEnds(models.TextChoices):
        """When a child who reaches the age limit is no longer covered."""

        BIRTHDAY = "birthday", _("on the birthday")
        END_OF_MONTH = "end_of_month", _("at the end of the month of the birthday")
        END_OF_YEAR = "end_of_year", _("at the end of the year of the birthday")

    code = models.CharField(_("plan code"), max_length=20, unique=True)
    name = models.CharField(max_length=80)
    line = models.CharField(max_length=3, choices=Line.choices)
    product = models.CharField(max_length=3, choices=Product.choices, blank=True)
    metal = models.CharField(max_length=10, choices=Metal.choices, blank=True)
    hios_id = models.CharField(_("HIOS ID"), max_length=17, blank=True)
    pcp_required = models.BooleanField(_("PCP required"), default=False)
    dependent_age_limit = models.PositiveSmallIntegerField(default=26)  # years
    age_limit_ends = models.CharField(
        max_length=12, choices=AgeLimitEnds.choices, default=AgeLimitEnds.END_OF_MONTH
    )
    effective_date = models.DateField()
    term_date = models.DateField(null=True, blank=True)  # last day; null: open
    version = models.PositiveIntegerField(default=1)

    sensitive: ClassVar[set[str]] = set()
    plain: ClassVar[set[str]] = {
        "code", "name", "line", "product", "metal", "hios_id", "pcp_required", "dependent_age_limit",
        "age_limit_ends", "effective_date", "term_date", "version",
    }  # fmt: skip

    class Meta:
        default_permissions = ("view", "add", "change")
        ordering = ["line", "name"]
        constraints = [
            models.CheckConstraint(
                name="plan_code_readable", condition=Q(code__regex=r"^[A-Z0-9][A-Z0-9-]{1,19}$")
            ),
            models.CheckConstraint(
                name="plan_dates_in_order", condition=in_order("effective_date", "term_date")
            ),
            models.CheckConstraint(
                name="plan_hios_id_format",
                condition=Q(hios_id="")
                | Q(hios_id__regex=r"^[0-9]{5}[A-Z]{2}[0-9]{7}(-[0-9]{2})?$"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"


Row = TypeVar("Row", bound="InForce")


class InForceQuerySet(models.QuerySet[Row]):
    """Readings of effective-dated rows."""

    def on(self, day: date) -> Self:
        """Return the rows in force on *day*: first and last day inclusive."""
        return self.filter(
            Q(effective_to__isnull=True) | Q(effective_to__gte=day), effective_from__lte=day
        )


class InForce(OwnedByGroup):
    """A row of a group that holds from its first to its last day, both inclusive; no last day: for good."""

    effective_from = models.DateField()
    effective_to = models.DateField(null=True, blank=True)

    objects = InForceQuerySet.as_manager()

    class Meta:
        abstract = True


class EmployeeClass(InForce):
    """Employees with the same rules: the wait before coverage, the hours, the plans on offer."""

    class WaitingRule(models.TextChoices):
        """When coverage begins. Never more than 90 days after somebody is eligible."""

        DATE_OF_HIRE = "date_of_hire", _("On the date of hire")
        FIRST_COINCIDING = "first_coinciding", _("First of the month on or after the date of hire")
        FIRST_FOLLOWING = "first_following", _("First of the month after the date of hire")
        FIRST_AFTER_30 = "first_after_30", _("First of the month after 30 days")
        FIRST_AFTER_60 = "first_after_60", _("First of the month after 60 days")

    code = models.CharField(max_length=4)
    name = models.CharField(max_length=80)
    waiting_rule = models.CharField(max_length=20, choices=WaitingRule.choices)
    min_hours = models.DecimalField(
        _("hours a week"), max_digits=4, decimal_places=1, null=True, blank=True
    )
    # What the employer pays of the premium, in its own words: the carrier does not bill by it.
    contribution = models.CharField(max_length=120, blank=True)

    sensitive: ClassVar[set[str]] = set()
    plain: ClassVar[set[str]] = {
        "group", "code", "name", "waiting_rule", "min_hours", "contribution", "effective_from", "effective_to",
    }  # fmt: skip

    class Meta:
        default_permissions = ("view",)
        verbose_name_plural = "employee classes"
        ordering = ["code", "effective_from"]
        constraints = [
            models.CheckConstraint(
                name="class_code_format", condition=Q(code__regex=r"^[A-Z0-9]{1,4}$")
            ),
            models.CheckConstraint(
                name="class_dates_in_order", condition=in_order("effective_from", "effective_to")
            ),
            ExclusionConstraint(
                name="class_once_a_day",
                expressions=[
                    (periods.same("group_id"), OVERLAPS),
                    (periods.same_text("code"), OVERLAPS),
                    (periods.days("effective_from", "effective_to"), OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class PlanOffer(InForce):
    """A plan that a group offers: to all billing units or one, to all classes or the one with ``class_code``."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT)
    subgroup = models.ForeignKey(Subgroup, on_delete=models.PROTECT, null=True, blank=True)
    class_code = models.CharField(max_length=4, blank=True)

    sensitive: ClassVar[set[str]] = set()
    plain: ClassVar[set[str]] = {
        "group", "plan", "subgroup", "class_code", "effective_from", "effective_to",
    }  # fmt: skip

    class Meta:
        default_permissions = ("view",)
        ordering = ["plan", "effective_from"]
        constraints = [
            models.CheckConstraint(
                name="offer_dates_in_order", condition=in_order("effective_from", "effective_to")
            ),
            ExclusionConstraint(
                name="offer_once_a_day",
                expressions=[
                    (periods.same("group_id"), OVERLAPS),
                    (periods.same("plan_id"), OVERLAPS),
                    (periods.same("subgroup_id"), OVERLAPS),
                    (periods.same_text("class_code"), OVERLAPS),
                    (periods.days("effective_from", "effective_to"), OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan} from {self.effective_from}"


class Rate(InForce):
    """What one month of a plan costs a group: by tier, or by age for each person.

    A rate of a billing unit goes before the group's. ``age_from`` and ``age_to`` (both inclusive, in years) are set
    exactly for rates by age.
    """

    class Tier(models.TextChoices):
        EMPLOYEE = "EE", _("Employee")
        SPOUSE = "ES", _("Employee + Spouse")
        CHILDREN = "EC", _("Employee + Child(ren)")
        FAMILY = "FAM", _("Family")
        BY_AGE = "AGE", _("Each person, by age")

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT)
    subgroup = models.ForeignKey(Subgroup, on_delete=models.PROTECT, null=True, blank=True)
    tier = models.CharField(max_length=3, choices=Tier.choices)
    age_from = models.PositiveSmallIntegerField(null=True, blank=True)
    age_to = models.PositiveSmallIntegerField(null=True, blank=True)
    amount = models.DecimalField(max_digits=12, decimal_places=2)  # dollars a month
    load = models.ForeignKey(
        "groups.RateLoad", on_delete=models.PROTECT, null=True, blank=True, related_name="rates"
    )

    sensitive: ClassVar[set[str]] = set()
    plain: ClassVar[set[str]] = {
        "group", "plan", "subgroup", "tier", "age_from", "age_to", "amount", "effective_from", "effective_to",
        "load",
    }  # fmt: skip

    class Meta:
        default_permissions = ("view",)
        ordering = ["plan", "effective_from", "age_from", "amount"]
        constraints = [
            models.CheckConstraint(
                name="rate_dates_in_order", condition=in_order("effective_from", "effective_to")
            ),
            models.CheckConstraint(name="rate_amount_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="rate_ages_with_their_tier",
                # Said outright, for PostgreSQL takes "unknown", which a comparison with no age is, for a yes
                condition=Q(
                    tier="AGE",
                    age_from__isnull=False,
                    age_to__isnull=False,
                    age_from__gte=0,
                    age_to__gte=F("age_from"),
                )
                | Q(~Q(tier="AGE"), age_from__isnull=True, age_to__isnull=True),
            ),
            ExclusionConstraint(
                name="rate_once_a_day",
                expressions=[
                    (periods.same("group_id"), OVERLAPS),
                    (periods.same("plan_id"), OVERLAPS),
                    (periods.same("subgroup_id"), OVERLAPS),
                    (periods.same_text("tier"), OVERLAPS),
                    (periods.whole_numbers("age_from", "age_to"), OVERLAPS),
                    (periods.days("effective_from", "effective_to"), OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan} {self.tier} {self.amount} from {self.effective_from}"


class RateLoad(models.Model):
    """A file of rates that staff uploaded: looked at line by line, then taken whole or dropped."""

    class State(models.TextChoices):
        PREVIEW = "preview", _("To be decided")
        COMMITTED = "committed", _("Loaded")
        DROPPED = "dropped", _("Dropped")

    file_name = models.CharField(max_length=120)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PREVIEW)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    uploaded_at = models.DateTimeField(auto_now_add=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    sensitive: ClassVar[set[str]] = set()
    plain: ClassVar[set[str]] = {
        "file_name", "state", "uploaded_by", "uploaded_at", "decided_by", "decided_at",
    }  # fmt: skip

    class Meta:
        default_permissions = ("view", "add")
        ordering = ["-uploaded_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="rate_load_decided_with_its_date",
                condition=Q(state="preview", decided_at__isnull=True)
                | (~Q(state="preview") & Q(decided_at__isnull=False)),
            )
        ]

    def __str__(self) -> str:
        return self.file_name


class RateLoadRow(models.Model):
    """One line of such a file, as it was written, with what becomes of it."""

    class Verdict(models.TextChoices):
        NEW = "new", _("New rate")
        REPLACES = "replaces", _("Follows a rate")  # which ends on the day before
        EXTENDS = "extends", _("Lasts longer")  # the rate or offer there is
        CORRECTS = "corrects", _("Corrects a rate")  # which began on the same day
        ENDS = "ends", _("Ends")  # the rate or offer there is
        SAME = "same", _("Already so")
        WRONG = "wrong", _("Cannot be taken")

    TAKEN = frozenset(
        {Verdict.NEW, Verdict.REPLACES, Verdict.EXTENDS, Verdict.CORRECTS, Verdict.ENDS}
    )

    load = models.ForeignKey(RateLoad, on_delete=models.CASCADE, related_name="rows")
    line = models.PositiveIntegerField()  # of the file, the head is 1
    cells = models.JSONField(default=dict)  # {column: text as written}
    group = models.ForeignKey(
        "groups.EmployerGroup", on_delete=models.PROTECT, null=True, blank=True
    )
    verdict = models.CharField(max_length=10, choices=Verdict.choices)
    column = models.CharField(max_length=20, blank=True)  # that is wrong
    message = models.CharField(max_length=200, blank=True)

    sensitive: ClassVar[set[str]] = set()
    plain: ClassVar[set[str]] = {"load", "line", "cells", "group", "verdict", "column", "message"}

    class Meta:
        default_permissions = ()
        ordering = ["line"]
        constraints = [
            models.UniqueConstraint(fields=["load", "line"], name="rate_load_line_once"),
            models.CheckConstraint(
                name="rate_load_wrong_says_why", condition=~Q(verdict="wrong") | ~Q(message="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.load} line {self.line}"
