"""Which contacts the carrier vouches for: what it loaded or decided on, and what staff say it knows."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from groups.actions.transactions import STALE, Person
from groups.models import Contact
from portal import audit


@transaction.atomic
def vouch_for(contact: Contact, *, version: int, by: Person) -> Contact:
    """Let *contact* be evidence of who somebody is, until the employer changes it.

    Raises ValidationError (code ``stale``) when it is another than *version*, or vouched for already.
    """
    contact = _lock(contact, version, is_vouched=False)
    contact.vouched_at = timezone.now()
    return _save(contact, "groups.contact_vouched", by=by)


@transaction.atomic
def stop_vouching_for(contact: Contact, *, version: int, by: Person) -> Contact:
    """Let *contact* be evidence no longer. Raises ValidationError (code ``stale``) as ``vouch_for`` does."""
    contact = _lock(contact, version, is_vouched=True)
    contact.vouched_at = None
    return _save(contact, "groups.contact_not_vouched", by=by)


def _lock(contact: Contact, version: int, *, is_vouched: bool) -> Contact:
    found = Contact.objects.select_for_update().filter(pk=contact.pk, version=version)
    if row := found.filter(vouched_at__isnull=not is_vouched).first():
        return row
    raise ValidationError(STALE, code="stale")


def _save(contact: Contact, kind: str, *, by: Person) -> Contact:
    # No new version: nothing is different for an employer who has the form open.
    contact.save(update_fields=["vouched_at"])
    audit.record(kind, by=by, target=contact, group_id=contact.group_id)
    return contact
