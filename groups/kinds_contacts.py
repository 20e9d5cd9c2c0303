"""What transactions about contacts and addresses are called, and how those that waited are carried out."""

from collections.abc import Callable

from django.utils.translation import gettext_lazy as _

from groups import contact_rules as rules
from groups.actions import contacts
from groups.models import Address, Contact, Transaction
from groups.transaction_kinds import TransactionKind, Words, register

RIGHT_TO_CHANGE = "group_contacts_edit"
CONTACT_WORDS: dict[str, Words] = {
    "kind": _("For"),
    "first_name": _("First name"),
    "last_name": _("Last name"),
    "title": _("Title"),
    "phone": _("Phone"),
    "extension": _("Extension"),
    "email": _("Email address"),
}
ADDRESS_WORDS: dict[str, Words] = {
    "kind": _("Address"),
    "line1": _("Street address"),
    "line2": _("Suite or floor"),
    "city": _("City"),
    "state": _("State"),
    "zip_code": _("ZIP"),
    "county": _("County"),
}


def _contact_kind(code: str) -> Words:
    return Contact.Kind(code).label if code in Contact.Kind else code


def _address_kind(code: str) -> Words:
    return Address.Kind(code).label if code in Address.Kind else code


def _carry_out_contact(found: Transaction) -> None:
    contacts.carry_out_contact(found, by=found.submitted_by)


def _carry_out_address(found: Transaction) -> None:
    contacts.carry_out_address(found, by=found.submitted_by)


def _carry_out_drop(found: Transaction) -> None:
    contacts.carry_out_drop(found, by=found.submitted_by)


APPLY: dict[str, Callable[[Transaction], None]] = {
    rules.CHANGED: _carry_out_contact,
    rules.ADDRESS_CHANGED: _carry_out_address,
    rules.ADDRESS_DROPPED: _carry_out_drop,
}


def _of_contact(code: str, label: Words) -> TransactionKind:
    return TransactionKind(
        code,
        label,
        fields=CONTACT_WORDS,
        apply=APPLY.get(code),
        change_right=RIGHT_TO_CHANGE,
        about=("kind", "first_name", "last_name"),
        written={"kind": _contact_kind},
    )


def _of_address(code: str, label: Words) -> TransactionKind:
    return TransactionKind(
        code,
        label,
        fields=ADDRESS_WORDS,
        apply=APPLY.get(code),
        on_its_day=True,
        change_right=RIGHT_TO_CHANGE,
        about=("kind",),
        written={"kind": _address_kind},
    )


OURS = (
    _of_contact(rules.ADDED, _("Contact added")),
    _of_contact(rules.CHANGED, _("Contact changed")),
    _of_contact(rules.REMOVED, _("Contact removed")),
    _of_address(rules.ADDRESS_CHANGED, _("Address changed")),
    _of_address(rules.ADDRESS_DROPPED, _("Own address given up")),
)
KINDS = tuple(kind.code for kind in OURS)


def register_kinds() -> None:
    """Make the kinds known."""
    register(*OURS)
