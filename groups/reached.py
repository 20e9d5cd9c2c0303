"""How a group or a billing unit is reached: its own contacts and addresses, and the group's where it has none."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from groups import contact_rules as rules
from groups.models import Address, Contact, EmployerGroup, Subgroup, Transaction


@dataclass(frozen=True)
class ContactRow:
    """A contact as a page lists it. *is_groups*: it is the group's, on the page of a unit. *waits*: a change does."""

    contact: Contact
    is_groups: bool
    may_change: bool
    may_remove: bool
    waits: Transaction | None


@dataclass(frozen=True)
class AddressRow:
    """One kind of address; *address* None: there is none. As ``ContactRow`` otherwise."""

    kind: Address.Kind
    address: Address | None
    is_groups: bool
    waits: Transaction | None


@dataclass(frozen=True)
class Reached:
    """Contacts and addresses of a place; *missing* are the kinds of contacts that may be named and are not."""

    contacts: list[ContactRow]
    addresses: list[AddressRow]
    missing: list[Contact.Kind]


def reached(group: EmployerGroup, unit: Subgroup | None) -> Reached:
    """Return how *group*, or with *unit* that billing unit, is reached; three statements."""
    here = Q(subgroup=None) if unit is None else Q(subgroup=None) | Q(subgroup=unit)
    contacts = list(group.contact_set.filter(here))
    addresses = list(group.address_set.filter(here))
    waiting = waiting_in(group, unit)
    own = {contact.kind for contact in contacts if contact.subgroup_id}
    shown = [contact for contact in contacts if contact.subgroup_id or contact.kind not in own]
    shown.sort(key=lambda contact: list(Contact.Kind).index(Contact.Kind(contact.kind)))
    kinds = rules.ADDABLE if unit is None else rules.ADDABLE_TO_UNIT
    return Reached(
        contacts=[_contact_row(contact, contacts, unit, waiting) for contact in shown],
        addresses=[_address_row(kind, addresses, unit, waiting) for kind in Address.Kind],
        missing=[kind for kind in kinds if kind not in {contact.kind for contact in shown}],
    )


def waiting_in(group: EmployerGroup, unit: Subgroup | None) -> list[Transaction]:
    """Return the changes of contacts and addresses of a place that wait for us."""
    kinds = (rules.CHANGED, rules.ADDRESS_CHANGED, rules.ADDRESS_DROPPED)
    waiting = Transaction.objects.undecided().filter(group=group, kind__in=kinds, subgroup=unit)
    return list(waiting)


def waits_for_contact(contact: Contact, waiting: Iterable[Transaction]) -> Transaction | None:
    """Return the change of *contact* among those that wait."""
    key = str(contact.pk)
    return next((one for one in waiting if one.before.get("contact") == key), None)


def waits_for_address(kind: str, waiting: Iterable[Transaction]) -> Transaction | None:
    """Return the change of the address of *kind* among those of a place that wait."""
    changes = (one for one in waiting if one.kind != rules.CHANGED)
    return next((one for one in changes if one.after.get("kind") == kind), None)


def _contact_row(
    contact: Contact,
    all_contacts: list[Contact],
    unit: Subgroup | None,
    waiting: list[Transaction],
) -> ContactRow:
    is_groups = unit is not None and contact.subgroup_id is None
    alike = [one for one in all_contacts if one.kind == contact.kind and not one.subgroup_id]
    is_last = contact.subgroup_id is None and len(alike) == 1
    waits = waits_for_contact(contact, waiting)
    may_change = rules.may_edit(contact) and not is_groups
    return ContactRow(
        contact=contact,
        is_groups=is_groups,
        may_change=may_change and waits is None,
        may_remove=may_change and not is_last and contact.kind not in rules.DECIDED_BY_US,
        waits=waits,
    )


def _address_row(
    kind: Address.Kind,
    addresses: list[Address],
    unit: Subgroup | None,
    waiting: list[Transaction],
) -> AddressRow:
    of_kind = [address for address in addresses if address.kind == kind]
    of_kind.sort(key=lambda address: address.subgroup_id is None)
    address = of_kind[0] if of_kind else None
    return AddressRow(
        kind=kind,
        address=address,
        is_groups=unit is not None and (address is None or address.subgroup_id is None),
        waits=waits_for_address(kind, waiting),
    )
