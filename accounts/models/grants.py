"""Grants: what one person may do in one group, and the permission lines that say so to every check.

Source: domain handbook, "Delegation rules" and "State machines" (grant); docs/adr/0014-grants.md.
"""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import ClassVar, Self
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from guardian.models import UserObjectPermissionBase

from accounts.models.brokers import Agency
from accounts.roles import BROKER_ROLES, EMERGENCY, PRIMARY_ADMINISTRATOR, ROLE_CHOICES
from groups.models import EmployerGroup, OwnedByGroup, Subgroup


def end_of(day: date) -> datetime:
    """Return the moment at which access with the last day *day* (inclusive, the carrier's calendar) ends."""
    return datetime.combine(day + timedelta(days=1), time.min, ZoneInfo(settings.TIME_ZONE))


class GrantQuerySet(models.QuerySet["Grant"]):
    """Readings of grants; *now* decides, not a sweep: a grant past its end opens nothing."""

    def in_force(self, now: datetime | None = None) -> Self:
        """Return grants that open something at *now*: active and before their end (exclusive)."""
        return self.filter(
            Q(ends_at__isnull=True) | Q(ends_at__gt=now or timezone.now()), state=Grant.State.ACTIVE
        )

    def open(self) -> Self:
        """Return grants that open something or may again: pending, active and suspended."""
        return self.filter(state__in=Grant.OPEN)

    def primary_administrators(self, group: EmployerGroup) -> Self:
        """Return the grants in force of those who decide about access to *group*, with the persons, first come first."""
        return (
            self.in_force()
            .filter(group=group, role=PRIMARY_ADMINISTRATOR.key)
            .select_related("user")
            .order_by("activated_at")
        )

    def without_another_primary(self) -> Self:
        """Return those in force of primary administrators whose group has no other with an open account."""
        others = (
            Grant.objects.in_force()
            .filter(group=OuterRef("group"), role=PRIMARY_ADMINISTRATOR.key, user__is_active=True)
            .exclude(pk=OuterRef("pk"))
        )
        return self.in_force().filter(~Exists(others), role=PRIMARY_ADMINISTRATOR.key)

    def active_of(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        """Return the grants *user* works under now, with their groups, by name of the group."""
        return (
            self.in_force()
            .filter(user_id=user.pk or 0)
            .select_related("group")
            .order_by("group__name", "group_id")
        )

    def within(self, units: frozenset[int] | None) -> Self:
        """Return grants that reach no further than *units* (ids of billing units; None: the whole group)."""
        if units is None:
            return self.all()
        beyond = GrantUnit.objects.filter(grant=OuterRef("pk")).exclude(subgroup__in=units)
        return self.filter(~Exists(beyond), all_units=False)

    def with_unit_ids(self) -> Self:
        """Return the grants with what ``unit_ids`` tells of: one more statement for any number."""
        return self.prefetch_related("unit_rows")

    def with_units(self) -> Self:
        """Return the grants with the billing units they are limited to: two more statements for any number.

        ``units`` holds those that the reader may see; ``unit_ids`` knows of all.
        """
        return self.prefetch_related(
            "unit_rows", models.Prefetch("units", queryset=Subgroup.objects.order_by("code"))
        )


class Grant(OwnedByGroup):
    """What one person may do in one group: the one truth behind guardian's permission lines.

    A pending grant waits for its code and has no user yet; the e-mail address and name say for whom it is.
    ``atoms`` is the set of rights, ``role`` the preset it was made from. Either the whole group is open (every
    billing unit, later ones too) or the ``units`` are. ``parent`` is the grant whose holder answers for this one:
    it never holds less. None means the carrier gave it. Access ends at ``ends_at`` (exclusive).
    """

    class State(models.TextChoices):
        PENDING = "pending", _("Invited")
        ACTIVE = "active", _("Active")
        SUSPENDED = "suspended", _("Deactivated")
        REVOKED = "revoked", _("Removed")
        EXPIRED = "expired", _("Ended")

    class Source(models.TextChoices):
        REGISTRATION = "registration", _("Registration")
        DELEGATION = "delegation", _("Given by a colleague")
        HAND_OVER = "hand_over", _("Handed over")
        IMPORT = "import", _("Taken over from the old portal")
        EMERGENCY = "emergency", _("Emergency access")

    class Suspension(models.TextChoices):
        ADMINISTRATOR = "administrator", _("by an administrator")
        AGENCY = "agency", _("with all access of the agency")

    OPEN: ClassVar[set[str]] = {State.PENDING, State.ACTIVE, State.SUSPENDED}

    key = models.UUIDField(unique=True, editable=False, db_default=RandomUUID())  # in addresses
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="grants",
    )
    first_name = models.CharField(max_length=35, blank=True)
    last_name = models.CharField(max_length=60, blank=True)
    email = models.EmailField(max_length=254)
    role = models.CharField(max_length=30, choices=ROLE_CHOICES)
    atoms = ArrayField(models.CharField(max_length=30))
    all_units = models.BooleanField(default=True)
    units = models.ManyToManyField(Subgroup, through="GrantUnit", related_name="grants")
    ends_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    source = models.CharField(max_length=14, choices=Source.choices, default=Source.REGISTRATION)
    agency = models.ForeignKey(
        Agency, on_delete=models.PROTECT, null=True, blank=True, related_name="grants"
    )
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children"
    )
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    reason = models.TextField(blank=True)  # of emergency access
    suspension = models.CharField(max_length=14, choices=Suspension.choices, blank=True)
    orphaned_at = models.DateTimeField(
        null=True, blank=True
    )  # its giver lost it; somebody else answers now
    end_announced_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    activated_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)  # counts every change; a stale page is refused

    sensitive: ClassVar[set[str]] = {"email", "first_name", "last_name", "reason"}
    plain: ClassVar[set[str]] = {
        "key", "group", "user", "role", "atoms", "all_units", "units", "ends_at", "state", "source", "agency", "parent",
        "granted_by", "suspension", "orphaned_at", "end_announced_at", "created_at", "activated_at", "revoked_at",
        "version",
    }  # fmt: skip

    objects = GrantQuerySet.as_manager()

    class Meta:
        default_permissions = ("view",)
        permissions = [
            ("revoke_grant", "Take access away, stop an agency"),
            ("break_glass", "Take emergency access to a group"),
            ("import_access", "Take over users of an old portal"),
        ]
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
            models.UniqueConstraint(
                Lower("email"),
                "group",
                name="grant_one_invitation_per_email_and_group",
                condition=Q(state="pending", source="delegation"),
            ),
            models.CheckConstraint(
                name="grant_holds_the_base", condition=Q(atoms__contains=["group_view"])
            ),
            models.CheckConstraint(
                name="grant_of_primary_is_whole_and_endless",
                condition=~Q(role=PRIMARY_ADMINISTRATOR.key)
                | Q(all_units=True, ends_at__isnull=True),
            ),
            models.CheckConstraint(
                name="grant_emergency_ends_and_says_why",
                condition=~Q(role=EMERGENCY.key) | (Q(ends_at__isnull=False) & ~Q(reason="")),
            ),
            models.CheckConstraint(
                name="grant_of_broker_manages_nobody",
                condition=Q(agency__isnull=True) | ~Q(atoms__contains=["users_manage"]),
            ),
            models.CheckConstraint(
                name="grant_suspended_says_by_whom",
                condition=Q(state="suspended") & ~Q(suspension="")
                | ~Q(state="suspended") & Q(suspension=""),
            ),
            models.CheckConstraint(
                name="grant_ends_after_it_began",
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=models.F("created_at")),
            ),
        ]
        indexes = [
            models.Index(
                fields=["user", "group"],
                name="grant_active_of_user",
                condition=Q(state="active"),
                include=["all_units", "ends_at"],
            ),
            models.Index(
                fields=["ends_at"],
                name="grant_by_end",
                condition=Q(state__in=["active", "pending"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()}, {self.group.group_id}"

    @property
    def person(self) -> str:
        """Return whose it is, by name; the invited name, or the address where no name was given."""
        if self.user:
            return str(self.user)
        return f"{self.first_name} {self.last_name}".strip() or self.email

    @property
    def is_primary(self) -> bool:
        """Tell whether its holder answers for who has access to the group."""
        return self.role == PRIMARY_ADMINISTRATOR.key

    @property
    def is_broker(self) -> bool:
        """Tell whether it was given to a broker."""
        return self.agency_id is not None or self.role in {role.key for role in BROKER_ROLES}

    @property
    def last_day(self) -> date | None:
        """Return the last day of access (inclusive, the carrier's calendar), or None."""
        if self.ends_at is None:
            return None
        return (
            (self.ends_at - timedelta(microseconds=1))
            .astimezone(ZoneInfo(settings.TIME_ZONE))
            .date()
        )

    @property
    def has_unknown_old_role(self) -> bool:
        """Tell whether it came from an old portal under a role we did not know, and nobody has looked at it since.

        Such a grant is marked from the beginning; whoever loses their giver is marked later.
        """
        is_import = self.source == self.Source.IMPORT
        return is_import and self.orphaned_at is not None and self.orphaned_at <= self.created_at

    def is_in_force(self, now: datetime) -> bool:
        """Tell whether it opens something at *now*."""
        return self.state == self.State.ACTIVE and (self.ends_at is None or self.ends_at > now)

    def covers(
        self, atoms: Iterable[str], units: Iterable[int] | None, ends_at: datetime | None
    ) -> bool:
        """Tell whether it holds all *atoms* on all *units* (ids; None: every unit) until *ends_at* (None: no end).

        One more statement when it is limited to units and *units* are some.
        """
        if not set(atoms) <= set(self.atoms):
            return False
        if self.ends_at is not None and (ends_at is None or ends_at > self.ends_at):
            return False
        return self.all_units or (units is not None and set(units) <= self.unit_ids())

    def answers_to(self, other: "Grant") -> bool:
        """Tell whether it is *other* or was given under it, however far down; a statement for each step up."""
        above: Grant | None = self
        while above is not None:
            if above.pk == other.pk:
                return True
            above = above.parent
        return False

    def unit_ids(self) -> frozenset[int]:
        """Return the ids of the billing units it is limited to; none when the whole group is open."""
        # Not by way of the units: to somebody limited to units, PostgreSQL shows only their own.
        return frozenset(row.subgroup_id for row in self.unit_rows.all())


class GrantUnit(OwnedByGroup):
    """One billing unit that a grant is limited to. The database refuses a unit of another group."""

    grant = models.ForeignKey(Grant, on_delete=models.CASCADE, related_name="unit_rows")
    subgroup = models.ForeignKey(Subgroup, on_delete=models.PROTECT, related_name="+")

    sensitive: ClassVar[set[str]] = set()
    plain: ClassVar[set[str]] = {"group", "grant", "subgroup"}

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["grant", "subgroup"], name="grant_unit_once")
        ]

    def __str__(self) -> str:
        return f"{self.subgroup_id} of grant {self.grant_id}"


class GroupPermissionLine(UserObjectPermissionBase):
    """One permission of one person on one group; guardian reads it, only a grant action writes it.

    The grant is required, so ``assign_perm`` fails in the database, and a revoke is one delete. PostgreSQL
    refuses a line whose person or group is not its grant's.
    """

    content_object = models.ForeignKey(EmployerGroup, on_delete=models.CASCADE)
    grant = models.ForeignKey(Grant, on_delete=models.CASCADE, related_name="lines")

    sensitive: ClassVar[set[str]] = set()
    plain: ClassVar[set[str]] = {"user", "permission", "content_object", "grant"}

    class Meta(UserObjectPermissionBase.Meta):
        abstract = False
        default_permissions = ()


class SubgroupPermissionLine(OwnedByGroup, UserObjectPermissionBase):
    """One permission of one person on one billing unit; as ``GroupPermissionLine``, for grants limited to units."""

    content_object = models.ForeignKey(Subgroup, on_delete=models.CASCADE)
    grant = models.ForeignKey(Grant, on_delete=models.CASCADE, related_name="unit_lines")

    sensitive: ClassVar[set[str]] = set()
    plain: ClassVar[set[str]] = {"group", "user", "permission", "content_object", "grant"}

    class Meta(UserObjectPermissionBase.Meta):
        abstract = False
        default_permissions = ()
