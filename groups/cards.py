"""What this app puts on the home page of a group: renewal, transactions, announcements, units, account team.

Four statements, whatever the numbers; two for people without the right to see transactions.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from typing import Any, cast

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import JSONObject
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from groups.access import GroupRequest, Rights
from groups.models import Announcement, EmployerGroup, Renewal, Subgroup, TeamMember, Transaction
from groups.transaction_history import LOOKS, in_lines, visible_to, with_people
from portal.cards import Card, Offer, QuickAction, Task, Waiting
from portal.status_bar import Fill, Part, StatusBar

RECENT = 5  # transactions in the table
DAYS = 30  # of transactions in the chart, today included
NEWS = 3  # announcements shown; more are counted
UNITS = 6  # billing units named; more are counted
FILLS: dict[Transaction.Status, Fill] = {
    Transaction.Status.COMPLETED: "solid",
    Transaction.Status.PENDING: "hatched",
    Transaction.Status.SUBMITTED: "info",
    Transaction.Status.REJECTED: "bad",
    Transaction.Status.CANCELED: "dotted",
}
# right, icon, words, address: what people do most, as far as they may
ACTIONS: tuple[tuple[str, str, str | Promise, str], ...] = (
    ("group_contacts_edit", "pencil", gettext_lazy("Update contacts and addresses"), "groups:overview"),
    ("plans_view", "scale", gettext_lazy("Look up plans and rates"), "groups:plans"),
    ("documents_upload", "upload", gettext_lazy("Upload a document"), "groups:upload_document"),
    ("transactions_view", "arrow-left-right", gettext_lazy("Find a transaction"), "groups:transactions"),
)  # fmt: skip


# What is read of each, as JSON: the names of the template
_RENEWAL = JSONObject(key="key", renewal_date="renewal_date", respond_by="respond_by")
_NEWS = JSONObject(pk="pk", title="title", starts_on="starts_on")
_UNIT = JSONObject(code="code", name="name", kind="kind")
_MEMBER = JSONObject(
    duty="duty",
    first_name="person__first_name",
    last_name="person__last_name",
    phone="person__phone",
)


Facts = dict[str, list[dict[str, Any]]]  # what one statement says about a group, by subject


def on_home(request: GroupRequest) -> Offer:
    """Return what the person may see of the group on its home page."""
    now = timezone.now()
    facts = _facts(request, timezone.localdate(now))
    counts = _counts(request, now)
    cards = (
        _news_card(facts),
        _chart_card(request, counts),
        _recent_card(request, now),
        _units_card(request, facts),
        _team_card(facts),
    )
    return Offer(
        tasks=[*_renewal_tasks(request, facts), *_answer_tasks(request, counts)],
        waiting=list(_with_us(request, counts)),
        actions=list(_actions(request)),
        cards=[card for card in cards if card],
    )


def _facts(request: GroupRequest, today: date) -> Facts:
    """Read the small things in one statement; row-level security leaves out what is not theirs."""
    units = Subgroup.objects.filter(group=request.group).values(said=_UNIT)
    team = TeamMember.objects.filter(group=request.group).values(said=_MEMBER)
    columns = {
        "unread": ArraySubquery(_unread(request, today).values(said=_NEWS)[: NEWS + 1]),
        "some_units": ArraySubquery(units[: UNITS + 1]),
        "members": ArraySubquery(team),
    }
    if "renewal_view" in request.granted and request.units is None:
        columns["open_renewals"] = ArraySubquery(
            _open_renewals(request, today).values(said=_RENEWAL)
        )
    found: QuerySet[EmployerGroup, Any] = EmployerGroup.objects.filter(pk=request.group.pk)
    return cast("Facts", found.values(**columns).get())


def _open_renewals(request: GroupRequest, today: date) -> QuerySet[Renewal]:
    """Return the renewals that can be accepted today."""
    return Renewal.objects.filter(
        group=request.group,
        state=Renewal.State.OFFERED,
        available_on__lte=today,
        respond_by__gte=today,
    )


def _unread(request: GroupRequest, today: date) -> QuerySet[Announcement]:
    """Return what is announced to the group today and the person has not put away."""
    shown = Announcement.objects.shown_on(today).meant_for(request.group)
    return shown.exclude(reads__user=request.viewed_as or request.user.pk)


def _counts(request: GroupRequest, now: datetime) -> dict[str, int]:
    """Return how many transactions there are: by status of the last DAYS days, and by whom they wait for.

    One statement; none for people without the right.
    """
    if "transactions_view" not in request.granted:
        return {}
    recent, waiting = (
        Q(submitted_at__gte=_midnight(_first_day(now))),
        Q(status__in=Transaction.UNDECIDED),
    )
    by_status = {
        status.value: Count("pk", filter=recent & Q(status=status)) for status in Transaction.Status
    }
    by_turn = {
        turn.value: Count("pk", filter=Q(waits_for=turn))
        for turn in (Transaction.WaitsFor.CARRIER, Transaction.WaitsFor.EMPLOYER)
    }
    return _visible(request).filter(recent | waiting).aggregate(**by_status, **by_turn)


def _visible(request: GroupRequest) -> QuerySet[Transaction]:
    return visible_to(Rights(request.granted, request.units), request.group)


# --- What waits -----------------------------------------------------------------------------------


def _renewal_tasks(request: GroupRequest, facts: Facts) -> Iterator[Task]:
    for renewal in facts.get("open_renewals", []):
        day = date.fromisoformat(renewal["renewal_date"])
        yield Task(
            icon="calendar",
            title=_("Accept your renewal"),
            why=_("New plans and rates from %(day)s. Without an answer the offer lapses.")
            % {"day": date_format(day, "F j, Y")},
            url=reverse("groups:renewal", args=[request.group.slug, renewal["key"]]),
            button=_("Compare"),
            due=date.fromisoformat(renewal["respond_by"]),
        )


def _answer_tasks(request: GroupRequest, counts: dict[str, int]) -> Iterator[Task]:
    if count := counts.get(Transaction.WaitsFor.EMPLOYER, 0):
        words = ngettext(
            "%(count)d transaction waits for you", "%(count)d transactions wait for you", count
        )
        yield Task(
            icon="arrow-left-right",
            title=words % {"count": count},
            why=_("We cannot go on without what is missing."),
            url=_transactions_url(request, "pending"),
            button=_("See"),
        )


def _with_us(request: GroupRequest, counts: dict[str, int]) -> Iterator[Waiting]:
    if count := counts.get(Transaction.WaitsFor.CARRIER, 0):
        words = ngettext("%(count)d transaction", "%(count)d transactions", count)
        yield Waiting(
            who=_("With us"),
            text=words % {"count": count},
            url=_transactions_url(request, "pending"),
            link=_("See what we work on"),
        )


def _actions(request: GroupRequest) -> Iterator[QuickAction]:
    for right, icon, label, name in ACTIONS:
        with suppress(NoReverseMatch):  # what is not built yet is simply not there
            if right in request.granted:
                yield QuickAction(icon, label, reverse(name, args=[request.group.slug]))


# --- Cards ----------------------------------------------------------------------------------------


def _news_card(facts: Facts) -> Card | None:
    if not facts["unread"]:
        return None
    news = [{**one, "starts_on": date.fromisoformat(one["starts_on"])} for one in facts["unread"]]
    return Card(
        "groups/_card_announcements.html", {"news": news[:NEWS], "has_more": len(news) > NEWS}
    )


def _chart_card(request: GroupRequest, counts: dict[str, int]) -> Card | None:
    if not sum(counts.get(status, 0) for status in Transaction.Status):
        return None
    first_day = _first_day(timezone.now()).isoformat()
    parts = [
        Part(
            status.label,
            counts[status],
            LOOKS[status][0],
            fill,
            _transactions_url(request, status, first_day=first_day),
        )
        for status, fill in FILLS.items()
    ]
    bar = StatusBar("transactions", _("Changes of the last 30 days"), _("Status"), parts)
    return Card(
        "groups/_card_status.html",
        {"bar": bar, "waiting": sum(counts[status] for status in Transaction.UNDECIDED)},
    )


def _recent_card(request: GroupRequest, now: datetime) -> Card | None:
    if "transactions_view" not in request.granted:
        return None
    found = with_people(_visible(request)).order_by("-submitted_at", "-pk")[:RECENT]
    return Card("groups/_card_recent.html", {"lines": in_lines(found, now=now)})


def _units_card(request: GroupRequest, facts: Facts) -> Card | None:
    if not facts["some_units"]:
        return None
    kinds = dict(Subgroup.Kind.choices)
    units = [{**unit, "kind": kinds[unit["kind"]]} for unit in facts["some_units"]]
    return Card(
        "groups/_card_units.html",
        {
            "units": units[:UNITS],
            "has_more": len(units) > UNITS,
            "is_limited": request.units is not None,
        },
        "narrow",
    )


def _team_card(facts: Facts) -> Card:
    duties = dict(TeamMember.Duty.choices)
    team = [
        {
            "name": f"{one['first_name']} {one['last_name']}",
            "duty": duties[one["duty"]],
            "phone": one["phone"],
        }
        for one in facts["members"]
    ]
    return Card("groups/_card_team.html", {"team": team}, "foot")


def _transactions_url(request: GroupRequest, status: str, **more: str) -> str:
    page = reverse("groups:transactions", args=[request.group.slug])
    return f"{page}?{urlencode({'status': status, **more})}"


def _first_day(now: datetime) -> date:
    return timezone.localdate(now) - timedelta(days=DAYS - 1)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
