"""The levels of staff: names for sets of permissions. Roles are code, not rows; the rows follow the code.

Staff get them through Django's permission groups, which are rewritten after every ``migrate``. So a changed
role is in force with the release that changed it, and needs no migration of its own. Nobody edits them by hand.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.db import DEFAULT_DB_ALIAS, transaction
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

REVIEW = "accounts.review_registration"
# Django's own name for it: who may change roles may also take them away.
MANAGE_STAFF = "auth.change_group"
MANAGE_PEOPLE = "accounts.change_user"
SEND_AGAIN = "portal.change_outboundemail"
# Take access away, stop an agency and open it again
REVOKE = "accounts.revoke_grant"
BREAK_GLASS = "accounts.break_glass"
IMPORT = "accounts.import_access"


@dataclass(frozen=True)
class StaffRole:
    """A level of staff: *key* for commands, *name* of the permission group, *label* for people."""

    key: str
    name: str
    label: str | Promise
    permissions: frozenset[str]


# Load plan offers and rates, keep the carrier's plans
_RATES = frozenset({
    "groups.add_rateload", "groups.add_plan", "groups.change_plan", "groups.add_renewal", "groups.change_renewal",
})  # fmt: skip
_GROUPS = frozenset({
    "groups.view_employergroup", "groups.view_subgroup", "groups.view_address", "groups.view_contact",
    "groups.view_teammember",
    "groups.view_plan", "groups.view_planoffer", "groups.view_rate", "groups.view_employeeclass", "groups.view_rateload",
})  # fmt: skip
_PEOPLE = frozenset({"accounts.view_user", "accounts.view_grant"})
_READ = _GROUPS | _PEOPLE | {
    "groups.view_transaction",
    "accounts.view_registrationrequest", "accounts.view_accesscode", "accounts.view_termsacceptance",
    "accounts.view_agency", "accounts.view_broker", "accounts.view_accessimport", "accounts.view_accessreview",
    "messaging.view_issuereport", "portal.view_auditevent", "portal.view_outboundemail",
    "groups.view_announcement", "groups.view_document", "groups.view_renewal",
}  # fmt: skip
_ACCESS = frozenset({
    REVOKE, BREAK_GLASS, IMPORT,
    "accounts.add_agency", "accounts.change_agency", "accounts.add_broker", "accounts.change_broker",
})  # fmt: skip
# Say which contacts are evidence. Not for those who review requests alone: they would lift their own case over the limit
_VOUCH = frozenset({"groups.change_contact"})
# Tell groups something, and say who looks after them
_TELL = frozenset({
    "groups.add_announcement", "groups.change_announcement", "groups.change_teammember",
})  # fmt: skip
_SPECIALIST = _READ | {
    REVIEW, "messaging.change_issuereport", "groups.change_transaction",
    "groups.add_document", "groups.change_document",
}  # fmt: skip

STAFF_ROLES: dict[str, StaffRole] = {
    role.key: role
    for role in (
        StaffRole("am_specialist", "AM specialist", _("AM specialist"), _SPECIALIST),
        StaffRole(
            "am_supervisor",
            "AM supervisor",
            _("AM supervisor"),
            _SPECIALIST | _ACCESS | _TELL | _RATES | _VOUCH | {MANAGE_PEOPLE, SEND_AGAIN},
        ),
        StaffRole(
            "billing_staff",
            "Billing staff",
            _("Billing staff"),
            _GROUPS | _PEOPLE | {"messaging.view_issuereport"},
        ),
        StaffRole("read_only", "Read only", _("Auditor, read only"), _READ),
        StaffRole(
            "system_admin",
            "System administrator",
            _("System administrator"),
            _READ | _ACCESS | _TELL | {MANAGE_PEOPLE, MANAGE_STAFF, SEND_AGAIN},
        ),
    )
}


def sync_staff_roles(using: str = DEFAULT_DB_ALIAS) -> dict[str, Group]:
    """Make the permission groups hold exactly what the roles say; return them by the key of the role.

    Safe to repeat. Makes permissions that Django has not made yet, so that it works in the middle of ``migrate``,
    which writes through the connection *using* of the owner.
    """
    wanted = frozenset().union(*(role.permissions for role in STAFF_ROLES.values()))
    groups: dict[str, Group] = {}
    with transaction.atomic(using=using):
        known = _permissions(wanted, using)
        for role in STAFF_ROLES.values():
            group, _created = Group.objects.using(using).get_or_create(name=role.name)
            group.permissions.set(known[name] for name in role.permissions if name in known)
            groups[role.key] = group
    return groups


def role_of(names: Iterable[str]) -> StaffRole | None:
    """Return the first role whose permission group is among *names*, or None."""
    held = set(names)
    return next((role for role in STAFF_ROLES.values() if role.name in held), None)


def sync_after_migrate(*, apps: Any = apps, using: str = DEFAULT_DB_ALIAS, **_signal: Any) -> None:
    """Follow the code after ``migrate``, and after a test emptied the tables; *apps* are the migrated ones."""
    try:
        apps.get_model("auth", "Group")
    except LookupError:  # migrated back to nothing
        return
    sync_staff_roles(using)


def _permissions(names: Iterable[str], using: str) -> dict[str, Permission]:
    pairs = {name: name.split(".") for name in names}
    for label in sorted({label for label, _codename in pairs.values()}):
        create_permissions(apps.get_app_config(label), verbosity=0, using=using)
    wanted = Q()
    for label, codename in pairs.values():
        wanted |= Q(content_type__app_label=label, codename=codename)
    rows = Permission.objects.using(using).filter(wanted).select_related("content_type")
    return {f"{row.content_type.app_label}.{row.codename}": row for row in rows}
