"""Role presets: names for sets of permission atoms. Roles are code, not rows.

Source: domain handbook, "Role presets" and "Old role -> new role map".
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from groups.atoms import ALL_ATOMS, with_needs


@dataclass(frozen=True)
class Role:
    """A preset: *key* as stored with a grant, *label* and *hint* for people, *atoms* it gives."""

    key: str
    label: str | Promise
    hint: str | Promise
    atoms: frozenset[str]


_ENROLLMENT = with_needs({
    "plans_view", "roster_view", "roster_export", "member_view", "subscriber_add", "dependent_add",
    "member_edit", "address_edit", "coverage_terminate", "coverage_reinstate", "pcp_change", "idcard_view",
    "idcard_order", "bulk_upload", "transactions_view", "documents_view", "documents_upload",
    "messages_read", "messages_send",
})  # fmt: skip
_BILLING_VIEW = with_needs({"billing_view", "invoice_download", "payment_history"})
_BILLING = _BILLING_VIEW | {
    "payment_make", "payment_method_manage", "autopay_manage", "rebill_request", "roster_view",
    "messages_read", "messages_send",
}  # fmt: skip
_VIEW = with_needs({"plans_view", "roster_view", "member_view", "transactions_view"})
# What staff never do in an employer's name, not even in an emergency.
_NOT_IN_EMERGENCY = {
    "users_manage", "payment_make", "payment_method_manage", "autopay_manage", "member_pii_reveal",
}  # fmt: skip

PRIMARY_ADMINISTRATOR = Role(
    "primary_administrator",
    _("Primary administrator"),
    _("Everything, and answers for who else has access"),
    ALL_ATOMS,
)
# May manage who has access, but not give that right on, and not touch a grant wider than their own.
ADMINISTRATOR = Role(
    "administrator",
    _("Administrator"),
    _("Everything, and manages users below them"),
    ALL_ATOMS,
)
ENROLLMENT_MANAGER = Role(
    "enrollment_manager",
    _("Enrollment manager"),
    _("Enroll, change and end coverage"),
    _ENROLLMENT,
)
BILLING_MANAGER = Role(
    "billing_manager",
    _("Billing manager"),
    _("See and pay bills, auto pay, bank accounts"),
    _BILLING,
)
BILLING_VIEWER = Role(
    "billing_viewer", _("Billing viewer"), _("See and download bills"), _BILLING_VIEW
)
VIEWER = Role("viewer", _("Viewer"), _("See plans and the roster with masked IDs"), _VIEW)
BROKER_FULL = Role(
    "broker_full",
    _("Broker, full"),
    _("Enroll, change and end coverage, see bills; no payments"),
    _ENROLLMENT | {"billing_view"},
)
BROKER_VIEW = Role(
    "broker_view", _("Broker, view only"), _("See the roster and bills"), _VIEW | {"billing_view"}
)
CUSTOM = Role("custom", _("Custom"), _("Single rights, chosen one by one"), frozenset())
EMERGENCY = Role(
    "emergency",
    _("Emergency access"),
    _("Carrier staff, one hour, with a reason"),
    ALL_ATOMS - _NOT_IN_EMERGENCY,
)

ROLES: dict[str, Role] = {
    role.key: role
    for role in (
        PRIMARY_ADMINISTRATOR, ADMINISTRATOR, ENROLLMENT_MANAGER, BILLING_MANAGER, BILLING_VIEWER, VIEWER,
        BROKER_FULL, BROKER_VIEW, CUSTOM, EMERGENCY,
    )
}  # fmt: skip
ROLE_CHOICES = [(role.key, role.label) for role in ROLES.values()]
# What a colleague or a broker may be given on the page; the primary role is handed over instead.
COLLEAGUE_ROLES = (ADMINISTRATOR, ENROLLMENT_MANAGER, BILLING_MANAGER, BILLING_VIEWER, VIEWER)
BROKER_ROLES = (BROKER_FULL, BROKER_VIEW)

# Roles of portals that groups come from, as people write them, and what they become here.
OLD_ROLES: tuple[tuple[tuple[str, ...], Role], ...] = (
    (
        (
            "Group Administrator", "Account Security Administrator", "Client administrator",
            "Primary contact",
        ),
        PRIMARY_ADMINISTRATOR,
    ),
    (("Benefit administrator", "View/update", "General user"), ENROLLMENT_MANAGER),
    (("Subordinate user (Maintenance)",), ENROLLMENT_MANAGER),
    (("Subordinate user (Inquiry)", "Read only"), VIEWER),
    (("eBilling Primary contact", "Bill payer"), BILLING_MANAGER),
    (("eBilling View only", "Restricted"), BILLING_VIEWER),
    (("Broker", "Role 4"), BROKER_FULL),
)  # fmt: skip
_BY_OLD_NAME = {name.casefold(): role for names, role in OLD_ROLES for name in names}


def role_for_old(name: str) -> tuple[Role, bool]:
    """Return the role that replaces an old portal's role *name*, and whether we know that name.

    An unknown name becomes Viewer, for the primary administrator to confirm. Case and outer spaces do not matter.
    """
    known = _BY_OLD_NAME.get(" ".join(name.split()).casefold())
    return (known, True) if known else (VIEWER, False)


def role_of(atoms: Iterable[str], *, wanted: str) -> str:
    """Return *wanted* when its preset is exactly *atoms*, else the key of the custom role."""
    role = ROLES.get(wanted, CUSTOM)
    return role.key if role.atoms == frozenset(atoms) else CUSTOM.key
