"""What the carrier tells its groups: drafted, published, taken back, and put away by whoever has read it.

draft -> published -> (taken back) draft. Nobody but staff sees a draft, and only a draft is changed.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from groups.models import Announcement, AnnouncementRead
from portal import audit

STALE = _("Somebody has changed this in the meantime. Copy what you need, then open it again.")
PUBLISHED = _("It is published already. Take it back first.")
FIELDS = (
    "title", "text", "markets", "regions", "statuses", "group_ids", "starts_on", "ends_on", "by_email",
)  # fmt: skip


class Person(Protocol):
    """Whoever writes or reads: an account."""

    pk: int


@transaction.atomic
def draft(values: Mapping[str, Any], *, by: Person) -> Announcement:
    """Write a new announcement, which nobody but staff sees yet; *values* by the names of FIELDS."""
    found = Announcement.objects.create(**{name: values[name] for name in FIELDS})
    audit.record("groups.announcement_drafted", by=by, target=found)
    return found


@transaction.atomic
def redraft(
    found: Announcement, values: Mapping[str, Any], *, version: int, by: Person
) -> Announcement:
    """Change a draft. Raises ValidationError when it is published meanwhile, or another than *version* (``stale``)."""
    found = _lock(found, version)
    if found.published_at:
        raise ValidationError(PUBLISHED, code="published")
    changes = {
        name: (getattr(found, name), values[name])
        for name in FIELDS
        if getattr(found, name) != values[name]
    }
    for name, (_old, new) in changes.items():
        setattr(found, name, new)
    if changes:
        found.version += 1
        found.save(update_fields=[*changes, "version"])
        audit.record("groups.announcement_changed", by=by, target=found, changes=changes)
    return found


@transaction.atomic
def publish(found: Announcement, *, version: int, by: Person) -> Announcement:
    """Show a draft to the groups that its filters let pass; by email too, where it says so.

    Raises ValidationError when it is another than *version* (code ``stale``), so that nobody publishes what they have
    not seen; when it is published already, or its last day has passed.
    """
    found = _lock(found, version)
    if found.published_at:
        raise ValidationError(PUBLISHED, code="published")
    if found.ends_on and found.ends_on < timezone.localdate():
        raise ValidationError(_("Its last day has passed. Change the days first."), code="over")
    found.published_at, found.published_by_id = timezone.now(), by.pk
    found.mailed_to, found.mailed_at = 0, None
    _save(found)
    audit.record("groups.announcement_published", by=by, target=found)
    return found


@transaction.atomic
def take_back(found: Announcement, *, by: Person) -> Announcement:
    """Show it to nobody any more: it is a draft again, and letters that are not written yet never are.

    Published anew it is written to nobody twice. Raises ValidationError when it is not published.
    """
    found = _lock(found)
    if not found.published_at:
        raise ValidationError(_("It is not published."), code="draft")
    found.published_at, found.published_by_id = None, None
    _save(found)
    audit.record("groups.announcement_taken_back", by=by, target=found)
    return found


@transaction.atomic
def put_away(found: Announcement, *, by: Person) -> None:
    """Take an announcement off *by*'s home page; again does nothing. No event: it concerns nobody else."""
    AnnouncementRead.objects.get_or_create(announcement=found, user_id=by.pk)


def _lock(found: Announcement, version: int | None = None) -> Announcement:
    found = Announcement.objects.select_for_update(of=("self",)).get(pk=found.pk)
    if version is not None and found.version != version:
        raise ValidationError(STALE, code="stale")
    return found


def _save(found: Announcement) -> None:
    found.version += 1
    fields = ["published_at", "published_by", "mailed_to", "mailed_at", "version"]
    found.save(update_fields=fields)
