"""Tables of the frame. They name no app: history and mail outlive the rows they speak of."""

from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone


class AuditEvent(models.Model):
    """One thing somebody did, kept for good: PostgreSQL refuses to change or delete it.

    Actor, group and object are stored as key and label, not as foreign keys, so that history outlives
    the rows. ``changes`` holds ``{"field": [before, after]}`` with sensitive values masked.
    """

    at = models.DateTimeField(default=timezone.now, db_index=True)
    kind = models.CharField(max_length=80)
    actor_key = models.BigIntegerField(null=True, blank=True)
    actor_label = models.CharField(max_length=160)
    group_key = models.BigIntegerField(null=True, blank=True)
    target_type = models.CharField(max_length=80)
    target_key = models.CharField(max_length=64)
    target_label = models.CharField(max_length=200)
    changes = models.JSONField(default=dict)
    note = models.TextField(blank=True)
    request_id = models.CharField(max_length=36, blank=True)
    ip_address = models.GenericIPAddressField(null=True, blank=True)
    user_agent = models.CharField(max_length=200, blank=True)

    sensitive: ClassVar[set[str]] = {
        "actor_label", "target_label", "changes", "note", "ip_address", "user_agent",
    }  # fmt: skip
    plain: ClassVar[set[str]] = {
        "at", "kind", "actor_key", "group_key", "target_type", "target_key", "request_id",
    }  # fmt: skip

    class Meta:
        default_permissions = ("view",)
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["target_type", "target_key", "-at"], name="audit_by_target"),
            models.Index(fields=["group_key", "-at"], name="audit_by_group"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.target_label}"


class OutboundEmailQuerySet(models.QuerySet["OutboundEmail"]):
    """Readings of the outbox."""

    def due(self, now: datetime) -> Self:
        """Return what waits to be sent at *now* (inclusive), oldest first."""
        return self.filter(state=OutboundEmail.State.QUEUED, next_attempt_at__lte=now).order_by(
            "next_attempt_at"
        )


class OutboundEmail(models.Model):
    """A letter in the outbox: written in the transaction that decided it, sent by the worker.

    ``context`` holds what may stay on file (numbers and dates, never personal data). What must be
    readable once, such as an access key, lies encrypted in ``sealed`` and is erased with the sending. A letter
    that makes no sense after ``not_after`` is given up then, and loses its secret too.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "Queued"
        SENT = "sent", "Sent"
        FAILED = "failed", "Failed"
        GIVEN_UP = "given_up", "Given up"  # the secret is gone: it can never be sent

    key = models.CharField(max_length=200, unique=True)
    to = models.EmailField(max_length=254)
    template = models.CharField(max_length=100)
    context = models.JSONField(default=dict)
    sealed = models.BinaryField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(default=timezone.now)
    not_after = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    sensitive: ClassVar[set[str]] = {"to", "sealed"}
    plain: ClassVar[set[str]] = {
        "key", "template", "context", "state", "attempts", "next_attempt_at", "not_after", "sent_at",
        "last_error", "created_at",
    }  # fmt: skip

    objects = OutboundEmailQuerySet.as_manager()

    class Meta:
        default_permissions = ("view", "change")
        verbose_name = "outgoing e-mail"
        constraints = [
            models.CheckConstraint(
                name="outbound_email_sent_once_stamped",
                condition=Q(state="sent", sent_at__isnull=False, sealed__isnull=True)
                | ~Q(state="sent"),
            ),
            models.CheckConstraint(
                name="outbound_email_given_up_without_secret",
                condition=~Q(state="given_up") | Q(sealed__isnull=True),
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"], name="outbound_email_due", condition=Q(state="queued")
            )
        ]

    def __str__(self) -> str:
        return f"{self.template} {self.pk}"


class DailyNumber(models.Model):
    """The last number given out under one prefix on one day of the carrier."""

    prefix = models.CharField(max_length=8)
    day = models.DateField()
    last = models.PositiveIntegerField()

    sensitive: ClassVar[set[str]] = set()
    plain: ClassVar[set[str]] = {"prefix", "day", "last"}

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["prefix", "day"], name="daily_number_per_prefix_and_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.prefix} {self.day}: {self.last}"


class ThrottleWindow(models.Model):
    """How often one bucket was hit in one window; the bucket is a keyed hash, never an address."""

    bucket = models.CharField(max_length=64)
    window_start = models.DateTimeField()
    hits = models.PositiveIntegerField()

    sensitive: ClassVar[set[str]] = set()
    plain: ClassVar[set[str]] = {"bucket", "window_start", "hits"}

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["bucket", "window_start"], name="throttle_one_window")
        ]

    def __str__(self) -> str:
        return f"{self.hits} hits"
