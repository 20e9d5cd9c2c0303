"""What this app puts on the home page of a group: what waits for those who answer for its people.

One statement, whatever the number of people.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.forms.users import NEEDS_REVIEW
from accounts.home_facts import Facts, facts_of
from accounts.quarters import Quarter
from accounts.roles import PRIMARY_ADMINISTRATOR
from groups.access import GroupRequest
from groups.atoms import LABELS
from portal.cards import Offer, QuickAction, Task, Waiting

KEY_ENDS_WITHIN = timedelta(days=3)  # an unused invitation that ends sooner is to be looked at
ASKED_WITHIN = timedelta(days=14)  # whoever asked before that has asked in vain
MOST = 5  # questions that are listed one by one
ATOM_OF = {label: atom for atom, label in LABELS.items()}


def on_home(request: GroupRequest) -> Offer:
    """Return what waits for the person on the home page of the group."""
    now = timezone.now()
    facts = facts_of(
        request,
        now=now,
        ends_by=now + KEY_ENDS_WITHIN,
        asked_after=now - ASKED_WITHIN,
        most=MOST,
    )
    return Offer(
        tasks=[
            *_offer_tasks(request, facts),
            *_review_tasks(request, facts),
            *_invitation_tasks(request, facts),
            *_asked_tasks(request, facts),
            *_look_tasks(request, facts),
        ],
        waiting=list(_offers_made(request, facts)),
        actions=list(_actions(request)),
    )


# --- In words -------------------------------------------------------------------------------------


def _offer_tasks(request: GroupRequest, facts: Facts) -> Iterator[Task]:
    for offer in facts.offers:
        if offer["giver"] != request.user.pk:
            yield Task(
                icon="shield-check",
                title=_("Answer the offer of %(person)s") % {"person": offer["giver_name"]},
                why=_(
                    "You are to become primary administrator. Nothing changes before you accept."
                ),
                url=reverse("accounts:answer_hand_over", args=[request.group.slug]),
                button=_("Answer"),
                due=timezone.localdate(_moment(offer["expires_at"])),
            )


def _offers_made(request: GroupRequest, facts: Facts) -> Iterator[Waiting]:
    for offer in facts.offers:
        if offer["giver"] == request.user.pk:
            day = date_format(timezone.localdate(_moment(offer["expires_at"])), _("D, M j"))
            yield Waiting(
                who=_("With %(person)s") % {"person": offer["receiver_name"]},
                text=_("your offer of the primary role, until %(day)s") % {"day": day},
                url=reverse("accounts:answer_hand_over", args=[request.group.slug]),
                link=_("See the offer"),
            )


def _review_tasks(request: GroupRequest, facts: Facts) -> Iterator[Task]:
    """Only primary administrators confirm the list; to others it is no task."""
    if facts.role == PRIMARY_ADMINISTRATOR.key and facts.quarter:
        others = max(facts.people - 1, 0)
        words = ngettext(
            "Review who has access (%(count)d person)",
            "Review who has access (%(count)d people)",
            others,
        )
        yield Task(
            icon="user-cog",
            title=words % {"count": others},
            why=_("Once a quarter: confirm who still needs it."),
            url=reverse("accounts:access_review", args=[request.group.slug]),
            button=_("Review"),
            due=Quarter.parse(facts.quarter).last_day,
        )


def _invitation_tasks(request: GroupRequest, facts: Facts) -> Iterator[Task]:
    invitations = facts.invitations
    if not invitations:
        return
    first = invitations[0]
    if len(invitations) == 1:
        person = first["name"].strip() or first["email"]
        title = _("The invitation of %(person)s ends") % {"person": person}
    else:
        title = _("Invitations end: %(count)s") % {
            "count": len(invitations) if len(invitations) <= MOST else _("more than %d") % MOST
        }
    yield Task(
        icon="mail",
        title=title,
        why=_("Nobody has used it yet. You can send it again."),
        url=_users(request, "invited"),
        button=_("See"),
        due=timezone.localdate(_moment(first["expires_at"])),
    )


def _asked_tasks(request: GroupRequest, facts: Facts) -> Iterator[Task]:
    """Whoever asked and has it by now, or is no longer here, waits for nothing; each question stands once."""
    seen = set()
    for question in facts.questions:
        key, atom = question["key"], ATOM_OF.get(question["right"])
        if atom not in request.granted or atom in question["atoms"] or (key, atom) in seen:
            continue
        seen.add((key, atom))
        day = date_format(timezone.localdate(_moment(question["at"])), _("F j"))
        yield Task(
            icon="user-plus",
            title=_("%(person)s asks for more access") % {"person": question["name"]},
            why=_("%(right)s. Asked on %(day)s.") % {"right": question["right"], "day": day},
            url=reverse("accounts:colleague", args=[request.group.slug, key]),
            button=_("Decide"),
        )


def _look_tasks(request: GroupRequest, facts: Facts) -> Iterator[Task]:
    if count := facts.to_look_at:
        words = ngettext(
            "Look at the access of %(count)d person",
            "Look at the access of %(count)d people",
            count,
        )
        yield Task(
            icon="user-cog",
            title=words % {"count": count},
            why=_("Whoever gave it has lost it, or it came from the old portal."),
            url=_users(request, NEEDS_REVIEW),
            button=_("Look"),
        )


def _actions(request: GroupRequest) -> Iterator[QuickAction]:
    may_add = "users_manage" in request.granted and not request.group.is_read_only
    if may_add and request.viewed_as is None:
        url = reverse("accounts:add_user", args=[request.group.slug])
        yield QuickAction("user-plus", _("Add a user"), url)


def _users(request: GroupRequest, status: str) -> str:
    page = reverse("accounts:manage_users", args=[request.group.slug])
    return f"{page}?{urlencode({'status': status})}"


def _moment(text: str) -> datetime:
    """Return the moment that PostgreSQL wrote into JSON."""
    moment = parse_datetime(text)
    if moment is None:
        raise ValueError(text)
    return moment
