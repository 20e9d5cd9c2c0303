"""How the carrier reaches a group or a billing unit: every change of a contact or an address is a transaction.

A change of the physical address or of the contract signer waits for the carrier, since premiums and authority hang on
it; everything else is in force at once. Source: domain handbook, "Names and addresses"; "Group"; "Subgroup".
"""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from groups.actions.transactions import STALE, Change, Person, already_submitted, submit
from groups.contact_rules import (
    ADDABLE,
    ADDABLE_TO_UNIT,
    ADDED,
    ADDRESS_CHANGED,
    ADDRESS_DROPPED,
    CHANGED,
    DECIDED_BY_US,
    REMOVED,
    VOUCH,
    is_last,
    may_edit,
    state_of,
    waits_for,
)
from groups.models import Address, Contact, EmployerGroup, Subgroup, Transaction
from portal import audit

SAME = _("This is what we have on file already. Change something, or cancel.")
WAITS = _("A change of this waits for us already. Cancel it first, or wait for our answer.")
LAST = _("We need at least one contact of this kind for the group. Change this one instead.")
KNOWN = _("This person is a contact of this kind here already.")
NOT_YOURS = _("Call us to change this contact.")


@transaction.atomic
def add_contact(
    group: EmployerGroup,
    *,
    subgroup: Subgroup | None,
    kind: str,
    first_name: str,
    last_name: str,
    title: str,
    phone: str,
    extension: str,
    email: str,
    form_key: UUID | None,
    by: Person,
) -> Transaction:
    """Name a contact of the group, or with *subgroup* of that billing unit, in force at once.

    The same *form_key* again returns the first transaction. Raises ValidationError for a kind that is not the
    employer's to name (code ``not_yours``) and for somebody who is a contact of the kind there (``known``).
    """
    group = _lock(group)
    if done := already_submitted(group, form_key, kind=ADDED, by=by):
        return done
    if kind not in (ADDABLE_TO_UNIT if subgroup else ADDABLE):
        raise ValidationError(NOT_YOURS, code="not_yours")
    contact = Contact(
        group=group,
        subgroup=subgroup,
        kind=kind,
        first_name=first_name,
        last_name=last_name,
        title=title,
        phone=phone,
        extension=extension,
        email=email,
        named_at=timezone.now(),
    )
    _refuse_known(contact)
    contact.save()
    audit.record(ADDED, by=by, target=contact, group_id=group.pk)
    return _submit_contact(ADDED, contact, {}, state_of(contact), by=by, form_key=form_key)


@transaction.atomic
def change_contact(
    contact: Contact,
    *,
    first_name: str,
    last_name: str,
    title: str,
    phone: str,
    extension: str,
    email: str,
    version: int,
    form_key: UUID | None,
    by: Person,
) -> Transaction:
    """Change who a contact is or how they are reached; at once, save for the contract signer, whom we decide on.

    The same *form_key* again returns the first transaction. Raises ValidationError when the contact is another than
    *version* or gone (code ``stale``), nothing differs (``same``), a change waits for us (``waits``), the contact is
    not the employer's to change (``not_yours``), or the person is one of that kind there already (``known``).
    """
    group = _lock(contact.group)
    if done := already_submitted(group, form_key, kind=CHANGED, by=by):
        return done
    contact = _lock_contact(contact, version)
    before = state_of(contact)
    after = {
        **before,
        "first_name": first_name,
        "last_name": last_name,
        "title": title,
        "phone": phone,
        "extension": extension,
        "email": email,
    }
    if after == before:
        raise ValidationError(SAME, code="same")
    if waits_for(contact.kind):
        _refuse_waiting(group, CHANGED, contact.subgroup_id, before__contact=str(contact.pk))
    else:
        _save_contact(contact, _set(contact, after), by=by, vouched=False)
    return _submit_contact(CHANGED, contact, before, after, by=by, form_key=form_key)


@transaction.atomic
def remove_contact(
    contact: Contact, *, version: int, form_key: UUID | None, by: Person
) -> Transaction:
    """Take a contact off the file, at once. A billing unit without one of a kind is reached by the group's.

    The same *form_key* again returns the first transaction. Raises ValidationError when the contact is another than
    *version* or gone (code ``stale``), is not the employer's to remove (``not_yours``), or is the group's last of its
    kind (``last``).
    """
    group = _lock(contact.group)
    if done := already_submitted(group, form_key, kind=REMOVED, by=by):
        return done
    contact = _lock_contact(contact, version)
    if contact.kind in DECIDED_BY_US:
        raise ValidationError(NOT_YOURS, code="not_yours")
    if is_last(contact):
        raise ValidationError(LAST, code="last")
    before = state_of(contact)
    audit.record(REMOVED, by=by, target=contact, group_id=group.pk)
    found = _submit_contact(REMOVED, contact, before, {}, by=by, form_key=form_key)
    contact.delete()
    return found


@transaction.atomic
def change_address(
    group: EmployerGroup,
    *,
    subgroup: Subgroup | None,
    kind: str,
    line1: str,
    line2: str,
    city: str,
    state: str,
    zip_code: str,
    county: str,
    effective_date: date | None = None,
    version: int,
    form_key: UUID | None,
    by: Person,
) -> Transaction:
    """Change an address of the group, or with *subgroup* of that billing unit, which gets its own by that.

    *version* is of the address that was seen, 0 where there was none. The physical address waits for the carrier, from
    *effective_date* (None: today). The same *form_key* again returns the first transaction. Raises ValidationError
    with code ``stale``, ``same`` or ``waits`` as ``change_contact`` does.
    """
    group = _lock(group)
    if done := already_submitted(group, form_key, kind=ADDRESS_CHANGED, by=by):
        return done
    address = _address_at(group, subgroup, kind)
    if (address.version if address else 0) != version:
        raise ValidationError(STALE, code="stale")
    before = state_of(address) or {"kind": kind}
    after = {
        "kind": kind,
        "line1": line1,
        "line2": line2,
        "city": city,
        "state": state,
        "zip_code": zip_code,
        "county": county,
    }
    if after == before:
        raise ValidationError(SAME, code="same")
    unit = subgroup.pk if subgroup else None
    if waits_for(kind):
        _refuse_address_waiting(group, unit, kind)
    else:
        row = address or Address(group=group, subgroup=subgroup, version=0)
        _save_address(row, after, by=by)
    change = Change(before, after, effective_date or timezone.localdate(), subgroup)
    return submit(
        ADDRESS_CHANGED, group, change, by=by, waits_for=waits_for(kind), form_key=form_key
    )


@transaction.atomic
def drop_address(
    address: Address, *, version: int, form_key: UUID | None, by: Person
) -> Transaction:
    """Let a billing unit use the group's address again instead of its own; the physical one waits for the carrier.

    The same *form_key* again returns the first transaction. Raises ValidationError when the address is another than
    *version* or gone (code ``stale``), a change of it waits for us (``waits``), or it is the group's (``not_yours``).
    """
    group = _lock(address.group)
    if done := already_submitted(group, form_key, kind=ADDRESS_DROPPED, by=by):
        return done
    if address.subgroup is None:
        raise ValidationError(NOT_YOURS, code="not_yours")
    found = _address_at(group, address.subgroup, address.kind)
    if found is None or found.version != version:
        raise ValidationError(STALE, code="stale")
    _refuse_address_waiting(group, found.subgroup_id, found.kind)
    waiting = waits_for(found.kind)
    before, after = state_of(found), {"kind": found.kind}
    if not waiting:
        _delete_address(found, by=by)
    change = Change(before, after, timezone.localdate(), address.subgroup)
    return submit(ADDRESS_DROPPED, group, change, by=by, waits_for=waiting, form_key=form_key)


@transaction.atomic
def carry_out_contact(found: Transaction, *, by: Person | None) -> None:
    """Write a change of a contact that waited, in the name of whoever submitted it; run by what completes *found*.

    It is evidence from then on if who decides may vouch for contacts. Raises ValidationError with code ``stale`` when
    the contact is not what it was when the change was submitted.
    """
    _lock(found.group)
    contact = Contact.objects.select_for_update().filter(pk=found.before["contact"]).first()
    if contact is None or state_of(contact) != _without_key(found.before):
        raise ValidationError(STALE, code="stale")
    changes = _set(contact, _without_key(found.after))
    decider = found.decided_by
    _save_contact(contact, changes, by=by, vouched=bool(decider and decider.has_perm(VOUCH)))


@transaction.atomic
def carry_out_address(found: Transaction, *, by: Person | None) -> None:
    """Write a change of an address that waited, in the name of whoever submitted it; run by what completes *found*.

    Raises ValidationError with code ``stale`` when the address is not what it was when the change was submitted.
    """
    group = _lock(found.group)
    kind = found.after["kind"]
    address = _address_at(group, found.subgroup, kind)
    if (state_of(address) or {"kind": kind}) != found.before:
        raise ValidationError(STALE, code="stale")
    row = address or Address(group=group, subgroup=found.subgroup, version=0)
    _save_address(row, found.after, by=by)


@transaction.atomic
def carry_out_drop(found: Transaction, *, by: Person | None) -> None:
    """Give up a unit's own address after all, in the name of whoever submitted it; run by what completes *found*.

    Raises ValidationError with code ``stale`` when the address is not what it was when it was to be given up.
    """
    group = _lock(found.group)
    address = _address_at(group, found.subgroup, found.before["kind"])
    if address is None or address.subgroup is None or state_of(address) != found.before:
        raise ValidationError(STALE, code="stale")
    _delete_address(address, by=by)


def _lock(group: EmployerGroup) -> EmployerGroup:
    """Hold the group until the end of the transaction: one change of how it is reached at a time."""
    return EmployerGroup.objects.select_for_update(no_key=True).get(pk=group.pk)


def _lock_contact(contact: Contact, version: int) -> Contact:
    found = Contact.objects.select_for_update().filter(pk=contact.pk).first()
    if found is None or found.version != version:
        raise ValidationError(STALE, code="stale")
    if not may_edit(found):
        raise ValidationError(NOT_YOURS, code="not_yours")
    return found


def _address_at(group: EmployerGroup, subgroup: Subgroup | None, kind: str) -> Address | None:
    found = Address.objects.select_for_update()
    return found.filter(group=group, subgroup=subgroup, kind=kind).first()


def _delete_address(address: Address, *, by: Person | None) -> None:
    audit.record(ADDRESS_DROPPED, by=by, target=address, group_id=address.group_id)
    address.delete()


def _refuse_address_waiting(group: EmployerGroup, unit: int | None, kind: str) -> None:
    """Refuse a second change of an address while the first, or that it is given up, waits."""
    for waiting in (ADDRESS_CHANGED, ADDRESS_DROPPED):
        _refuse_waiting(group, waiting, unit, before__kind=kind)


def _refuse_waiting(group: EmployerGroup, kind: str, unit: int | None, **which: str) -> None:
    waiting = Transaction.objects.undecided().filter(group=group, kind=kind, subgroup=unit, **which)
    if waiting.exists():
        raise ValidationError(WAITS, code="waits")


def _refuse_known(contact: Contact) -> None:
    same = Contact.objects.filter(
        group=contact.group,
        subgroup=contact.subgroup,
        kind=contact.kind,
        email__iexact=contact.email,
    )
    if same.exclude(pk=contact.pk).exists():
        raise ValidationError({"email": ValidationError(KNOWN, code="known")})


def _save_contact(
    contact: Contact, changes: dict[str, tuple[object, object]], *, by: Person | None, vouched: bool
) -> None:
    """Store what was set on *contact*. *vouched*: we answer for it; otherwise it is the employer's word alone."""
    _refuse_known(contact)
    now = timezone.now()
    origin = {"vouched_at": now} if vouched else {"vouched_at": None, "named_at": now}
    _store(contact, changes | _set(contact, origin), CHANGED, by=by)


def _save_address(row: Address, after: Mapping[str, str], *, by: Person | None) -> None:
    _store(row, _set(row, after), ADDRESS_CHANGED, by=by)


def _set(row: Contact | Address, values: Mapping[str, object]) -> dict[str, tuple[object, object]]:
    """Set *values* on *row*; return what differs, as the audit trail takes it."""
    changes = {
        name: (getattr(row, name), new) for name, new in values.items() if getattr(row, name) != new
    }
    for name, new in values.items():
        setattr(row, name, new)
    return changes


def _store(
    row: Contact | Address,
    changes: Mapping[str, tuple[object, object]],
    kind: str,
    *,
    by: Person | None,
) -> None:
    row.version += 1
    row.save()
    audit.record(kind, by=by, target=row, group_id=row.group_id, changes=changes)


def _submit_contact(
    kind: str,
    contact: Contact,
    before: Mapping[str, str],
    after: Mapping[str, str],
    *,
    by: Person,
    form_key: UUID | None,
) -> Transaction:
    """Write a change of *contact* down; both sides name the row, so that a history can be followed."""
    key = {"contact": str(contact.pk)}
    change = Change(
        {**key, **before}, {**key, **after}, timezone.localdate(), subgroup=contact.subgroup
    )
    waiting = waits_for(contact.kind) if kind == CHANGED else Transaction.WaitsFor.NOBODY
    return submit(kind, contact.group, change, by=by, waits_for=waiting, form_key=form_key)


def _without_key(written: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in written.items() if name != "contact"}
