"""Access codes: what opens a pending grant, once.

Source: domain handbook, "Access code" and "State machines" (access code).
"""

from datetime import datetime
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.grants import Grant
from groups.models import OwnedByGroup


class AccessCodeQuerySet(models.QuerySet["AccessCode"]):
    """Readings of access codes; ``now`` is always given, so that the clock decides, not a sweep."""

    def open_at(self, now: datetime) -> Self:
        """Return codes that can be redeemed at *now*: issued, and *now* before the end of their life."""
        return self.filter(state=AccessCode.State.ISSUED, expires_at__gt=now)

    def overdue_at(self, now: datetime) -> Self:
        """Return codes still marked issued whose life has ended at *now* (inclusive)."""
        return self.filter(state=AccessCode.State.ISSUED, expires_at__lte=now)


class AccessCode(OwnedByGroup):
    """A 16-digit access key: opens one grant, for one e-mail address, once, within its days.

    The digits are kept only as a keyed hash (``accounts.access_codes.digest``).
    """

    class State(models.TextChoices):
        ISSUED = "issued", _("Issued")
        REDEEMED = "redeemed", _("Used")
        EXPIRED = "expired", _("Expired")
        LOCKED = "locked", _("Locked")
        REVOKED = "revoked", _("Revoked")

    grant = models.ForeignKey(Grant, on_delete=models.PROTECT, related_name="codes")
    email = models.EmailField(max_length=254)
    digest = models.CharField(max_length=64, unique=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ISSUED)
    issued_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    wrong_tries = models.PositiveSmallIntegerField(default=0)
    reminded_at = models.DateTimeField(null=True, blank=True)
    redeemed_at = models.DateTimeField(null=True, blank=True)
    redeemed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    sensitive: ClassVar[set[str]] = {"email", "digest"}
    plain: ClassVar[set[str]] = {
        "group", "grant", "state", "issued_at", "expires_at", "wrong_tries", "reminded_at", "redeemed_at",
        "redeemed_by",
    }  # fmt: skip

    objects = AccessCodeQuerySet.as_manager()

    class Meta:
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                name="access_code_one_open_per_grant", fields=["grant"], condition=Q(state="issued")
            ),
            models.CheckConstraint(
                name="access_code_redeemed_by_someone",
                condition=Q(state="redeemed", redeemed_at__isnull=False, redeemed_by__isnull=False)
                | ~Q(state="redeemed") & Q(redeemed_at__isnull=True, redeemed_by__isnull=True),
            ),
            models.CheckConstraint(
                name="access_code_dates_in_order", condition=Q(expires_at__gt=models.F("issued_at"))
            ),
        ]
        indexes = [
            models.Index(
                fields=["expires_at"], name="access_code_open_by_end", condition=Q(state="issued")
            ),
            models.Index(
                fields=["group"], name="access_code_open_by_group", condition=Q(state="issued")
            ),
        ]

    def __str__(self) -> str:
        return f"Access code {self.pk}"

    def state_at(self, now: datetime) -> str:
        """Return the state as it is at *now*: an issued code whose life has ended is expired, swept or not."""
        if self.state == self.State.ISSUED and self.expires_at <= now:
            return self.State.EXPIRED
        return self.state
