"""Which contacts and addresses employers may change, what becomes of it, and what of them is written down.

Source: domain handbook, "Group"; "Subgroup"; "Names and addresses".
"""

from groups.models import Address, Contact, Transaction

ADDED, CHANGED, REMOVED = (
    "groups.contact_added",
    "groups.contact_changed",
    "groups.contact_removed",
)
ADDRESS_CHANGED, ADDRESS_DROPPED = "groups.address_changed", "groups.address_dropped"
CONTACT_FIELDS = ("kind", "first_name", "last_name", "title", "phone", "extension", "email")
ADDRESS_FIELDS = ("kind", "line1", "line2", "city", "state", "zip_code", "county")
Kind = Contact.Kind
# What employers may name: for the group, and for a billing unit of its own
ADDABLE = (Kind.PRIMARY_ADMIN, Kind.BILLING, Kind.ENROLLMENT)
ADDABLE_TO_UNIT = (Kind.BILLING, Kind.ENROLLMENT)
# Who signs the contract is changed by us; who is the broker follows the letter that names the broker of record.
VOUCH = "groups.change_contact"  # the permission of staff who say which contacts are evidence
DECIDED_BY_US = frozenset({Kind.CONTRACT_SIGNER})
NOT_EDITABLE = frozenset({Kind.BROKER})


def state_of(row: Contact | Address | None) -> dict[str, str]:
    """Return what is stored about a contact or an address, as transactions write it down; nothing for None."""
    if row is None:
        return {}
    names = CONTACT_FIELDS if isinstance(row, Contact) else ADDRESS_FIELDS
    return {name: str(getattr(row, name)) for name in names}


def waits_for(kind: str) -> str:
    """Return whom a change of a contact or an address of *kind* waits for; nobody: it is in force at once."""
    if kind in {*DECIDED_BY_US, Address.Kind.PHYSICAL}:
        return Transaction.WaitsFor.CARRIER
    return Transaction.WaitsFor.NOBODY


def may_edit(contact: Contact) -> bool:
    """Tell whether employers may change *contact* at all."""
    return contact.kind not in NOT_EDITABLE


def is_last(contact: Contact) -> bool:
    """Tell whether *contact* is the only one of its kind that the whole group has."""
    others = Contact.objects.filter(group=contact.group_id, subgroup=None, kind=contact.kind)
    return contact.subgroup_id is None and not others.exclude(pk=contact.pk).exists()
