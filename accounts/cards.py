"""What this app puts on the home page of a group: what waits for those who answer for its people.

One statement, whatever the number of people.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, cast

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BigIntegerField, Count, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Coalesce, Concat, JSONObject
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.forms.users import NEEDS_REVIEW
from accounts.models import AccessCode, AccessReview, Grant, HandOver
from accounts.models.grants import GrantQuerySet
from accounts.quarters import Quarter
from accounts.roles import EMERGENCY, PRIMARY_ADMINISTRATOR
from accounts.user_rows import visible_grants
from groups.access import GroupRequest
from groups.atoms import LABELS
from portal.cards import Offer, QuickAction, Task, Waiting
from portal.models import AuditEvent

KEY_ENDS_WITHIN = timedelta(days=3)  # an unused invitation that ends sooner is to be looked at
ASKED_WITHIN = timedelta(days=14)  # whoever asked before that has asked in vain
MOST = 5  # questions that are listed one by one
ATOM_OF = {label: atom for atom, label in LABELS.items()}
Facts = dict[str, Any]


def on_home(request: GroupRequest) -> Offer:
    """Return what waits for the person on the home page of the group."""
    facts = _facts(request, timezone.now())
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


# --- One statement --------------------------------------------------------------------------------


def _facts(request: GroupRequest, now: datetime) -> Facts:
    """Read everything at once; of what the person may not manage nothing is read."""
    person = request.viewed_as or request.user.pk or 0
    columns: dict[str, Any] = {}
    if request.viewed_as is None:
        columns["open_offers"] = ArraySubquery(_offers(request, now))
    if "users_manage" in request.granted:
        visible = visible_grants(request.group, request.units, person, now)
        columns |= {
            "ending": ArraySubquery(_invitations(visible, now)),
            "asked": ArraySubquery(_questions(request, visible, now)),
            "to_look_at": _number(visible.filter(orphaned_at__isnull=False)),
        }
        if request.units is None:
            columns["open_reviews"] = ArraySubquery(_reviews(request))
            columns["people"] = _number(visible.exclude(role=EMERGENCY.key))
    mine = Grant.objects.in_force(now).filter(user_id=person, group=request.group)
    return cast("Facts", mine.values("role", **columns).first() or {})


def _offers(request: GroupRequest, now: datetime) -> QuerySet[HandOver, Any]:
    offers = HandOver.objects.open_at(now).between(request.user).filter(group=request.group)
    said = JSONObject(
        giver="from_grant__user",
        giver_name=_name("from_grant__user"),
        receiver_name=_name("to_grant__user"),
        expires_at="expires_at",
    )
    return offers.values(said=said)[:1]


def _reviews(request: GroupRequest) -> QuerySet[AccessReview, Any]:
    """Return the quarter of the review to work on, as ``review_list.review_of`` chooses it."""
    found = AccessReview.objects.open().filter(group=request.group)
    return found.order_by("due_at").values("quarter")[:1]


def _invitations(visible: GrantQuerySet, now: datetime) -> QuerySet[AccessCode, Any]:
    """Return the unused invitations that end soon, the first one first."""
    soon = AccessCode.objects.open_at(now).filter(
        expires_at__lte=now + KEY_ENDS_WITHIN,
        grant__in=visible.filter(state=Grant.State.PENDING).values("pk"),
    )
    said = JSONObject(name=_name("grant"), email="grant__email", expires_at="expires_at")
    return soon.order_by("expires_at").values(said=said)[: MOST + 1]


def _questions(
    request: GroupRequest, visible: GrantQuerySet, now: datetime
) -> QuerySet[AuditEvent, Any]:
    """Return who asked for which right lately, with what they hold now; the latest first."""
    asked = AuditEvent.objects.filter(
        kind="accounts.access_asked", group_key=request.group.pk, at__gt=now - ASKED_WITHIN
    )
    grant = visible.filter(pk=Cast(OuterRef("target_key"), BigIntegerField()))
    holder = Subquery(
        grant.exclude(user=request.user.pk).values(
            said=JSONObject(key="key", atoms="atoms", name=_name("user"))
        )[:1]
    )
    return asked.order_by("-at").values(said=JSONObject(right="note", at="at", grant=holder))[:MOST]


def _name(path: str) -> Concat:
    return Concat(f"{path}__first_name", Value(" "), f"{path}__last_name")


def _number(found: GrantQuerySet) -> Coalesce:
    together = found.order_by().annotate(together=Value(1)).values("together")
    return Coalesce(Subquery(together.annotate(number=Count("pk")).values("number")), 0)


# --- In words -------------------------------------------------------------------------------------


def _offer_tasks(request: GroupRequest, facts: Facts) -> Iterator[Task]:
    for offer in facts.get("open_offers", []):
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
    for offer in facts.get("open_offers", []):
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
    if facts.get("role") != PRIMARY_ADMINISTRATOR.key:
        return
    for quarter in facts.get("open_reviews", []):
        others = max(facts["people"] - 1, 0)
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
            due=Quarter.parse(quarter).last_day,
        )


def _invitation_tasks(request: GroupRequest, facts: Facts) -> Iterator[Task]:
    invitations = facts.get("ending", [])
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
    for question in facts.get("asked", []):
        grant, atom = question["grant"], ATOM_OF.get(question["right"])
        if grant is None or atom not in request.granted or atom in grant["atoms"]:
            continue
        if (grant["key"], atom) in seen:
            continue
        seen.add((grant["key"], atom))
        day = date_format(timezone.localdate(_moment(question["at"])), _("F j"))
        yield Task(
            icon="user-plus",
            title=_("%(person)s asks for more access") % {"person": grant["name"]},
            why=_("%(right)s. Asked on %(day)s.") % {"right": question["right"], "day": day},
            url=reverse("accounts:colleague", args=[request.group.slug, grant["key"]]),
            button=_("Decide"),
        )


def _look_tasks(request: GroupRequest, facts: Facts) -> Iterator[Task]:
    if count := facts.get("to_look_at", 0):
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
    if "users_manage" in request.granted and request.viewed_as is None:
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
