"""Grants, the permission lines they write, and the codes that open them.

Source: domain handbook, "Access code", "State machines" (access code, grant) and "Delegation rules".
"""

from datetime import datetime
from typing import ClassVar, Self

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from guardian.models import UserObjectPermissionBase

from accounts.roles import PRIMARY_ADMINISTRATOR, ROLE_CHOICES
from groups.models import EmployerGroup, OwnedByGroup


class GrantQuerySet(models.QuerySet["Grant"]):
    """Readings of grants."""

    def primary_administrators(self, group: EmployerGroup) -> Self:
        """Return the active grants of those who decide about access to *group*, with the persons, first come first."""
        return (
            self.filter(group=group, role=PRIMARY_ADMINISTRATOR.key, state=Grant.State.ACTIVE)
            .select_related("user")
            .order_by("activated_at")
        )

    def active_of(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        """Return the grants *user* works under now, with their groups, by name of the group."""
        return (
            self.filter(user_id=user.pk or 0, state=Grant.State.ACTIVE)
            .select_related("group")
            .order_by("group__name")
        )


class Grant(OwnedByGroup):
    """What one person may do in one group: the one truth behind guardian's permission lines.

    A pending grant waits for its code and has no user yet; the e-mail address says for whom it is.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("Pending")
        ACTIVE = "active", _("Active")
        SUSPENDED = "suspended", _("Suspended")
        REVOKED = "revoked", _("Revoked")
        EXPIRED = "expired", _("Expired")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="grants",
    )
    email = models.EmailField(max_length=254)
    role = models.CharField(max_length=30, choices=ROLE_CHOICES)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    activated_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    sensitive: ClassVar[set[str]] = {"email"}
    plain: ClassVar[set[str]] = {
        "group", "user", "role", "state", "granted_by", "created_at", "activated_at", "revoked_at",
    }  # fmt: skip

    objects = GrantQuerySet.as_manager()

    class Meta:
        default_permissions = ("view",)
        constraints = [
            models.CheckConstraint(
                name="grant_active_has_user",
                condition=~Q(state__in=["active", "suspended"])
                | Q(user__isnull=False, activated_at__isnull=False),
            ),
            models.UniqueConstraint(
                name="grant_one_open_per_person_and_group",
                fields=["user", "group"],
                condition=Q(state__in=["active", "suspended"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()}, {self.group.group_id}"


class GroupPermissionLine(UserObjectPermissionBase):
    """One permission of one person on one group; guardian reads it, only a grant action writes it.

    The grant is required, so ``assign_perm`` fails in the database, and a revoke is one delete.
    """

    content_object = models.ForeignKey(EmployerGroup, on_delete=models.CASCADE)
    grant = models.ForeignKey(Grant, on_delete=models.CASCADE, related_name="lines")

    sensitive: ClassVar[set[str]] = set()
    plain: ClassVar[set[str]] = {"user", "permission", "content_object", "grant"}

    class Meta(UserObjectPermissionBase.Meta):
        abstract = False
        default_permissions = ()


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
