"""What the carrier tells all groups or some of them, and who at the carrier looks after a group."""

from datetime import date
from typing import ClassVar, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from groups.models.tenant import EmployerGroup, OwnedByGroup
from portal.calendar_days import FIRST_DAY, LAST_DAY


class AnnouncementQuerySet(models.QuerySet["Announcement"]):
    """Readings of announcements."""

    def begun_on(self, day: date) -> Self:
        """Return the published ones that are or were shown on *day* or before."""
        return self.filter(starts_on__lte=day, published_at__isnull=False)

    def shown_on(self, day: date) -> Self:
        """Return the published ones whose first and last day (both inclusive) include *day*."""
        return self.begun_on(day).filter(Q(ends_on__isnull=True) | Q(ends_on__gte=day))

    def to_be_mailed_on(self, day: date) -> Self:
        """Return those shown on *day* that also go out by email and have not reached everybody."""
        return self.shown_on(day).filter(by_email=True, mailed_at__isnull=True).order_by("pk")

    def meant_for(self, group: EmployerGroup) -> Self:
        """Return those whose filters *group* passes; an empty filter lets every group pass."""
        return self.filter(
            Q(markets=[]) | Q(markets__contains=[group.market]),
            Q(regions=[]) | Q(regions__contains=[group.region]),
            Q(statuses=[]) | Q(statuses__contains=[group.status]),
            Q(group_ids=[]) | Q(group_ids__contains=[group.group_id]),
        )


class Announcement(models.Model):
    """A notice for people of many groups. Holds nothing about any one of them."""

    title = models.CharField(max_length=120)
    text = models.TextField(max_length=4000)  # plain; an empty line begins a paragraph
    markets = ArrayField(models.CharField(max_length=10), default=list, blank=True)
    regions = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    statuses = ArrayField(models.CharField(max_length=12), default=list, blank=True)
    group_ids = ArrayField(models.CharField(max_length=6), default=list, blank=True)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)  # last day; null: until taken back
    by_email = models.BooleanField(_("also by email"), default=False)
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    mailed_to = models.BigIntegerField(
        default=0
    )  # by email: people up to this id have their letter
    mailed_at = models.DateTimeField(null=True, blank=True)  # by email: when everybody had it
    version = models.PositiveIntegerField(default=1)

    sensitive: ClassVar[set[str]] = set()
    plain: ClassVar[set[str]] = {
        "title", "text", "markets", "regions", "statuses", "group_ids", "starts_on", "ends_on", "by_email",
        "published_at", "published_by", "mailed_to", "mailed_at", "version",
    }  # fmt: skip

    objects = AnnouncementQuerySet.as_manager()

    class Meta:
        default_permissions = ("view", "add", "change")
        ordering = ["-starts_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="announcement_dates_in_order",
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
            ),
            models.CheckConstraint(
                name="announcement_published_by_somebody",
                condition=Q(published_at__isnull=True, published_by__isnull=True)
                | Q(published_at__isnull=False, published_by__isnull=False),
            ),
            models.CheckConstraint(
                name="announcement_days_of_our_calendar",
                condition=Q(starts_on__gte=FIRST_DAY)
                & Q(starts_on__lte=LAST_DAY)
                & (Q(ends_on__isnull=True) | Q(ends_on__lte=LAST_DAY)),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def reached(self) -> models.QuerySet[EmployerGroup]:
        """Return the groups that pass the filters: the other side of ``meant_for``."""
        found: models.QuerySet[EmployerGroup] = EmployerGroup.objects.all()
        for name, values in (
            ("market", self.markets),
            ("region", self.regions),
            ("status", self.statuses),
            ("group_id", self.group_ids),
        ):
            if values:
                found = found.filter(**{f"{name}__in": values})
        return found


class AnnouncementRead(models.Model):
    """That somebody has put an announcement away."""

    announcement = models.ForeignKey(Announcement, on_delete=models.CASCADE, related_name="reads")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    sensitive: ClassVar[set[str]] = set()
    plain: ClassVar[set[str]] = {"announcement", "user", "at"}

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["announcement", "user"], name="announcement_read_once")
        ]

    def __str__(self) -> str:
        return f"{self.announcement} read"


class TeamMember(OwnedByGroup):
    """Somebody of the carrier who looks after a group: "Your account team"."""

    class Duty(models.TextChoices):
        ACCOUNT_MANAGER = "account_manager", _("Account manager")
        ENROLLMENT = "enrollment", _("Enrollment")
        BILLING = "billing", _("Billing")

    duty = models.CharField(max_length=20, choices=Duty.choices)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    sensitive: ClassVar[set[str]] = set()
    plain: ClassVar[set[str]] = {"group", "duty", "person"}

    class Meta:
        default_permissions = ("view", "change")
        ordering = ["duty"]
        constraints = [models.UniqueConstraint(fields=["group", "duty"], name="team_one_per_duty")]

    def __str__(self) -> str:
        return self.get_duty_display()
