"""*Manage user access*: who is listed, in which words, and what can be done."""

from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from lxml import html

from accounts.actions import grants, hand_over
from accounts.actions.agencies import stop_agency
from accounts.actions.delegation import add_user
from accounts.actions.emergency import break_glass
from accounts.models import AccessCode, Agency, Grant, end_of
from groups.access import VIEW_AS
from tests.access import given, primary_of
from tests.factories import AgencyFactory, StaffFactory, SubgroupFactory, UserFactory
from tests.html import select, text

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true", "HX-Target": "users-list"}


@pytest.fixture
def primary(client):
    grant = primary_of(user=UserFactory(first_name="Karen", last_name="Mitchell"))
    client.force_login(grant.user)
    return grant


def url(grant, query=""):
    return f"/g/{grant.group.slug}/users/{query}"


def named(first_name, last_name):
    return UserFactory(first_name=first_name, last_name=last_name)


def people(response):
    """Return the names in the list, in its order."""
    return [
        " ".join(cell.text_content().split()[:2]) for cell in select(response, ".ep-users tbody th")
    ]


def row_of(response, name):
    """Return the cells of one person as text."""
    rows = [row for row in select(response, ".ep-users tbody tr") if name in row[0].text_content()]
    assert len(rows) == 1
    return [" ".join(cell.text_content().split()) for cell in rows[0]]


def chips(response):
    return [chip.text_content() for chip in select(response, ".ep-chip")]


def test_who_has_access_in_plain_words(client, primary):
    unit = SubgroupFactory(group=primary.group, code="0002")
    given(
        primary.group, "viewer", units=[unit.pk], user=named("Luis", "Ortega"), parent=primary,
        ends_at=end_of(date(2030, 6, 30)),
    )  # fmt: skip

    user, role, can_do, units, status, _ends, actions = row_of(
        client.get(url(primary)), "Luis Ortega"
    )

    luis = Grant.objects.get(role="viewer").user
    assert user == f"Luis Ortega {luis.email} User ID {luis.username}"
    assert role == "Viewer Given by Karen Mitchell"
    assert can_do == "See plans and the roster with masked IDs"
    assert units == "0002"
    assert status == "Active Never signed in"
    assert actions == "Change Luis Ortega Remove Luis Ortega"


def test_ones_own_row(client, primary):
    user, role, can_do, units, status, ends, actions = row_of(
        client.get(url(primary)), "Karen Mitchell"
    )

    assert user.startswith("Karen Mitchell (you)")
    assert (role, can_do, units, ends) == (
        "Primary administrator Registration", "Everything", "ALL", "–",
    )  # fmt: skip
    assert status.startswith("Active Today")
    assert actions == "Ask to hand over"


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (0, "Invited Code sent today. Code expires Tue, Nov 24"),
        (1, "Invited Code sent 1 day ago. Code expires Tue, Nov 24"),
        (3, "Invited Code sent 3 days ago. Code expires Tue, Nov 24"),
        (8, "Invited Code expired"),
    ],
)
def test_an_invitation_says_how_old_its_key_is(client, primary, days, words):
    sent = datetime(2026, 11, 17, 15, tzinfo=timezone.get_default_timezone())
    with time_machine.travel(sent, tick=False):
        invite(primary)
    with time_machine.travel(sent + timedelta(days=days), tick=False):
        client.force_login(primary.user)
        user, *_between, status, _ends, _actions = row_of(client.get(url(primary)), "Mark Johnson")

    assert user == "Mark Johnson mark@cedarworks.example Not registered yet"
    assert status == words


@pytest.mark.parametrize(
    ("state", "words"), [("locked", "Invited Code locked"), ("revoked", "Invited No access code")]
)
def test_an_invitation_whose_key_opens_nothing(client, primary, state, words):
    AccessCode.objects.filter(grant=invite(primary)).update(state=state)

    assert row_of(client.get(url(primary)), "Mark Johnson")[4] == words


def test_states_of_access(client, primary):
    resting = given(primary.group, "viewer", user=named("Rosa", "Rest"), parent=primary)
    grants.suspend_grant(resting, by=None, suspension="administrator")
    closed = named("Cleo", "Closed")
    given(primary.group, "viewer", user=closed, parent=primary)
    closed.is_active = False
    closed.save(update_fields=["is_active"])

    response = client.get(url(primary))

    assert row_of(response, "Rosa Rest")[4] == "Deactivated by an administrator"
    assert row_of(response, "Cleo Closed")[4] == "Account closed"


def test_last_sign_in_by_day(client, primary):
    now = datetime(2026, 11, 20, 15, tzinfo=timezone.get_default_timezone())
    for name, seen in {
        "Today": now - timedelta(hours=6), "Before": now - timedelta(days=1), "Long": now - timedelta(days=8),
    }.items():  # fmt: skip
        user = named("Ann", name)
        given(primary.group, "viewer", user=user, parent=primary)
        user.last_login = seen
        user.save(update_fields=["last_login"])

    with time_machine.travel(now, tick=False):
        client.force_login(primary.user)
        response = client.get(url(primary))

    assert row_of(response, "Ann Today")[4] == "Active Today, 9:00 a.m."
    assert row_of(response, "Ann Before")[4] == "Active Yesterday"
    assert row_of(response, "Ann Long")[4] == "Active Nov 12, 2026"


def test_ended_access_is_not_listed(client, primary):
    soon = timezone.now() + timedelta(minutes=5)
    given(primary.group, "viewer", user=named("Eve", "Ended"), parent=primary, ends_at=soon)
    revoked = given(primary.group, "viewer", user=named("Ray", "Revoked"), parent=primary)
    grants.revoke_grant(revoked, by=None)

    with time_machine.travel(soon + timedelta(seconds=1)):
        client.force_login(primary.user)
        response = client.get(url(primary))

    assert people(response) == ["Karen Mitchell"]


def test_access_whose_giver_lost_the_right_is_marked(client, primary):
    boss = given(primary.group, "administrator", parent=primary)
    given(primary.group, "viewer", user=named("Olive", "Orphan"), parent=boss)
    grants.revoke_grant(boss, by=None)

    response = client.get(url(primary))

    assert "Needs your review" in row_of(response, "Olive Orphan")[1]
    assert "Needs your review 1" in chips(response)
    assert people(client.get(url(primary, "?status=review"))) == ["Olive Orphan"]


def test_what_one_may_not_touch_says_why(client, primary):
    boss = given(primary.group, "administrator", user=named("Ben", "Boss"), parent=primary)
    given(primary.group, "administrator", user=named("Bea", "Equal"), parent=primary)
    grants.activate_grant(
        grants.offer_grant(
            primary.group, email="nora@staff.example", role="emergency", by=None, reason="A fire",
            source="emergency",
            access=grants.Access(
                "emergency", grants.preset("emergency").atoms, None, timezone.now() + timedelta(hours=1)
            ),
        ),
        user=named("Nora", "Staff"),
        by=None,
    )  # fmt: skip
    client.force_login(boss.user)

    response = client.get(url(primary))

    assert row_of(response, "Karen Mitchell")[6] == "Wider than yours"
    assert row_of(response, "Bea Equal")[6] == "Wider than yours"
    assert row_of(response, "Ben Boss")[6] == "Your own access"
    assert row_of(response, "Evergreen Health Plan staff")[6] == "Ends by itself"


def test_who_only_looks_finds_no_doors(client, primary):
    looker = given(primary.group, atoms=["users_view"], parent=primary)
    client.force_login(looker.user)

    response = client.get(url(primary))

    assert {row[6].text_content() for row in select(response, ".ep-users tbody tr")} == {
        "View only"
    }
    assert "Add user" not in text(response, "main")
    assert "Authorize a broker" not in text(response, "main")


def test_seen_as_somebody_else_there_are_no_doors(client, primary):
    looker = given(primary.group, "administrator", user=named("Ben", "Boss"), parent=primary)
    primary_of(user=looker.user)  # another group of the same person
    session = client.session
    session[VIEW_AS] = {primary.group.slug: looker.user_id}
    session.save()

    response = client.get(url(primary))

    assert {row[6].text_content() for row in select(response, ".ep-users tbody tr")} == {
        "View only"
    }
    assert "Add user" not in text(response, "main")
    assert row_of(response, "Ben Boss")[0].startswith("Ben Boss (you)")
    accounts = select(response, "[aria-labelledby=accounts-heading] tbody th")
    assert [cell.text_content() for cell in accounts] == [primary.group.name]


def test_somebody_limited_to_units_sees_only_what_lies_within(client, primary):
    mine, other = SubgroupFactory.create_batch(2, group=primary.group)
    boss = given(
        primary.group, atoms=["users_manage", "audit_view", "plans_view"], units=[mine.pk],
        user=named("Ulla", "Unit"), parent=primary,
    )  # fmt: skip
    for name, units in {
        "Within": [mine.pk],
        "Beyond": [other.pk],
        "Both": [mine.pk, other.pk],
    }.items():
        given(
            primary.group,
            atoms=["plans_view"],
            units=units,
            user=named("Ann", name),
            parent=primary,
        )
    client.force_login(boss.user)

    response = client.get(url(primary))

    assert people(response) == ["Ulla Unit", "Ann Within"]
    assert row_of(response, "Ann Within")[6] == "Change Ann Within Remove Ann Within"
    assert "Last change" not in text(response, "main")  # it was about somebody beyond


def test_search_by_name_user_id_and_address(client, primary):
    luis = named("Luis", "Ortega")
    given(primary.group, "viewer", user=luis, parent=primary)
    invite(primary)

    everybody = ["Mark Johnson", "Karen Mitchell", "Luis Ortega"]
    for query, found in {
        "ortega luis": ["Luis Ortega"],
        luis.username.upper(): ["Luis Ortega"],
        luis.email: ["Luis Ortega"],
        "johnson": ["Mark Johnson"],
        "mark@cedar": ["Mark Johnson"],
        "%": [],
        "nobody": [],
        "\x00": everybody,
    }.items():
        assert people(client.get(url(primary), {"q": query})) == found, query


def test_nothing_found_leads_back(client, primary):
    response = client.get(url(primary, "?q=nobody"))

    assert text(response, "#users-list h3") == "Nobody found"
    assert select(response, "#users-list .ep-links a")[0].get("href") == url(primary)
    assert text(response, "#users-count") == "0 users found"


def test_filter_by_status_counts_within_the_search(client, primary):
    invite(primary)
    resting = given(primary.group, "viewer", user=named("Rosa", "Rest"), parent=primary)
    grants.suspend_grant(resting, by=None, suspension="administrator")

    response = client.get(url(primary, "?status=invited"))

    assert people(response) == ["Mark Johnson"]
    assert chips(response) == ["All 3", "Active 1", "Invited 1", "Deactivated 1"]
    assert text(response, ".ep-chip[aria-current]") == "Invited 1"
    assert chips(client.get(url(primary, "?q=rosa"))) == ["All 1", "Active 0", "Deactivated 1"]


def test_order_by_the_heads_of_the_columns(client, primary):
    given(primary.group, "viewer", user=named("Ann", "Abel"), parent=primary)
    ends = timezone.now() + timedelta(days=3)
    given(primary.group, "billing_viewer", user=named("Zoe", "Zorn"), parent=primary, ends_at=ends)

    def ordered(sort):
        return [name.split()[0] for name in people(client.get(url(primary, f"?sort={sort}")))]

    assert ordered("name") == ["Ann", "Karen", "Zoe"]
    assert ordered("-name") == ["Zoe", "Karen", "Ann"]
    assert ordered("role") == ["Karen", "Zoe", "Ann"]
    assert ordered("ends") == ["Zoe", "Ann", "Karen"]
    assert ordered("-ends")[0] == "Zoe"  # who has no end stands last both ways
    assert ordered("status") == ["Karen", "Ann", "Zoe"]  # the latest sign-in first
    assert ordered("drop table") == ["Ann", "Karen", "Zoe"]


def test_heads_say_how_the_list_is_ordered(client, primary):
    heads = select(client.get(url(primary, "?sort=role&q=karen")), ".ep-users thead th")

    assert [head.get("aria-sort") for head in heads] == [None, "ascending"] + [None] * 5
    links = {
        head[0].text_content(): head[0].get("href")
        for head in heads
        if len(head) and head[0].get("href")
    }
    assert links["Role"] == "?q=karen&sort=-role"
    (sorts,) = select(client.get(url(primary)), ".ep-users thead.ep-table__sorts")
    assert sorts.get("data-words") == "Sort by"  # what a phone names the heads by
    assert links["User"] == "?q=karen&sort=name"


def test_pages_of_fifty(client, primary):
    for number in range(60):
        given(primary.group, "viewer", user=named("Ann", f"Person{number:02d}"), parent=primary)

    first = client.get(url(primary))
    second = client.get(url(primary, "?page=2&sort=-name"))

    assert len(people(first)) == 50
    assert text(first, ".ep-pager p") == "1 to 50 of 61"
    assert text(second, ".ep-pager p") == "51 to 61 of 61"
    assert select(second, ".ep-pager a[rel=prev]")[0].get("href") == "?sort=-name&page=1"
    for odd in ("0", "99", "-1", "x", "9" * 30, "²"):
        assert client.get(url(primary), {"page": odd}).status_code == 200


@pytest.mark.parametrize("count", [1, 200])
def test_statements_do_not_grow_with_the_users(client, primary, count, django_assert_num_queries):
    units = SubgroupFactory.create_batch(2, group=primary.group)
    for number in range(count):
        if number % 4:
            given(primary.group, "viewer", units=[units[number % 2].pk], parent=primary)
        else:
            invite(primary, f"mark{number}@cedarworks.example")
    client.get(url(primary))

    with django_assert_num_queries(29):
        client.get(url(primary))
    with django_assert_num_queries(19, exact=False):  # one less where one’s own row is not shown
        client.get(url(primary), headers=HTMX)


def test_partial_is_the_list_of_the_page(client, primary):
    invite(primary)
    page = client.get(url(primary, "?status=invited&sort=-name"))
    partial = client.get(url(primary, "?status=invited&sort=-name"), headers=HTMX)

    tree = html.fromstring(partial.content.decode())
    updates = tree.cssselect("[data-hx-swap-oob]")
    for update in updates:
        update.drop_tree()

    assert {update.get("data-hx-swap-oob") for update in updates} == {
        "innerHTML:#users-kept",
        "innerHTML:#users-count",
    }
    assert squeezed(tree) == squeezed(select(page, "#users-list")[0])
    assert partial["HX-Push-Url"] == url(primary, "?status=invited&sort=-name")
    assert "HX-Push-Url" not in page
    assert client.get(url(primary), headers=HTMX)["HX-Push-Url"] == url(primary)


def squeezed(element):
    return " ".join(html.tostring(element, encoding="unicode", with_tail=False).split()).replace(
        "> <", "><"
    )


def test_names_are_escaped(client, primary):
    given(
        primary.group, "viewer", user=named("<b>Bold</b>", "&amp;Co"), parent=primary,
        agency=Agency.objects.create(name="<i>Agency</i>"),
    )  # fmt: skip

    source = client.get(url(primary, "?q=%3Cb%3EBold")).content.decode()

    assert "&lt;b&gt;Bold&lt;/b&gt; &amp;amp;Co" in source
    assert "<b>Bold" not in source
    assert "<i>Agency" not in source


def test_groups_one_has_access_to_oneself(client, primary):
    SubgroupFactory(group=primary.group, code="0001")
    second = primary_of(user=primary.user)
    unit = SubgroupFactory(group=second.group, code="0007")
    Grant.objects.filter(pk=second.pk).update(
        activated_at=datetime(2025, 8, 3, 12, tzinfo=timezone.get_default_timezone())
    )
    third = given(primary_of().group, "viewer", user=primary.user)

    response = client.get(url(primary))

    rows = [
        [" ".join(cell.text_content().split()) for cell in row]
        for row in select(response, "[aria-labelledby=accounts-heading] tbody tr")
    ]
    assert len(rows) == 3
    assert [
        second.group.name, second.group.group_id, f"ALL ({unit.code})", "Massachusetts",
        "Primary administrator", "Aug 3, 2025", "–", f"View details {second.group.name}",
    ] in rows  # fmt: skip
    assert [row[4] for row in rows if row[0] == third.group.name] == ["Viewer"]


def test_no_scope_of_all_groups_is_opened(client, primary):
    """PostgreSQL would compare each of thousands of groups with every row (accounts/book.py)."""
    client.force_login(primary.user)
    for _number in range(3):
        given(primary_of().group, "viewer", user=primary.user)

    with CaptureQueriesContext(connection) as queries:
        response = client.get(f"/g/{primary.group.slug}/users/")

    assert len(select(response, "[aria-labelledby=accounts-heading] tbody tr")) == 4
    assert not [q["sql"] for q in queries if f"portal_scope_of({primary.user_id}, NULL" in q["sql"]]


def test_many_groups_are_cut_at_ten(client, primary):
    for _number in range(11):
        given(primary_of().group, "viewer", user=primary.user)

    response = client.get(url(primary))

    assert len(select(response, "[aria-labelledby=accounts-heading] tbody tr")) == 10
    assert text(response, "[aria-labelledby=accounts-heading] .ep-links a") == "All your groups"


def test_the_last_change_in_words(client, primary):
    def last_change(day, change):
        noon = datetime(2026, 12, day, 12, tzinfo=timezone.get_default_timezone())
        with time_machine.travel(noon, tick=False):
            change()
            client.force_login(primary.user)
            return text(client.get(url(primary)), ".ep-users__foot p")

    assert last_change(1, lambda: invite(primary)) == (
        "Last change: Karen Mitchell invited Mark Johnson as Viewer on Tuesday, December 1."
        " Access history"
    )
    mark, luis = Grant.objects.get(state="pending"), named("Luis", "Ortega")
    assert "Karen Mitchell removed Mark Johnson on Wednesday, December 2." in last_change(
        2, lambda: grants.revoke_grant(mark, by=primary.user)
    )
    assert (
        "Luis Ortega used the access code and is Viewer since Thursday, December 3."
        in last_change(3, lambda: given(primary.group, "viewer", user=luis))
    )
    boss, agency = StaffFactory(), AgencyFactory(name="Harbor Benefits")
    assert "staff opened emergency access on Friday, December 4." in last_change(
        4, lambda: break_glass(primary.group, reason="They called.", by=boss)
    )
    given(primary.group, "broker_view", agency=agency)
    assert "We stopped all access of Harbor Benefits on Saturday, December 5." in last_change(
        5, lambda: stop_agency(agency, reason="License withdrawn", by=boss)
    )


def test_hand_over_is_the_last_change_in_words(client, primary):
    luis = given(primary.group, "viewer", user=named("Luis", "Ortega"), parent=primary)
    offer = hand_over.offer_hand_over(
        luis, keeps_role="administrator", version=luis.version, by=primary.user
    )
    hand_over.accept_hand_over(offer, by=luis.user)

    words = text(client.get(url(primary)), ".ep-users__foot p")

    assert words.startswith("Last change: Luis Ortega took over the primary role on ")


def test_open_offer_stands_where_one_would_ask(client, primary):
    luis = given(primary.group, "viewer", user=named("Luis", "Ortega"), parent=primary)
    assert row_of(client.get(url(primary)), "Karen")[-1] == "Ask to hand over"

    hand_over.offer_hand_over(luis, keeps_role="viewer", version=luis.version, by=primary.user)

    assert row_of(client.get(url(primary)), "Karen")[-1] == "Your open offer"


def test_agencies_with_access_can_be_stopped_in_one_place(client, primary):
    agency = Agency.objects.create(name="Summit Benefit Partners")
    Agency.objects.create(name="Elsewhere Brokers")
    for _number in range(2):
        given(primary.group, "broker_view", parent=primary, agency=agency)

    response = client.get(url(primary))

    assert [link.text_content() for link in select(response, ".ep-users__foot li a")] == [
        "Stop all access for Summit Benefit Partners"
    ]


def test_what_happened_is_for_those_who_may_see_it(client, primary):
    looker = given(primary.group, atoms=["users_view"], parent=primary)
    assert "Access history" in text(client.get(url(primary)), "main")
    client.force_login(looker.user)

    assert "Access history" not in text(client.get(url(primary)), "main")


def invite(primary, email="mark@cedarworks.example"):
    return add_user(
        primary.group, first_name="Mark", last_name="Johnson", email=email, role="viewer", by=primary.user
    )  # fmt: skip
