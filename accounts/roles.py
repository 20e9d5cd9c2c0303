"""Role presets: names for sets of permission atoms. Roles are code, not rows.

Source: domain handbook, "Role presets".
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from groups.atoms import ATOMS

ALL_ATOMS = frozenset(codename for codename, _label in ATOMS)


@dataclass(frozen=True)
class Role:
    """A preset: *key* as stored with a grant, *label* for people, *atoms* it gives."""

    key: str
    label: str | Promise
    atoms: frozenset[str]


_ENROLLMENT = frozenset({
    "group_view", "plans_view", "roster_view", "roster_export", "member_view", "subscriber_add",
    "dependent_add", "member_edit", "address_edit", "coverage_terminate", "coverage_reinstate", "pcp_change",
    "idcard_view", "idcard_order", "bulk_upload", "transactions_view", "documents_view", "documents_upload",
    "messages_read", "messages_send",
})  # fmt: skip
_BILLING_VIEW = frozenset({"group_view", "billing_view", "invoice_download", "payment_history"})
_BILLING = _BILLING_VIEW | {
    "payment_make", "payment_method_manage", "autopay_manage", "rebill_request", "roster_view",
    "messages_read", "messages_send",
}  # fmt: skip
_VIEW = frozenset({"group_view", "plans_view", "roster_view", "member_view", "transactions_view"})

PRIMARY_ADMINISTRATOR = Role("primary_administrator", _("Primary administrator"), ALL_ATOMS)
BROKER_FULL = Role("broker_full", _("Broker, full"), _ENROLLMENT | {"billing_view"})

ROLES: dict[str, Role] = {
    role.key: role
    for role in (
        PRIMARY_ADMINISTRATOR,
        Role("administrator", _("Administrator"), ALL_ATOMS - {"users_manage"}),
        Role("enrollment_manager", _("Enrollment manager"), _ENROLLMENT),
        Role("billing_manager", _("Billing manager"), _BILLING),
        Role("billing_viewer", _("Billing viewer"), _BILLING_VIEW),
        Role("viewer", _("Viewer"), _VIEW),
        BROKER_FULL,
        Role("broker_view", _("Broker, view only"), _VIEW | {"billing_view"}),
    )
}
ROLE_CHOICES = [(role.key, role.label) for role in ROLES.values()]
