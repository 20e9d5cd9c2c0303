"""Transactions: every change that a person submits, with its confirmation number, and what became of it.

Source: domain handbook, "Transaction (history record)" and "State machines" (transaction).
"""

from datetime import date, datetime
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from groups.models.tenant import OwnedByGroup, Subgroup


class TransactionQuerySet(models.QuerySet["Transaction"]):
    """Readings of transactions."""

    def undecided(self) -> Self:
        """Return those that wait for somebody."""
        return self.filter(status__in=Transaction.UNDECIDED)

    def waiting_since(self, moment: datetime) -> Self:
        """Return those that wait for the carrier and were submitted at *moment* or before, oldest first."""
        return (
            self.undecided()
            .filter(waits_for=Transaction.WaitsFor.CARRIER, submitted_at__lte=moment)
            .order_by("submitted_at", "pk")
        )


class Transaction(OwnedByGroup):
    """One change that somebody asked for: what stood there, what is wanted, from when, and who has it now.

    ``before`` and ``after`` map the names of fields to text; ``kind`` names them (``groups/transaction_kinds.py``).
    The same ``form_key`` twice is the same form of the same kind sent twice by the same person.
    """

    class Status(models.TextChoices):
        SUBMITTED = "submitted", _("Submitted")
        PENDING = "pending", _("Pending")
        COMPLETED = "completed", _("Completed")
        REJECTED = "rejected", _("Rejected")
        CANCELED = "canceled", _("Canceled")

    class WaitsFor(models.TextChoices):
        NOBODY = "", _("Nobody")
        CARRIER = "carrier", _("Us")
        EMPLOYER = "employer", _("You")

    class Source(models.TextChoices):
        PORTAL = "portal", _("Portal")
        FILE = "file", _("Uploaded file")
        STAFF = "staff", _("Our staff")

    UNDECIDED = (Status.SUBMITTED, Status.PENDING)

    number = models.CharField(_("confirmation number"), max_length=20, unique=True)
    kind = models.CharField(max_length=60)
    subgroup = models.ForeignKey(Subgroup, on_delete=models.PROTECT, null=True, blank=True)
    member_key = models.CharField(max_length=40, blank=True)
    member_name = models.CharField(max_length=140, blank=True)  # "Castillo, Owen"
    # The name folded to lower case: what a search compares with, in the order of bytes
    member_search = models.CharField(max_length=140, blank=True, db_collation="C")
    effective_date = models.DateField(null=True, blank=True)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    # The same as people read it, in the words of the day it was submitted: what files hold
    before_words = models.TextField(blank=True)
    after_words = models.TextField(blank=True)
    status = models.CharField(max_length=10, choices=Status.choices)
    waits_for = models.CharField(max_length=10, choices=WaitsFor.choices, blank=True)
    reason = models.CharField(max_length=500, blank=True)  # why it was rejected or canceled
    source = models.CharField(max_length=10, choices=Source.choices, default=Source.PORTAL)
    source_row = models.PositiveIntegerField(null=True, blank=True)  # line of the uploaded file
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    submitted_at = models.DateTimeField(default=timezone.now)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    escalated_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    form_key = models.UUIDField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    sensitive: ClassVar[set[str]] = {
        "member_key", "member_name", "member_search", "before", "after", "before_words", "after_words", "reason",
    }  # fmt: skip
    plain: ClassVar[set[str]] = {
        "group", "number", "kind", "subgroup", "effective_date", "status", "waits_for", "source", "source_row",
        "submitted_by", "submitted_at", "assigned_to", "escalated_at", "decided_by", "decided_at", "form_key",
        "version",
    }  # fmt: skip

    objects = TransactionQuerySet.as_manager()

    class Meta:
        default_permissions = ("view", "change")
        ordering = ["-submitted_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["group", "form_key"], name="transaction_once_per_form"),
            models.CheckConstraint(
                name="transaction_decided_with_its_date",
                condition=Q(status__in=["submitted", "pending"], decided_at__isnull=True)
                | (~Q(status__in=["submitted", "pending"]) & Q(decided_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="transaction_waits_while_undecided",
                condition=Q(status__in=["submitted", "pending"]) ^ Q(waits_for=""),
            ),
            models.CheckConstraint(
                name="transaction_rejected_says_why",
                condition=~Q(status="rejected") | ~Q(reason=""),
            ),
        ]
        indexes = [
            models.Index(fields=["group", "-submitted_at", "-id"], name="transaction_history"),
            models.Index(
                fields=["group", "kind", "-submitted_at", "-id"], name="transaction_by_kind"
            ),
            models.Index(
                fields=["group", "status", "-submitted_at", "-id"], name="transaction_by_status"
            ),
            models.Index(
                fields=["group", "submitted_by", "-submitted_at", "-id"],
                name="transaction_by_person",
            ),
            models.Index(
                fields=["group", "subgroup", "-submitted_at", "-id"], name="transaction_by_unit"
            ),
            models.Index(
                fields=["group", "member_search", "-submitted_at", "-id"],
                name="transaction_by_member",
            ),
            models.Index(fields=["-submitted_at", "-id"], name="transaction_across_groups"),
            models.Index(
                fields=["submitted_at"],
                name="transaction_waiting",
                condition=Q(status__in=["submitted", "pending"]),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def begins_after(self, day: date) -> bool:
        """Tell whether what is asked for takes effect after *day*."""
        return self.effective_date is not None and self.effective_date > day

    @property
    def is_undecided(self) -> bool:
        """Tell whether somebody still has to act on it."""
        return self.status in self.UNDECIDED
