"""What this app puts on the home page of a group: renewal, transactions, announcements, units, account team.

Two statements, whatever the numbers; one for people without the right to see transactions.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, time, timedelta

from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from groups.access import GroupRequest
from groups.home_facts import Facts, facts_of, recent_of
from groups.models import Subgroup, TeamMember, Transaction
from groups.transaction_history import LOOKS, in_lines
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
CHANGE_CONTACTS, UPLOAD = "group_contacts_edit", "documents_upload"
# right, icon, words, address: what people do most, as far as they may
ACTIONS: tuple[tuple[str, str, str | Promise, str], ...] = (
    (CHANGE_CONTACTS, "pencil", gettext_lazy("Update contacts and addresses"), "groups:overview"),
    ("plans_view", "scale", gettext_lazy("Look up plans and rates"), "groups:plans"),
    (UPLOAD, "upload", gettext_lazy("Upload a document"), "groups:upload_document"),
    ("transactions_view", "arrow-left-right", gettext_lazy("Find a transaction"), "groups:transactions"),
)  # fmt: skip


def on_home(request: GroupRequest) -> Offer:
    """Return what the person may see of the group on its home page."""
    now = timezone.now()
    facts = facts_of(
        request,
        today=timezone.localdate(now),
        since=_midnight(_first_day(now)),
        news=NEWS + 1,
        units=UNITS + 1,
    )
    counts = facts.counts or {}
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


# --- What waits -----------------------------------------------------------------------------------


def _renewal_tasks(request: GroupRequest, facts: Facts) -> Iterator[Task]:
    for renewal in facts.renewals:
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
    if count := counts.get("with_you", 0):
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
    if count := counts.get("with_us", 0):
        words = ngettext("%(count)d transaction", "%(count)d transactions", count)
        yield Waiting(
            who=_("With us"),
            text=words % {"count": count},
            url=_transactions_url(request, "pending"),
            link=_("See what we work on"),
        )


def _actions(request: GroupRequest) -> Iterator[QuickAction]:
    closed = {CHANGE_CONTACTS, UPLOAD} if request.group.is_read_only else set()
    open_to_them = request.granted - closed
    for right, icon, label, name in ACTIONS:
        with suppress(NoReverseMatch):  # what is not built yet is simply not there
            if right in open_to_them:
                yield QuickAction(icon, label, reverse(name, args=[request.group.slug]))


# --- Cards ----------------------------------------------------------------------------------------


def _news_card(facts: Facts) -> Card | None:
    if not facts.news:
        return None
    news = [{**one, "starts_on": date.fromisoformat(one["starts_on"])} for one in facts.news]
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
    found = recent_of(request, most=RECENT)
    return Card("groups/_card_recent.html", {"lines": in_lines(found, now=now)})


def _units_card(request: GroupRequest, facts: Facts) -> Card | None:
    if not facts.units:
        return None
    kinds = dict(Subgroup.Kind.choices)
    units = [{**unit, "kind": kinds[unit["kind"]]} for unit in facts.units]
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
            **one,
            "duty": duties[one["duty"]],
        }
        for one in facts.team
    ]
    return Card("groups/_card_team.html", {"team": team}, "foot")


def _transactions_url(request: GroupRequest, status: str, **more: str) -> str:
    page = reverse("groups:transactions", args=[request.group.slug])
    return f"{page}?{urlencode({'status': status, **more})}"


def _first_day(now: datetime) -> date:
    return timezone.localdate(now) - timedelta(days=DAYS - 1)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
