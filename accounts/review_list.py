"""Whom the quarterly review asks about, and what was answered so far. Only reads.

Source: docs/domain.md, "What a person may do" (access review).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.actors import address_of, is_of_carrier, person_in_words
from accounts.models import AccessReview, AccessReviewItem, Grant
from accounts.models.grants import GrantQuerySet
from accounts.quarters import Quarter
from accounts.roles import CUSTOM, EMERGENCY
from groups.atoms import ATOMS
from groups.models import EmployerGroup

Decision = AccessReviewItem.Decision
UNUSED_AFTER = timedelta(days=90)
ENDS_SOON = timedelta(days=30)


@dataclass(frozen=True)
class Flag:
    """Something to think about before keeping somebody's access; *shape* as the status component takes it."""

    shape: str
    words: str


@dataclass(frozen=True)
class ReviewRow:
    """One person in a review. *item* is the answer that holds for what the person has now, if there is one."""

    grant: Grant
    held: str
    item: AccessReviewItem | None
    was_changed: bool = False  # answered before, but what they have has changed since
    rights: str = ""  # of a custom role
    units: str = ""
    flags: list[Flag] = field(default_factory=list)

    @property
    def person(self) -> str:
        """Return whose access it is, as employers read it."""
        return person_in_words(self.grant)

    @property
    def address(self) -> str:
        """Return the e-mail address that employers read, if any."""
        return address_of(self.grant)

    @property
    def last_login(self) -> datetime | None:
        """Return the last sign-in; nothing once the access is over, and nothing of the carrier's people."""
        user = self.grant.user
        hidden = self.is_removed or is_of_carrier(self.grant)
        return None if user is None or hidden else user.last_login

    @property
    def is_removed(self) -> bool:
        """Tell whether the review took the access away."""
        return self.item is not None and self.item.decision == Decision.REMOVE

    @property
    def is_kept(self) -> bool:
        """Tell whether the review confirmed the access."""
        return self.item is not None and self.item.decision == Decision.KEEP


def review_of(group: EmployerGroup) -> AccessReview | None:
    """Return the review of *group* to work on: of the open ones the first that was due."""
    return AccessReview.objects.open().filter(group=group).order_by("due_at").first()


def last_day_of(review: AccessReview) -> date:
    """Return the last day of the review's quarter."""
    return Quarter.parse(review.quarter).last_day


def people_of(group_id: int) -> GrantQuerySet:
    """Return the open grants of a group that somebody answers for, by name; emergency access ends by itself."""
    return (
        Grant.objects.open()
        .filter(group_id=group_id)
        .exclude(role=EMERGENCY.key)
        .select_related("group", "user")
        .order_by("user__last_name", "user__first_name", "last_name", "first_name", "email", "pk")
    )


def rows_of(review: AccessReview, *, without: Grant | None, now: datetime) -> list[ReviewRow]:
    """Return the people of an open *review*, those it removed included, by name; four statements.

    *without* is the grant of whoever confirms: nobody answers for their own access.
    """
    items = list(
        AccessReviewItem.objects.filter(review=review)
        .select_related("grant__group", "grant__user")
        .prefetch_related("grant__units")
    )
    answers = {item.grant_id: item for item in items}
    own = without.pk if without else None
    people = [grant for grant in people_of(review.group_id).with_units() if grant.pk != own]
    rows = [_row(grant, answers.get(grant.pk), now) for grant in people]
    rows += [
        _removed(item)
        for item in items
        if item.decision == Decision.REMOVE and item.grant.state not in Grant.OPEN
    ]
    return sorted(rows, key=lambda row: row.person.casefold())


def decided(rows: Iterable[ReviewRow]) -> int:
    """Return how many of *rows* have an answer that holds."""
    return sum(row.item is not None for row in rows)


def held_in_words(grant: Grant) -> str:
    """Return what *grant* (``with_units``) gives, in words that are kept: role or rights, billing units, last day.

    An answer of the review holds as long as these words stay the same.
    """
    parts = [rights_in_words(grant) or str(grant.get_role_display())]
    parts.append(_("billing units: %(units)s") % {"units": units_in_words(grant)})
    if grant.last_day:
        parts.append(_("until %(day)s") % {"day": _short(grant.last_day)})
    if grant.state == Grant.State.SUSPENDED:
        parts.append(_("deactivated"))
    return "; ".join(parts)


def rights_in_words(grant: Grant) -> str:
    """Return the single rights of a custom role; nothing for a role that says it all."""
    if grant.role != CUSTOM.key:
        return ""
    return ", ".join(label for atom, label in ATOMS if atom in grant.atoms)


def units_in_words(grant: Grant) -> str:
    """Return the billing units of *grant* (``with_units``): ALL, or their codes."""
    return _("ALL") if grant.all_units else ", ".join(unit.code for unit in grant.units.all())


def flags_of(grant: Grant, now: datetime) -> list[Flag]:
    """Return what speaks against keeping *grant* unseen: not used for long, ends soon, its giver lost the right."""
    flags = []
    if grant.has_unknown_old_role:
        flags.append(Flag("attention", _("Old role not known: check what it includes")))
    elif grant.orphaned_at:
        flags.append(Flag("attention", _("Whoever gave this access can no longer give it")))
    if grant.state == Grant.State.SUSPENDED:
        flags.append(Flag("waived", _("Deactivated")))
    if grant.user and not _was_used(grant, now - UNUSED_AFTER):
        flags.append(Flag("attention", _("Not signed in for 90 days")))
    if grant.last_day and grant.ends_at and grant.ends_at <= now + ENDS_SOON:
        words = _("Access ends %(day)s") % {"day": _short(grant.last_day)}
        flags.append(Flag("attention", words))
    return flags


def _row(grant: Grant, item: AccessReviewItem | None, now: datetime) -> ReviewRow:
    held = held_in_words(grant)
    holds = item if item and item.decision == Decision.KEEP and item.held == held else None
    return ReviewRow(
        grant=grant,
        held=held,
        item=holds,
        was_changed=item is not None and holds is None,
        rights=rights_in_words(grant),
        units=units_in_words(grant),
        flags=flags_of(grant, now),
    )


def _removed(item: AccessReviewItem) -> ReviewRow:
    grant = item.grant
    return ReviewRow(
        grant, item.held, item, rights=rights_in_words(grant), units=units_in_words(grant)
    )


def _was_used(grant: Grant, since: datetime) -> bool:
    """Tell whether the person signed in, or got the access, at *since* or later."""
    signed_in = grant.user.last_login if grant.user else None
    return any(at and at >= since for at in (signed_in, grant.activated_at))


def _short(day: date) -> str:
    """Return a day as tables write it: "Dec 31, 2026"."""
    return date_format(day, "M j, Y")
