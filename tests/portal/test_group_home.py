"""The home page of a group: what waits, what is new, what was changed; for each person what they may open."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.actions.asking import ask_for_right
from accounts.actions.delegation import add_user, change_access
from accounts.actions.hand_over import offer_hand_over
from accounts.models import AccessCode, Grant
from accounts.quarters import Quarter
from groups.access import VIEW_AS
from groups.models import AnnouncementRead, Transaction
from tests.access import given, primary_of
from tests.factories import (
    AccessReviewFactory,
    AnnouncementFactory,
    EmployerGroupFactory,
    RenewalFactory,
    StaffFactory,
    SubgroupFactory,
    TeamMemberFactory,
    TransactionFactory,
    UserFactory,
)
from tests.html import select, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def primary():
    return primary_of(user=UserFactory(first_name="Karen", last_name="Mitchell"))


@pytest.fixture
def group(primary):
    return primary.group


def browser(person):
    client = Client()
    client.force_login(person)
    return client


def home(grant):
    return browser(grant.user).get(f"/g/{grant.group.slug}/")


def tasks(page):
    return [
        " ".join(item.text_content().split()) for item in select(page, ".ep-todo > li > div > b")
    ]


def actions(page):
    return [" ".join(item.text_content().split()) for item in select(page, "aside .ep-linklist a")]


def headings(page):
    return [" ".join(item.text_content().split()) for item in select(page, "main h2")]


def invited(primary, **more):
    typed = {"first_name": "Mark", "last_name": "Johnson", "email": "mark@cedarworks.example", "role": "viewer"}  # fmt: skip
    return add_user(primary.group, **typed, units=None, last_day=None, by=primary.user, **more)


# --- What needs the person


def test_nothing_waits(primary):
    page = home(primary)

    assert tasks(page) == []
    assert "Nothing needs you today." in text(page, ".ep-title")
    assert "Nothing waits for you." in text(page, "main section")


def test_tasks_stand_by_deadline_and_the_title_says_the_first(primary, group):
    last_day = Quarter.of(timezone.localdate()).last_day
    AccessReviewFactory(group=group)
    colleague = given(group, "viewer", parent=primary)
    RenewalFactory(
        group=group, state="offered", respond_by=timezone.localdate() + timedelta(days=4)
    )
    TransactionFactory(group=group, status="pending", waits_for="employer")

    page = home(primary)

    assert tasks(page) == [
        "Accept your renewal",
        "Review who has access (1 person)",
        "1 transaction waits for you",
    ]
    assert "3 things need you" in text(page, ".ep-title")
    assert "In 4 days" in text(page, ".ep-todo > li")
    assert last_day.strftime("%b %-d") in text(page, ".ep-todo")
    assert tasks(home(colleague)) == ["1 transaction waits for you"]


def test_renewal_is_a_task_of_whoever_may_accept_it_until_they_have(primary, group):
    offered = RenewalFactory(
        group=group, state="offered", respond_by=timezone.localdate() + timedelta(days=4)
    )
    offered.refresh_from_db()
    reader = given(group, atoms=["group_view", "renewal_view"], parent=primary)
    before = tasks(home(primary)), tasks(home(reader))
    waiting = TransactionFactory(
        group=group, kind="groups.renewal_accepted", effective_date=offered.renewal_date,
        status="pending", waits_for="carrier", before={"renewal": str(offered.key)},
    )  # fmt: skip
    meanwhile = tasks(home(primary))
    Transaction.objects.filter(pk=waiting.pk).update(
        status="rejected", waits_for="", reason="x", decided_at=timezone.now()
    )

    assert before == (["Accept your renewal"], [])
    assert meanwhile == []
    assert tasks(home(primary)) == ["Accept your renewal"]


def test_offer_of_the_primary_role_waits_for_its_receiver(primary, group):
    luis = given(group, "viewer", parent=primary, user=UserFactory(first_name="Luis", last_name="Ortega"))  # fmt: skip
    offer_hand_over(luis, keeps_role="viewer", version=luis.version, by=primary.user)

    assert tasks(home(luis)) == ["Answer the offer of Karen Mitchell"]
    assert "With Luis Ortega: your offer of the primary role" in text(home(primary), ".ep-todo")
    assert "0" in text(home(primary), "#to-do")


def test_invitation_that_is_about_to_end(primary):
    grant = invited(primary)
    assert tasks(home(primary)) == []

    AccessCode.objects.filter(grant=grant).update(expires_at=timezone.now() + timedelta(days=2))

    assert tasks(home(primary)) == ["The invitation of Mark Johnson ends"]
    assert "?status=invited" in select(home(primary), ".ep-todo a")[0].get("href")


def test_somebody_asked_for_more_access_until_they_have_it(primary, group):
    luis = given(group, "viewer", parent=primary, user=UserFactory(first_name="Luis", last_name="Ortega"))  # fmt: skip
    ask_for_right(group, atom="payment_make", by=luis.user)
    ask_for_right(group, atom="payment_make", by=luis.user)

    asked = home(primary)
    own = home(luis)
    change_access(
        luis,
        role="billing_manager",
        units=None,
        last_day=None,
        version=luis.version,
        by=primary.user,
    )

    assert tasks(asked) == ["Luis Ortega asks for more access"]
    assert "Make payments." in text(asked, ".ep-todo small")
    assert tasks(own) == []
    assert tasks(home(primary)) == []


def test_access_that_nobody_answers_for(primary, group):
    lost = given(group, "viewer", parent=primary)
    Grant.objects.filter(pk=lost.pk).update(orphaned_at=timezone.now())

    assert tasks(home(primary)) == ["Look at the access of 1 person"]


def test_person_of_one_unit_sees_what_lies_within_it(primary, group):
    unit, other = SubgroupFactory.create_batch(2, group=group)
    mine = given(group, "administrator", units=[unit.pk], parent=primary)
    lost = given(group, "viewer", parent=primary)
    Grant.objects.filter(pk=lost.pk).update(orphaned_at=timezone.now())
    AccessReviewFactory(group=group)
    RenewalFactory(
        group=group, state="offered", respond_by=timezone.localdate() + timedelta(days=4)
    )
    TransactionFactory(group=group, subgroup=other)
    TransactionFactory(group=group)
    TransactionFactory(group=group, subgroup=unit, member_name="Castillo, Owen")

    page = home(mine)

    assert tasks(page) == []
    assert [row.text_content() for row in select(page, "[aria-labelledby=recent] tbody tr td:nth-of-type(1)")] == [f"Castillo, Owen{unit}"]  # fmt: skip
    assert [code.text_content() for code in select(page, ".ep-units b")] == [unit.code]
    assert "Your billing units" in headings(page)


# --- What was changed


def test_chart_says_how_many_there_are_of_each_status(primary, group):
    TransactionFactory.create_batch(2, group=group)
    TransactionFactory(group=group, status="pending")
    TransactionFactory(group=group, submitted_at=timezone.now() - timedelta(days=30))

    page = home(primary)

    drawing = select(page, ".ep-statusbar svg[role=img]")[0]
    assert drawing.get("aria-label") == "Changes of the last 30 days: 2 Completed, 1 Pending"
    assert len(select(page, ".ep-statusbar svg > rect")) == 2
    assert "3 changes were submitted. 1 is not decided yet." in text(
        page, "[aria-labelledby=by-status]"
    )
    assert [cell.text_content() for cell in select(page, ".ep-statusbar td")] == [
        "2",
        "1",
        "0",
        "0",
        "0",
        "3",
    ]
    assert "With us: 1 transaction." in text(page, ".ep-todo")


def test_chart_counts_today_and_the_29_days_before(primary, group):
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    TransactionFactory(group=group, submitted_at=midnight - timedelta(days=29))
    TransactionFactory(group=group, submitted_at=midnight - timedelta(days=29, seconds=1))

    page = home(primary)

    assert "1 change was submitted." in text(page, "[aria-labelledby=by-status]")
    link = select(page, ".ep-statusbar__legend a")[0].get("href")
    assert link.endswith(f"first_day={(midnight - timedelta(days=29)).date()}")
    rows = select(browser(primary.user).get(link), "main tbody tr")
    assert len(rows) == 1


def test_recent_transactions_are_five_and_lead_to_their_pages(primary, group):
    TransactionFactory.create_batch(6, group=group, submitted_by=primary.user)

    page = home(primary)

    numbers = [
        link.get("href").split("/")[-2] for link in select(page, "[aria-labelledby=recent] tbody a")
    ]
    latest = Transaction.objects.filter(group=group).order_by("-submitted_at", "-pk")[:5]
    assert numbers == [row.number for row in latest]
    assert "Karen Mitchell" in text(page, "[aria-labelledby=recent] tbody")


def test_without_the_right_no_transaction_is_shown_or_counted(primary, group):
    TransactionFactory(
        group=group, status="pending", waits_for="employer", member_name="Castillo, Owen"
    )
    poor = given(group, atoms=["group_view"], parent=primary)

    page = home(poor)

    assert headings(page) == ["To do 0", "Your account team"]
    assert "Castillo" not in page.content.decode()
    assert tasks(page) == []


def test_kind_that_needs_another_right_is_neither_shown_nor_counted(primary, group):
    TransactionFactory(group=group, kind="groups.renewal_accepted", status="pending")
    reader = given(group, atoms=["transactions_view"], parent=primary)

    page = home(reader)

    assert not select(page, ".ep-statusbar")
    assert "No changes yet." in text(page, "[aria-labelledby=recent]")
    assert not select(page, ".ep-todo")


# --- Beside it


def test_quick_actions_are_those_of_the_rights(primary, group):
    viewer = given(group, atoms=["plans_view"], parent=primary)

    assert actions(home(viewer)) == ["Look up plans and rates"]
    assert "Add a user" in actions(home(primary))


def test_account_team_with_phones_or_the_carriers_own(primary, group):
    fallback = text(home(primary), "[aria-labelledby=team]")
    person = StaffFactory(first_name="Nora", last_name="Castellanos", phone="4135550127")
    TeamMemberFactory(group=group, person=person)
    TeamMemberFactory(group=EmployerGroupFactory(), duty="billing")

    page = home(primary)

    assert "Account Management" in fallback
    assert text(page, ".ep-team b") == "Nora Castellanos"
    assert text(page, ".ep-team small") == "Account manager · (413) 555-0127"
    assert len(select(page, ".ep-team li")) == 1
    assert select(page, ".ep-team a")[0].get("href") == "tel:+14135550127"


@pytest.mark.parametrize("lost", ["is_active", "is_staff"])
def test_account_team_names_nobody_who_works_for_the_carrier_no_more(primary, group, lost):
    gone = TeamMemberFactory(group=group, person=StaffFactory(**{lost: False})).person

    page = text(home(primary), "[aria-labelledby=team]")

    assert gone.last_name not in page
    assert "Account Management" in page


def test_announcement_stays_until_it_is_put_away(primary, group):
    colleague = given(group, "viewer", parent=primary)
    news = AnnouncementFactory(title="New rates for 2027")
    client = browser(primary.user)

    shown = text(home(primary), ".ep-news")
    page = client.post(f"/g/{group.slug}/announcements/{news.pk}/dismiss/", follow=True)

    assert "New rates for 2027" in shown
    assert not select(page, ".ep-news")
    assert AnnouncementRead.objects.get().user == primary.user
    assert "New rates for 2027" in text(home(colleague), ".ep-news")


def test_seen_as_a_colleague_it_is_the_colleagues_home(primary, group):
    AccessReviewFactory(group=group)
    AnnouncementFactory()
    viewer = given(group, "viewer", parent=primary)
    client = browser(primary.user)
    session = client.session
    session[VIEW_AS] = {group.slug: viewer.user_id}
    session.save()

    page = client.get(f"/g/{group.slug}/")

    assert tasks(page) == []
    assert "Add a user" not in actions(page)
    assert not select(page, "main form")
    assert select(page, ".ep-news")


def test_nothing_of_another_group_is_there(primary, group):
    """What another group has is neither shown nor counted, though it is written in SQL."""
    other = primary_of()
    TransactionFactory.create_batch(2, group=other.group, status="pending", waits_for="employer")
    RenewalFactory(group=other.group, state="offered", respond_by=timezone.localdate())
    AccessReviewFactory(group=other.group)
    AnnouncementFactory(group_ids=[other.group.group_id])
    SubgroupFactory(group=other.group)

    page = home(primary)

    assert headings(page) == [
        "To do 0",
        "Recent transactions",
        "Quick actions",
        "Your account team",
    ]
    assert tasks(page) == []


@pytest.mark.parametrize("traits", [{"published_at": None}, {"markets": ["large"]}, {"regions": ["CT"]}, {"statuses": ["grace"]}, {"group_ids": ["ZZ999Z"]}, {"starts_on": timezone.localdate() + timedelta(days=1)}, {"starts_on": timezone.localdate() - timedelta(days=2), "ends_on": timezone.localdate() - timedelta(days=1)}])  # fmt: skip
def test_announcement_that_is_not_for_the_group_today_is_not_there(primary, traits):
    AnnouncementFactory(**traits)

    assert not select(home(primary), ".ep-news")


@pytest.mark.parametrize("count", [1, 6])
def test_statements(primary, group, count):
    unit = SubgroupFactory(group=group)
    AccessReviewFactory(group=group)
    for _ in range(count):
        TransactionFactory(group=group, status="pending", submitted_by=UserFactory())
        AnnouncementFactory()
        SubgroupFactory(group=group)
        given(group, "viewer", units=[unit.pk], parent=primary)
    client = browser(primary.user)
    client.get(f"/g/{group.slug}/")

    with CaptureQueriesContext(connection) as queries:
        client.get(f"/g/{group.slug}/")

    assert len([query for query in queries if "SAVEPOINT" not in query["sql"]]) == 11
