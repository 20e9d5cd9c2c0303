"""Announcements that also go out by email: written a batch at a time, to whoever wants them."""

import logging
from collections.abc import Collection

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import Grant, end_of
from accounts.preferences import Letters, muted_by
from groups.models import Announcement
from portal import audit, mail

BATCH = 500  # people whose letters are written in one transaction
logger = logging.getLogger(__name__)


@transaction.atomic
def write_announcements(*, batch: int = BATCH) -> bool:
    """Write the next letters of the first announcement that can be, as ``write_letters``; tell whether more may follow.

    One that fails is logged and stays as it was, for the next time; it does not hold up the others.
    """
    due = Announcement.objects.to_be_mailed_on(timezone.localdate())
    for pk in list(due.values_list("pk", flat=True)):
        try:
            if write_letters(pk, batch=batch):
                return True
        except Exception:  # whatever it is, the others must go out
            logger.exception("letters of announcement %s not written", pk)
    return False


@transaction.atomic
def write_letters(pk: int, *, batch: int = BATCH) -> bool:
    """Write the next letters of the announcement *pk*, to *batch* people at most; return whether any turn was taken.

    False when another worker has it, or nothing is left to write. The announcement keeps how far it got, under its
    lock, and a letter has one key for each person: run twice, or by two workers, it writes to nobody twice. A person of
    several groups gets one letter, with a link into the first group for which they want announcements.
    """
    announcement = (
        Announcement.objects.to_be_mailed_on(timezone.localdate())
        .select_for_update(of=("self",), skip_locked=True)
        .filter(pk=pk)
        .first()
    )
    if announcement is None:
        return False
    people = _people(announcement, batch)
    _write(announcement, _wanting(announcement, people))
    announcement.mailed_to = max(people, default=announcement.mailed_to)
    if len(people) < batch:
        announcement.mailed_at = timezone.now()
        audit.record("groups.announcement_mailed", by=None, target=announcement)
    announcement.save(update_fields=["mailed_to", "mailed_at"])
    return True


def _people(announcement: Announcement, batch: int) -> list[int]:
    """Return the ids of the next people with access to one of the groups it reaches."""
    grants = Grant.objects.in_force().filter(
        group__in=announcement.reached(), user__is_active=True, user__gt=announcement.mailed_to
    )
    return list(grants.order_by("user").values_list("user", flat=True).distinct()[:batch])


def _wanting(announcement: Announcement, people: Collection[int]) -> dict[int, tuple[str, str]]:
    """Return address and slug of the group, by the id of who wants the letter; three statements."""
    grants = (
        Grant.objects.in_force()
        .filter(group__in=announcement.reached(), user__in=people)
        .order_by("group__name", "pk")
    )
    found = list(grants.values_list("user_id", "group_id", "user__email", "group__slug"))
    muted = muted_by(
        Letters.ANNOUNCEMENTS, groups={group for _user, group, *_rest in found}, users=people
    )
    wanted: dict[int, tuple[str, str]] = {}
    for user, group, email, slug in found:
        if (user, group) not in muted:
            wanted.setdefault(user, (email, slug))
    return wanted


def _write(announcement: Announcement, wanted: dict[int, tuple[str, str]]) -> None:
    not_after = end_of(announcement.ends_on) if announcement.ends_on else None
    mail.send_many(
        "groups/announcement",
        [
            mail.Letter(
                email,
                f"groups.announcement:{announcement.pk}:{user}",
                {
                    "title": announcement.title,
                    "page": reverse("groups:announcement", args=[slug, announcement.pk]),
                    "settings": reverse("accounts:account_settings", args=[slug]),
                },
                not_after=not_after,
            )
            for user, (email, slug) in wanted.items()
        ],
    )
