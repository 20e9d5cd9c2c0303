"""The permission atoms: what a grant may contain, each one codename on the group and a plain name.

Source: domain handbook, "Our permission atoms". Roles are sets of these (``accounts/roles.py``).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ATOMS: tuple[tuple[str, str], ...] = (
    ("group_view", "See the group"),
    ("group_contacts_edit", "Change group contacts"),
    ("plans_view", "See plans"),
    ("rates_view", "See rates"),
    ("roster_view", "See the roster"),
    ("roster_export", "Export the roster"),
    ("member_view", "See members"),
    ("member_pii_reveal", "Reveal full Social Security numbers and birth dates"),
    ("subscriber_add", "Add employees"),
    ("dependent_add", "Add family members"),
    ("member_edit", "Change member details"),
    ("address_edit", "Change addresses"),
    ("coverage_terminate", "End coverage"),
    ("coverage_reinstate", "Reinstate coverage"),
    ("pcp_change", "Change primary care providers"),
    ("idcard_view", "See ID cards"),
    ("idcard_order", "Order ID cards"),
    ("bulk_upload", "Upload many changes at once"),
    ("billing_view", "See bills"),
    ("invoice_download", "Download invoices"),
    ("payment_history", "See payments"),
    ("payment_make", "Make payments"),
    ("payment_method_manage", "Manage bank accounts"),
    ("autopay_manage", "Manage auto pay"),
    ("rebill_request", "Request a rebill"),
    ("transactions_view", "See transactions"),
    ("documents_view", "See documents"),
    ("documents_upload", "Upload documents"),
    ("messages_read", "Read messages"),
    ("messages_send", "Send messages"),
    ("users_view", "See who has access"),
    ("users_manage", "Manage who has access"),
    ("renewal_view", "See renewals"),
    ("reports_view", "See reports"),
    ("audit_view", "See who did what"),
)
ALL_ATOMS = frozenset(codename for codename, _label in ATOMS)
LABELS = dict(ATOMS)

# Whoever may open a group at all sees its name and state: every grant holds it.
BASE = "group_view"
# An atom is of no use without these.
NEEDS: dict[str, frozenset[str]] = {
    "group_contacts_edit": frozenset({"group_view"}),
    "rates_view": frozenset({"plans_view"}),
    "roster_export": frozenset({"roster_view"}),
    "member_view": frozenset({"roster_view"}),
    "member_pii_reveal": frozenset({"member_view"}),
    "subscriber_add": frozenset({"member_view"}),
    "dependent_add": frozenset({"member_view"}),
    "member_edit": frozenset({"member_view"}),
    "address_edit": frozenset({"member_view"}),
    "coverage_terminate": frozenset({"member_view"}),
    "coverage_reinstate": frozenset({"member_view"}),
    "pcp_change": frozenset({"member_view"}),
    "idcard_view": frozenset({"member_view"}),
    "idcard_order": frozenset({"idcard_view"}),
    "bulk_upload": frozenset({"member_view"}),
    "invoice_download": frozenset({"billing_view"}),
    "payment_history": frozenset({"billing_view"}),
    "payment_make": frozenset({"billing_view"}),
    "payment_method_manage": frozenset({"billing_view"}),
    "autopay_manage": frozenset({"billing_view"}),
    "rebill_request": frozenset({"billing_view"}),
    "documents_upload": frozenset({"documents_view"}),
    "messages_send": frozenset({"messages_read"}),
    "users_manage": frozenset({"users_view"}),
}


@dataclass(frozen=True)
class Area:
    """A part of the portal as people think of it, with its atoms in the order of the page."""

    key: str
    label: str | Promise
    hint: str | Promise
    atoms: tuple[str, ...]


AREAS: tuple[Area, ...] = (
    Area(
        "members",
        _("Roster and members"),
        _("Search, add, change, end and reinstate; ID cards and PCP"),
        (
            "roster_view", "roster_export", "member_view", "member_pii_reveal", "subscriber_add",
            "dependent_add", "member_edit", "address_edit", "coverage_terminate", "coverage_reinstate",
            "pcp_change", "idcard_view", "idcard_order", "bulk_upload",
        ),
    ),
    Area(
        "coverage",
        _("Group and coverage"),
        _("Contacts, plans, rates, documents, renewals, history"),
        (
            "group_contacts_edit", "plans_view", "rates_view", "documents_view", "documents_upload",
            "renewal_view", "transactions_view", "reports_view",
        ),
    ),
    Area(
        "billing",
        _("Billing"),
        _("Bills, payments, bank accounts, auto pay, rebill"),
        (
            "billing_view", "invoice_download", "payment_history", "payment_make", "payment_method_manage",
            "autopay_manage", "rebill_request",
        ),
    ),
    Area("messages", _("Messages"), _("Read and write to us"), ("messages_read", "messages_send")),
    Area(
        "users",
        _("Users"),
        _("Who has access, and who did what"),
        ("users_view", "users_manage", "audit_view"),
    ),
)  # fmt: skip


def with_needs(atoms: Iterable[str]) -> frozenset[str]:
    """Return *atoms* with everything they are of no use without, the base included."""
    complete = {BASE, *atoms}
    waiting = list(complete)
    while waiting:
        for needed in NEEDS.get(waiting.pop(), ()):
            if needed not in complete:
                complete.add(needed)
                waiting.append(needed)
    return frozenset(complete)
