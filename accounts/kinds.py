"""What transactions about access are called: who has it, what they may do, and who answers for it."""

from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from accounts.models import Grant
from accounts.roles import ROLES
from groups.atoms import LABELS
from groups.transaction_kinds import TransactionKind, Words, register

RIGHT = "users_view"
ADDED, AUTHORIZED = "accounts.user_added", "accounts.broker_authorized"
CHANGED, REMOVED = "accounts.access_changed", "accounts.user_removed"
KEPT = "accounts.access_kept"
DEACTIVATED, REACTIVATED = "accounts.user_deactivated", "accounts.user_reactivated"
HANDED_OVER, REVIEWED = "accounts.primary_role_handed_over", "accounts.access_reviewed"
FIELDS: dict[str, Words] = {
    "person": _("Person"),
    "role": _("Role"),
    "rights": _("Rights"),
    "units": _("Billing units"),
    "last_day": _("Last day"),
    "state": _("State"),
    "quarter": _("Quarter"),
}
LABELS_OF_KINDS: dict[str, Words] = {
    ADDED: _("User added"),
    AUTHORIZED: _("Broker authorized"),
    CHANGED: _("Access changed"),
    KEPT: _("Access kept"),
    REMOVED: _("User removed"),
    DEACTIVATED: _("User deactivated"),
    REACTIVATED: _("User reactivated"),
    HANDED_OVER: _("Primary role handed over"),
    REVIEWED: _("Access review finished"),
}


def register_kinds() -> None:
    """Make the kinds known."""
    written = {"role": _role, "rights": _rights, "last_day": _day, "state": _state}
    register(*(
        TransactionKind(code, label, right=RIGHT, fields=FIELDS, about=("person",), written=written)
        for code, label in LABELS_OF_KINDS.items()
    ))  # fmt: skip


def _role(key: str) -> Words:
    return ROLES[key].label if key in ROLES else key


def _rights(names: str) -> str:
    return ", ".join(LABELS.get(name, name) for name in names.split(", "))


def _day(day: str) -> str:
    try:
        return date_format(date.fromisoformat(day), "F j, Y")
    except ValueError:
        return day


def _state(key: str) -> Words:
    return dict(Grant.State.choices).get(key, key)
