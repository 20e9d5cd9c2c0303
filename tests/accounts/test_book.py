from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection

from accounts.actions.grants import revoke_grant, suspend_grant
from accounts.book import Wanted, open_book
from accounts.models import Agency, Grant
from groups.models import EmployerGroup
from portal.tenancy import person_scope_among
from tests.access import given, primary_of
from tests.ambient import nobody
from tests.factories import EmployerGroupFactory, StaffFactory, SubgroupFactory, UserFactory
from tests.html import select, text

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 21, 17, tzinfo=UTC)
FAR = date(2027, 10, 1)
HTMX = {"HX-Request": "true", "HX-Target": "book"}


@pytest.fixture
def broker(client):
    user = UserFactory()
    client.force_login(user)
    return user


def client_of(user, name="Cedar Works", role="broker_full", **traits):
    """Give *user* a client by *name*, which needs no attention unless *traits* of the group say so."""
    own = {key: traits.pop(key) for key in ("units", "ends_at", "agency") if key in traits}
    group = EmployerGroupFactory(name=name, **{"renewal_date": FAR, **traits})
    return given(group, role, user=user, **own)


def names(user, **wanted):
    return [client.name for client in open_book(user.pk, Wanted(**wanted), now=NOW).clients]


def rows(response):
    return [link.text_content() for link in select(response, "#book tbody th a")]


# --- what is in the book --------------------------------------------------------------------------


def test_shows_the_groups_of_the_person_and_of_nobody_else(broker):
    client_of(broker, "Birch")
    client_of(UserFactory(), "Foreign")

    assert names(broker) == ["Birch"]


def test_shows_only_what_is_in_force(broker):
    kept, ended = client_of(broker, "Kept"), client_of(broker, "Ended")
    revoked, paused = client_of(broker, "Revoked"), client_of(broker, "Paused")
    revoke_grant(revoked, by=None)
    suspend_grant(paused, by=None, suspension=Grant.Suspension.AGENCY)
    Grant.objects.filter(pk=ended.pk).update(created_at=NOW - timedelta(days=9), ends_at=NOW)

    book = open_book(broker.pk, Wanted(), now=NOW)

    assert ([client.name for client in book.clients], book.total) == ([kept.group.name], 1)


def test_says_what_one_may_do_where(broker):
    group = EmployerGroupFactory(name="Birch", renewal_date=FAR)
    units = [SubgroupFactory(group=group, code=code) for code in ("0002", "0001", "0003")]
    given(group, "broker_view", user=broker, units=[unit.pk for unit in units[:2]])
    client_of(broker, "Cedar")

    limited, whole = open_book(broker.pk, Wanted(), now=NOW).clients

    assert (limited.units, str(limited.role)) == ("0001, 0002", "Broker, view only")
    assert (whole.units, str(whole.role)) == ("ALL", "Broker, full")


def test_a_book_of_business_is_what_a_broker_has(broker):
    client_of(broker, role="viewer")
    before = open_book(broker.pk, Wanted(), now=NOW).by_broker
    client_of(broker, role="viewer", agency=Agency.objects.create(name="Summit"))

    assert (before, open_book(broker.pk, Wanted(), now=NOW).by_broker) == (False, True)


@pytest.mark.parametrize(
    ("traits", "needs"),
    [
        ({"status": "grace"}, ["In the grace period"]),
        ({"status": "suspended"}, ["Suspended"]),
        ({"renewal_date": date(2027, 1, 20)}, ["Renews in 60 days"]),
        ({"renewal_date": date(2027, 1, 21)}, []),
        ({"renewal_date": date(2026, 11, 22)}, ["Renews in 1 day"]),
        ({"renewal_date": date(2026, 11, 21)}, ["Renews today"]),
        ({"renewal_date": date(2026, 11, 20)}, ["Renewal date has passed"]),
        ({"renewal_date": date(2026, 11, 22), "status": "terminated"}, []),
        ({"ends_at": NOW + timedelta(days=30)}, ["Your access ends in 30 days"]),
        ({"ends_at": NOW + timedelta(days=30, seconds=1)}, []),
        ({"ends_at": NOW + timedelta(seconds=1)}, ["Your access ends today"]),
        (
            {"status": "grace", "renewal_date": date(2027, 1, 1)},
            ["In the grace period", "Renews in 41 days"],
        ),
    ],
)
def test_what_needs_attention(broker, time_machine, traits, needs):
    time_machine.move_to(NOW, tick=False)
    client_of(broker, "Birch", **traits)

    book = open_book(broker.pk, Wanted(), now=NOW)

    assert book.clients[0].needs == needs
    assert book.attention == book.counts["attention"] == bool(needs)
    assert names(broker, show="attention") == (["Birch"] if needs else [])


def test_counts_by_reason_follow_the_search(broker):
    client_of(broker, "Birch one", status="grace")
    client_of(broker, "Birch two", renewal_date=date(2026, 12, 1))
    client_of(broker, "Cedar", status="suspended")

    book = open_book(broker.pk, Wanted(search="birch"), now=NOW)

    assert book.counts == {"attention": 2, "all": 2, "renewing": 1, "troubled": 1, "ending": 0}
    assert (book.total, book.attention) == (3, 3)


# --- search, order, pages --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("cedar", ["Cedar Works", "Red Cedar"]),
        ("EDAR W", ["Cedar Works"]),
        ("2b", ["Red Cedar"]),
        ("B4", []),  # a Group ID is looked for from its beginning
        ("%", ["100% Fruit"]),
        ("_", []),
        ("\\", []),
        ("'; --", []),
    ],
)
def test_search_takes_what_is_typed_as_it_is(broker, search, found):
    client_of(broker, "Cedar Works", group_id="10001A")
    client_of(broker, "Red Cedar", group_id="2B4444")
    client_of(broker, "100% Fruit", group_id="30003A")

    assert names(broker, search=search) == found


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("pena", ["Peña & Söhne Bakery"]),
        ("PEÑA", ["Peña & Söhne Bakery"]),
        ("SOHNE", ["Peña & Söhne Bakery"]),
        ("le & d", ["Lê & Daughters"]),
        ("groß", ["GROSS Logistics"]),
        ("o'neill", ["O’Neill Ørsted"]),
        ("orsted", ["O’Neill Ørsted"]),
    ],
)
def test_search_finds_names_however_their_accents_are_typed(broker, search, found):
    for name in ("Peña & Söhne Bakery", "Lê & Daughters", "GROSS Logistics", "O’Neill Ørsted"):
        client_of(broker, name)

    assert names(broker, search=search) == found


def test_accents_do_not_change_the_order(broker):
    group = client_of(broker, "Little").group
    for name in ("Zebra", "Lê", "Árbol"):
        client_of(broker, name)

    assert names(broker) == ["Árbol", "Lê", "Little", "Zebra"]

    EmployerGroup.objects.filter(pk=group.pk).update(name="Ázul")

    assert names(broker) == ["Árbol", "Ázul", "Lê", "Zebra"]


@pytest.mark.parametrize(
    ("order", "found"),
    [
        ({"sort": "name"}, ["apple", "Birch", "Cedar"]),
        ({"sort": "name", "descending": True}, ["Cedar", "Birch", "apple"]),
        ({"sort": "number"}, ["Cedar", "apple", "Birch"]),
        ({"sort": "renewal"}, ["Birch", "Cedar", "apple"]),
    ],
)
def test_order(broker, order, found):
    client_of(broker, "Birch", group_id="30000A", renewal_date=date(2027, 2, 1))
    client_of(broker, "apple", group_id="20000A", renewal_date=date(2027, 4, 1))
    client_of(broker, "Cedar", group_id="10000A", renewal_date=date(2027, 3, 1))

    assert names(broker, **order) == found


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("sort", ["name", "number", "renewal"])
def test_pages_forth_and_back_show_everybody_once(broker, sort, descending):
    for number in range(7):  # equal names and dates: the order must still be one
        client_of(broker, "Birch" if number < 5 else "Cedar", group_id=f"{90 - number:05d}A")
    order = {"sort": sort, "descending": descending}
    forth, start = [], ""
    while True:
        book = open_book(broker.pk, Wanted(start=start, **order), now=NOW, page=3)
        forth.append([client.number for client in book.clients])
        assert book.has_previous is bool(start)
        if not book.has_next:
            break
        start = book.clients[-1].number
    back, before = [forth[-1]], Wanted(start=forth[-1][0], back=True, **order)
    while True:
        book = open_book(broker.pk, before, now=NOW, page=3)
        back.insert(0, [client.number for client in book.clients])
        assert book.has_next
        if not book.has_previous:
            break
        before = Wanted(start=book.clients[0].number, back=True, **order)

    assert [len(page) for page in forth] == [3, 3, 1]
    assert back == forth
    assert len({number for page in forth for number in page}) == 7


def test_a_start_that_is_gone_begins_at_the_beginning(broker):
    client_of(broker, "Birch")

    book = open_book(broker.pk, Wanted(start="ZZZZZZ"), now=NOW)

    assert ([client.name for client in book.clients], book.has_previous) == (["Birch"], False)


# --- the second wall ---------------------------------------------------------------------------------


def test_the_scope_of_a_page_opens_only_the_person_s_own_grants():
    mine, other = primary_of(), primary_of()
    ended = primary_of(user=mine.user)
    revoke_grant(primary_of(ended.group), by=None)
    suspend_grant(given(ended.group, "viewer"), by=None, suspension="administrator")

    with nobody(), person_scope_among(mine.user_id, [mine.pk, other.pk]):
        seen = set(Grant.objects.values_list("pk", flat=True))

    assert seen == {mine.pk}


def test_the_readings_behind_the_book_are_for_the_portal_alone():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proname FROM pg_proc, aclexplode(proacl) WHERE grantee = 0"
            " AND proname IN ('portal_book_of', 'portal_is_broker', 'portal_scope_among')"
        )
        assert cursor.fetchall() == []


# --- the page ----------------------------------------------------------------------------------------


def test_one_group_is_opened_at_once(client, broker):
    grant = client_of(broker)

    assert client.get("/home/").url == f"/g/{grant.group.slug}/"


def test_staff_without_a_group_go_to_their_desk(client):
    client.force_login(StaffFactory())

    assert client.get("/home/").url == "/staff/"


def test_nobody_s_page_offers_code_and_registration(client, broker):
    response = client.get("/home/")

    links = [link.get("href") for link in select(response, ".ep-panel--dashed a")]
    assert (text(response, "h1"), links) == ("Your groups", ["/enter-access-code/", "/register/"])


def test_a_few_groups_need_no_search(client, broker):
    client_of(broker, "Birch", role="viewer")
    client_of(broker, "Cedar", role="billing_manager", status="grace")

    response = client.get("/home/")

    assert text(response, "h1") == "Your groups"
    assert text(response, ".ep-title p") == "You look after 2 groups. 1 needs attention."
    assert select(response, "#book-search, .ep-chips") == []
    assert rows(response) == ["Birch", "Cedar"]
    assert "In the grace period" in text(response, "tbody tr:last-child")


def test_a_broker_searches_filters_and_sorts(client, broker):
    client_of(broker, "Birch", status="grace")
    client_of(broker, "Cedar")

    response = client.get("/home/?show=attention&sort=-name&q=i")

    assert text(response, "h1") == "Book of business"
    assert rows(response) == ["Birch"]
    assert text(response, "[aria-current=true]") == "Needs attention 1"
    assert text(response, "[aria-sort=descending]") == "Group"
    assert select(response, "thead.ep-table__sorts[data-words='Sort by'] #sort-name")
    kept = {one.get("name"): one.get("value") for one in select(response, "[form=book-search]")}
    assert kept == {"show": "attention", "sort": "-name"}
    assert select(response, "#show-all")[0].get("href") == "?q=i&sort=-name"


def test_the_fragment_is_the_list_of_the_page_and_says_how_many(client, broker):
    client_of(broker, "Birch")
    client_of(broker, "Cedar")

    page = client.get("/home/?q=birch")
    fragment = client.get("/home/?q=birch", headers=HTMX)

    assert rows(fragment) == rows(page) == ["Birch"]
    assert text(fragment, "[data-hx-swap-oob='innerHTML:#book-status']") == "1 group found"
    assert select(fragment, "h1") == []


def test_pager_names_first_and_last(client, broker):
    for number in range(52):
        client_of(broker, f"Birch {number:02d}", group_id=f"{number:05d}A")

    first = client.get("/home/")
    second = client.get("/home/" + select(first, "[rel=next]")[0].get("href"))
    again = client.get("/home/" + select(second, "[rel=prev]")[0].get("href"))

    assert text(first, ".ep-pager p") == "Birch 00 to Birch 49, 50 of 52"
    assert rows(second) == ["Birch 50", "Birch 51"]
    assert rows(again) == rows(first)
    assert select(second, "[rel=next]") == []


def test_a_page_behind_the_end_leads_to_the_first(client, broker):
    client_of(broker, "Birch", group_id="00001A")
    client_of(broker, "Cedar", group_id="00002A")

    assert client.get("/home/?after=00002A&q=e").url == "/home/?q=e"


@pytest.mark.parametrize(
    "query",
    [
        "show=x&sort=y&after=z",
        "sort=-",
        "sort=--name",
        "q=%00",
        "q=" + "e" * 999,
        "after=%00",
        "before=%F0%9F%8D%8E",
    ],
)
def test_made_up_queries_are_answered(client, broker, query):
    client_of(broker, "Birch")
    client_of(broker, "Cedar")

    assert client.get(f"/home/?{query}").status_code == 200


def test_nothing_found_says_what_to_try(client, broker):
    client_of(broker, "Birch")
    client_of(broker, "Cedar")

    response = client.get("/home/?q=<b>otter</b>")

    assert text(response, ".ep-empty h2") == "No group fits “<b>otter</b>”"
    assert select(response, ".ep-empty a")[0].get("href") == "/home/"


def test_a_removed_client_is_gone_with_the_next_request(client, broker):
    client_of(broker, "Birch")
    client_of(broker, "Cedar")
    gone = client_of(broker, "Gone")
    before = rows(client.get("/home/"))

    revoke_grant(gone, by=None)

    assert (before, rows(client.get("/home/"))) == (["Birch", "Cedar", "Gone"], ["Birch", "Cedar"])


@pytest.mark.parametrize("count", [2, 60])
def test_statements_of_the_book(client, broker, count, django_assert_num_queries):
    for number in range(count):
        grant = client_of(broker, f"Birch {number:02d}")
        SubgroupFactory(group=grant.group)
    client.get("/home/")

    with django_assert_num_queries(
        9
    ):  # 6, and what marks and leaves the scope inside a test's transaction
        response = client.get("/home/")

    assert len(rows(response)) == min(count, 50)


# --- the switcher ------------------------------------------------------------------------------------


def switch(client, query=""):
    return client.get(f"/home/switcher/?{query}", headers={"HX-Request": "true"})


def test_switcher_lists_the_groups_and_marks_the_current_one(client, broker):
    here = client_of(broker, "Birch", role="viewer").group
    other = client_of(broker, "Cedar", role="viewer").group
    client_of(UserFactory(), "Foreign")

    response = switch(client, f"here={here.slug}")

    links = [link.get("href") for link in select(response, "a")]
    assert links == [f"/g/{here.slug}/", f"/g/{other.slug}/", "/home/"]
    assert text(response, "[aria-current]") == f"BirchGroup ID {here.group_id}"
    assert text(response, ".ep-menu__rule") == "All your groups"
    assert select(response, "input") == []


def test_switcher_searches_among_many(client, broker):
    for number in range(25):
        client_of(broker, f"Birch {number:02d}")
    client_of(broker, "Otter")

    everything, found = switch(client), switch(client, "q=OTT")

    assert len(select(everything, ".ep-switcher__found a")) == 20
    assert select(everything, "input[name=q][autofocus]")  # htmx moves there: one types at once
    assert "6 more" in text(everything, ".ep-switcher__none")
    assert text(everything, ".ep-menu__rule") == "Book of business"
    assert len(select(found, ".ep-switcher__found a")) == 1
    assert select(found, "input[name=q]")


def test_switcher_says_that_nothing_fits(client, broker):
    assert text(switch(client, "q=%3Cb%3E"), ".ep-switcher__none") == "No group fits “<b>”"


def test_switcher_without_scripts_is_the_page(client, broker):
    assert client.get("/home/switcher/").url == "/home/"


@pytest.mark.parametrize("count", [2, 60])
def test_statements_of_the_switcher(client, broker, count, django_assert_num_queries):
    for number in range(count):
        client_of(broker, f"Birch {number:02d}")
    switch(client)

    with django_assert_num_queries(9):
        switch(client)


def test_header_offers_the_switcher_only_with_other_groups(client, broker):
    first = client_of(broker, "Birch").group
    alone = client.get(f"/g/{first.slug}/")
    client_of(broker, "Cedar")

    several = client.get(f"/g/{first.slug}/")

    assert select(alone, "details.ep-switcher") == []
    menu = select(several, "header details.ep-switcher")[0]
    assert menu.get("data-hx-get") == f"/home/switcher/?here={first.slug}"
    assert [link.get("href") for link in select(several, "header .ep-switcher__body a")] == [
        "/home/"
    ]
