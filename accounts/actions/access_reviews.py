"""The quarterly access review: opened and reminded of by the clock, answered and confirmed by a primary administrator.

An answer holds for what a person had when it was given: when a grant is changed afterwards, or somebody new gets
access, the review asks about them again. Source: docs/domain.md, "What a person may do" (access review).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts.actions import grants
from accounts.actions.delegation import NOT_YOURS, STALE, Removal, refusals_on_record, remove_user
from accounts.actions.submitted import submit_review
from accounts.authority import grant_of
from accounts.models import AccessReview, AccessReviewItem, Grant, User
from accounts.notices import write_to_primaries
from accounts.quarters import Quarter
from accounts.review_list import Decision, held_in_words, people_of, rows_of
from accounts.roles import EMERGENCY, PRIMARY_ADMINISTRATOR
from groups.models import EmployerGroup
from portal import audit

# How many days before the end each reminder goes out; the last one says that the review is late.
REMINDERS = (14, 3, 0)
INCOMPLETE = "incomplete"
FINISHED = _("This review is finished. Nothing was changed.")


@dataclass(frozen=True)
class Answer:
    """What became of one decision; *removal* says what it ended."""

    item: AccessReviewItem
    removal: Removal | None


@transaction.atomic
def open_reviews(*, now: datetime | None = None) -> int:
    """Open this quarter's review of every group where a primary administrator answers for somebody else.

    The quarter is the carrier's; it is due at the midnight after its last day. Returns how many groups had none
    yet. Two statements; safe to repeat and to run side by side.
    """
    zone = ZoneInfo(settings.TIME_ZONE)
    now = now or timezone.now()
    quarter = Quarter.of(now.astimezone(zone).date())
    waiting = list(_groups_without(str(quarter)).values_list("pk", flat=True))
    AccessReview.objects.bulk_create(
        (
            AccessReview(
                group_id=pk, quarter=str(quarter), opened_at=now, due_at=quarter.ends_at(zone)
            )
            for pk in waiting
        ),
        batch_size=5000,
        ignore_conflicts=True,
    )
    return len(waiting)


@transaction.atomic
def remind(*, now: datetime | None = None, limit: int = 200) -> int:
    """Write to the primary administrators of reviews that end in 14 days, in 3 days, or are late; return how many.

    Once for each of the three; one that was missed is not made up for. Reviews that another worker holds wait for
    the next turn.
    """
    now = now or timezone.now()
    due = (
        AccessReview.objects.open()
        .filter(_reminder_is_due(now))
        .select_related("group")
        .select_for_update(of=("self",), skip_locked=True)
        .order_by("due_at", "pk")
    )
    count = 0
    for review in due[:limit]:
        review.reminders, review.reminded_at = _reminder_at(review.due_at, now), now
        review.save(update_fields=["reminders", "reminded_at"])
        _remind(review)
        count += 1
    return count


@refusals_on_record
@transaction.atomic
def decide(review: AccessReview, *, grant: Grant, decision: str, version: int, by: User) -> Answer:
    """Keep or remove one person's access in an open *review*; only a primary administrator may.

    Keeping writes down what the person has; removing takes it away at once, as ``remove_user`` does. An earlier
    answer is replaced. Raises ValidationError with code ``stale`` when the review is finished or the grant changed
    since the page was shown.
    """
    review, own = _lock(review, by)
    fresh = people_of(review.group_id).with_units().filter(pk=grant.pk).first()
    if fresh is None or fresh.version != version:
        raise ValidationError(STALE, code="stale")
    if fresh.pk == own.pk:
        raise ValidationError(_("Nobody confirms their own access."), code=NOT_YOURS)
    held, removal = held_in_words(fresh), None
    if decision == Decision.REMOVE:
        removal = remove_user(fresh, version=version, by=by)
    else:
        audit.record(
            "accounts.access_confirmed",
            by=by,
            target=fresh,
            group_id=review.group_id,
            note=review.quarter,
        )
    item, _created = AccessReviewItem.objects.update_or_create(
        review=review,
        grant=fresh,
        defaults={
            "group_id": review.group_id,
            "decision": Decision(decision),
            "held": held,
            "decided_at": timezone.now(),
            "decided_by": by,
        },
    )
    return Answer(item, removal)


@refusals_on_record
@transaction.atomic
def complete(review: AccessReview, *, by: User) -> AccessReview:
    """Confirm the list: the review is done, and kept; only a primary administrator may.

    Other reviews of the group that are late are done with it: one look at the list answers for all of them.
    Mails the primary administrators a link to the result. Raises ValidationError with code ``incomplete`` while
    somebody with access has no answer that holds, ``stale`` when it is finished already.
    """
    review, own = _lock(review, by)
    now = timezone.now()
    rows = rows_of(review, without=own, now=now)
    if missing := sum(row.item is None for row in rows):
        raise ValidationError(
            ngettext_lazy(
                "%(count)d person still needs an answer. Choose Keep or Remove.",
                "%(count)d people still need an answer. Choose Keep or Remove for each.",
                missing,
            ),
            code=INCOMPLETE,
            params={"count": missing},
        )
    late = AccessReview.objects.overdue_at(now).filter(group_id=review.group_id)
    done = AccessReview.objects.open().filter(Q(pk=review.pk) | Q(pk__in=late.values("pk")))
    finished = list(done.select_for_update(of=("self",)).order_by("due_at", "pk"))
    done.update(completed_at=now, completed_by=by)
    review.refresh_from_db()
    for one in finished:
        audit.record(
            "accounts.access_review_completed",
            by=by,
            target=one,
            group_id=one.group_id,
            note=one.quarter,
        )
    submit_review(review, by=by)
    _write(review, "accounts/review_completed", f"accounts.review_completed:{review.pk}")
    return review


def _groups_without(quarter: str) -> QuerySet[EmployerGroup]:
    """Return the groups with a primary administrator and somebody else, that have no review of *quarter*."""
    here = Grant.objects.filter(group=OuterRef("pk"))
    primary = here.in_force().filter(role=PRIMARY_ADMINISTRATOR.key, user__is_active=True)
    # The primary administrator is one of the people; a second primary administrator is somebody else.
    people = here.open().exclude(role=EMERGENCY.key).values("group").annotate(people=Count("pk"))
    somebody = people.filter(people__gt=1)
    reviewed = AccessReview.objects.filter(group=OuterRef("pk"), quarter=quarter)
    return EmployerGroup.objects.filter(Exists(primary), Exists(somebody), ~Exists(reviewed))


def _reminder_is_due(now: datetime) -> Q:
    """Return what finds reviews whose next reminder has come at *now*."""
    found = Q(pk__in=[])
    for number, days in enumerate(REMINDERS, start=1):
        found |= Q(reminders__lt=number, due_at__lte=now + timedelta(days=days))
    return found


def _reminder_at(due_at: datetime, now: datetime) -> int:
    """Return the number of the last reminder that has come at *now*, counted from 1."""
    return sum(due_at <= now + timedelta(days=days) for days in REMINDERS)


def _remind(review: AccessReview) -> None:
    is_late = review.reminders == len(REMINDERS)
    letter = "accounts/review_late" if is_late else "accounts/review_due"
    _write(review, letter, f"accounts.review_due:{review.pk}:{review.reminders}")


def _write(review: AccessReview, letter: str, key: str) -> None:
    """Mail *letter* to every primary administrator of the group; no names, only a link."""
    write_to_primaries([review.group_id], letter, key=key, context={"quarter": review.quarter})


def _lock(review: AccessReview, by: User) -> tuple[AccessReview, Grant]:
    """Lock the group, then return the review as it is now and the grant of *by*; raise ValidationError if refused."""
    grants.lock_group(review.group_id)
    fresh = (
        AccessReview.objects.select_for_update(of=("self",))
        .select_related("group")
        .get(pk=review.pk)
    )
    own = grant_of(fresh.group, by)
    if own is None or not own.is_primary:
        raise ValidationError(
            _("Only a primary administrator confirms who has access."), code=NOT_YOURS
        )
    if fresh.completed_at:
        raise ValidationError(FINISHED, code="stale")
    return fresh, own
