"""Around grants: the hand-over of the primary role, the quarterly review, the take-over from an old portal.

Source: domain handbook, "Delegation rules" 2 and 8, "Old role -> new role map".
"""

from datetime import datetime
from typing import ClassVar, Self

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.grants import Grant
from accounts.roles import ROLE_CHOICES
from groups.models import EmployerGroup, OwnedByGroup


class HandOverQuerySet(models.QuerySet["HandOver"]):
    """Readings of offers."""

    def open_at(self, now: datetime) -> Self:
        """Return offers that can be accepted at *now*: not answered, and *now* before their end."""
        return self.filter(state=HandOver.State.OFFERED, expires_at__gt=now)

    def between(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        """Return offers that *user* made or got, with both persons, the latest first."""
        mine = Q(from_grant__user_id=user.pk or 0) | Q(to_grant__user_id=user.pk or 0)
        return (
            self.filter(mine)
            .select_related("from_grant__user", "to_grant__user")
            .order_by("-offered_at")
        )


class HandOver(OwnedByGroup):
    """A primary administrator offers the role to somebody with access; both confirm, the one by offering."""

    class State(models.TextChoices):
        OFFERED = "offered", _("Offered")
        ACCEPTED = "accepted", _("Accepted")
        DECLINED = "declined", _("Declined")
        CANCELLED = "cancelled", _("Taken back")

    from_grant = models.ForeignKey(Grant, on_delete=models.PROTECT, related_name="offers_made")
    to_grant = models.ForeignKey(Grant, on_delete=models.PROTECT, related_name="offers")
    keeps_role = models.CharField(max_length=30, choices=ROLE_CHOICES, blank=True)  # blank: leaves
    state = models.CharField(max_length=10, choices=State.choices, default=State.OFFERED)
    offered_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)

    sensitive: ClassVar[set[str]] = set()
    plain: ClassVar[set[str]] = {
        "group", "from_grant", "to_grant", "keeps_role", "state", "offered_at", "expires_at", "answered_at",
    }  # fmt: skip

    objects = HandOverQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                name="hand_over_one_open_per_giver",
                fields=["from_grant"],
                condition=Q(state="offered"),
            ),
            models.CheckConstraint(
                name="hand_over_to_somebody_else", condition=~Q(from_grant=models.F("to_grant"))
            ),
        ]

    def __str__(self) -> str:
        return f"Hand-over {self.pk}"


class AccessReviewQuerySet(models.QuerySet["AccessReview"]):
    """Readings of reviews."""

    def open(self) -> Self:
        """Return reviews that somebody still has to finish."""
        return self.filter(completed_at__isnull=True)

    def overdue_at(self, now: datetime) -> Self:
        """Return open reviews whose last day has passed at *now*."""
        return self.open().filter(due_at__lte=now)


class AccessReview(OwnedByGroup):
    """The quarterly look at who has access to one group. Due by the end of the quarter's last day."""

    quarter = models.CharField(max_length=7)  # 2026-Q4
    opened_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField()  # exclusive: the midnight after the last day
    reminders = models.PositiveSmallIntegerField(default=0)
    reminded_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    completed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    sensitive: ClassVar[set[str]] = set()
    plain: ClassVar[set[str]] = {
        "group", "quarter", "opened_at", "due_at", "reminders", "reminded_at", "completed_at", "completed_by",
    }  # fmt: skip

    objects = AccessReviewQuerySet.as_manager()

    class Meta:
        default_permissions = ("view",)
        ordering = ["-due_at", "group__name"]
        constraints = [
            models.UniqueConstraint(
                fields=["group", "quarter"], name="access_review_once_a_quarter"
            ),
            models.CheckConstraint(
                name="access_review_completed_by_somebody",
                condition=Q(completed_at__isnull=True, completed_by__isnull=True)
                | Q(completed_at__isnull=False, completed_by__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], name="access_review_open", condition=Q(completed_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"{self.quarter}, {self.group.group_id}"


class AccessReviewItem(OwnedByGroup):
    """What was decided about one person in one review, with what they held at that moment. Kept for good."""

    class Decision(models.TextChoices):
        KEEP = "keep", _("Keeps access")
        REMOVE = "remove", _("Removed")

    review = models.ForeignKey(AccessReview, on_delete=models.PROTECT, related_name="items")
    grant = models.ForeignKey(Grant, on_delete=models.PROTECT, related_name="+")
    decision = models.CharField(max_length=8, choices=Decision.choices)
    held = models.TextField()  # role and billing units in words, as they were
    decided_at = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    sensitive: ClassVar[set[str]] = set()
    plain: ClassVar[set[str]] = {
        "group", "review", "grant", "decision", "held", "decided_at", "decided_by",
    }  # fmt: skip

    class Meta:
        default_permissions = ()
        ordering = ["decided_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["review", "grant"], name="access_review_one_answer")
        ]

    def __str__(self) -> str:
        return f"{self.decision} {self.grant_id}"


class AccessImport(models.Model):
    """A list of users of an old portal, uploaded by staff: looked at first, then taken over whole."""

    class State(models.TextChoices):
        PREVIEW = "preview", _("To be checked")
        COMMITTING = "committing", _("Being taken over")
        COMMITTED = "committed", _("Taken over")
        DROPPED = "dropped", _("Dropped")

    file_name = models.CharField(max_length=120)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PREVIEW)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    uploaded_at = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    sensitive: ClassVar[set[str]] = set()
    plain: ClassVar[set[str]] = {
        "file_name", "state", "uploaded_by", "uploaded_at", "decided_by", "decided_at",
    }  # fmt: skip

    class Meta:
        default_permissions = ("view",)
        ordering = ["-uploaded_at"]

    def __str__(self) -> str:
        return f"{self.file_name}, {self.uploaded_at:%Y-%m-%d}"


class AccessImportRow(models.Model):
    """One line of such a list, as typed, with what will become of it."""

    class Verdict(models.TextChoices):
        NEW = "new", _("New access, with an Access Key")
        NEW_PRIMARY = "new_primary", _("New primary administrator, with an Access Key")
        UNKNOWN_ROLE = "unknown_role", _("New access as Viewer, old role unknown")
        HAS_ACCESS = "has_access", _("Has access already")
        TWICE = "twice", _("Stands in the list before")
        UNKNOWN_GROUP = "unknown_group", _("We know no such group")
        UNREADABLE = "unreadable", _("Cannot be read")

    TAKEN: ClassVar[set[str]] = {Verdict.NEW, Verdict.NEW_PRIMARY, Verdict.UNKNOWN_ROLE}

    batch = models.ForeignKey(AccessImport, on_delete=models.CASCADE, related_name="rows")
    line = models.PositiveIntegerField()
    old_user_id = models.CharField(max_length=100, blank=True)
    name = models.CharField(max_length=120, blank=True)
    email = models.CharField(max_length=254, blank=True)
    group_text = models.CharField(max_length=60, blank=True)
    old_role = models.CharField(max_length=100, blank=True)
    verdict = models.CharField(max_length=14, choices=Verdict.choices)
    problem = models.CharField(max_length=200, blank=True)
    role = models.CharField(max_length=30, choices=ROLE_CHOICES, blank=True)
    group = models.ForeignKey(
        EmployerGroup, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    grant = models.ForeignKey(
        Grant, on_delete=models.PROTECT, null=True, blank=True, related_name="import_rows"
    )

    sensitive: ClassVar[set[str]] = {"old_user_id", "name", "email"}
    plain: ClassVar[set[str]] = {
        "batch", "line", "group_text", "old_role", "verdict", "problem", "role", "group", "grant",
    }  # fmt: skip

    class Meta:
        default_permissions = ()
        ordering = ["line"]
        constraints = [models.UniqueConstraint(fields=["batch", "line"], name="import_row_once")]

    def __str__(self) -> str:
        return f"Line {self.line} of import {self.batch_id}"
