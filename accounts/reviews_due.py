"""The notice above *Manage user access*: the review that waits, until when, and when the last one was done."""

from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import AccessReview, AccessReviewItem, Grant, User
from accounts.review_list import last_day_of, people_of, review_of
from groups.access import GroupRequest
from groups.models import EmployerGroup

SOON = 14  # days: nearer than this the notice is amber; from here on the distance is in weeks


@dataclass(frozen=True)
class Notice:
    """What templates/accounts/_review_notice.html shows; *tone* as the notice component takes it."""

    tone: str
    title: str
    text: str
    url: str
    button: str


def confirmer_of(request: GroupRequest) -> tuple[Grant | None, bool]:
    """Return the grant of the primary administrator who confirms, and whether it is the person's own.

    Their own when they are one, unless they view the group as another person; else the first one's.
    """
    primaries = list(Grant.objects.primary_administrators(request.group))
    own = next((grant for grant in primaries if grant.user_id == request.user.pk), None)
    if own and request.viewed_as is None:
        return own, True
    return next(iter(primaries), None), False


def notice_for(request: GroupRequest) -> Notice | None:
    """Return the notice about the open review, or None: nothing waits, or the person could not open it.

    Five statements while a review is open, whatever the number of people.
    """
    if "users_manage" not in request.granted or request.units is not None:
        return None
    review = review_of(request.group)
    if review is None:
        return None
    primary, is_own = confirmer_of(request)
    others = people_of(request.group.pk).exclude(pk=primary.pk if primary else 0).count()
    answered = AccessReviewItem.objects.filter(review=review).exists()
    days = (last_day_of(review) - timezone.localdate()).days
    sentences = [_duty(others, primary, is_own=is_own), _last_done(request.group, request.user)]
    return Notice(
        tone="bad" if days < 0 else "warn" if days < SOON else "",
        title=_title(last_day_of(review), days),
        text=" ".join(filter(None, sentences)),
        url=reverse("accounts:access_review", args=[request.group.slug]),
        button=_button(is_own=is_own, answered=answered),
    )


def distance(days: int) -> str:
    """Return how far away a day is: "in 6 weeks", "tomorrow", "3 days late"; *days* counts from today."""
    if days < 0:
        return ngettext("%(count)d day late", "%(count)d days late", -days) % {"count": -days}
    if days >= SOON:
        weeks = round(days / 7)
        return ngettext("in %(count)d week", "in %(count)d weeks", weeks) % {"count": weeks}
    near = {0: _("today"), 1: _("tomorrow")}
    return near.get(days) or _("in %(count)d days") % {"count": days}


def _title(last_day: date, days: int) -> str:
    # Translators: a date in a sentence, in the letters of Django's filter "date".
    words = {"day": date_format(last_day, _("l, F j")), "distance": distance(days)}
    if days < 0:
        return _("Quarterly review: was due %(day)s (%(distance)s)") % words
    return _("Quarterly review: due %(day)s (%(distance)s)") % words


def _duty(others: int, primary: Grant | None, *, is_own: bool) -> str:
    if not is_own:
        name = primary.person if primary else _("The primary administrator")
        return _("%(name)s confirms who still needs access.") % {"name": name}
    words = ngettext(
        "Confirm that this %(count)d person still needs their access.",
        "Confirm that these %(count)d people still need their access.",
        others,
    )
    return words % {"count": others}


def _last_done(group: EmployerGroup, user: object) -> str:
    last = (
        AccessReview.objects.filter(group=group, completed_at__isnull=False)
        .select_related("completed_by")
        .order_by("-completed_at")
        .first()
    )
    if last is None or last.completed_at is None:
        return ""
    words = {"day": date_format(timezone.localtime(last.completed_at), "F j, Y")}
    if last.completed_by == user:
        return _("Last done %(day)s by you.") % words
    name: User | None = last.completed_by
    return _("Last done %(day)s by %(name)s.") % {**words, "name": name}


def _button(*, is_own: bool, answered: bool) -> str:
    if not is_own:
        return _("See the review")
    return _("Continue review") if answered else _("Start review")
