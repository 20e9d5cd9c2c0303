"""The pages of a group's transactions."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.messages import get_messages
from django.utils import timezone

from groups.models import Transaction
from groups.transaction_kinds import TransactionKind, register
from tests.access import given, primary_of
from tests.factories import SubgroupFactory, TransactionFactory, UserFactory
from tests.html import errors, select, text

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 17, 17, tzinfo=UTC)


@pytest.fixture
def primary():
    return primary_of(user=UserFactory(first_name="Karen", last_name="Mitchell"))


@pytest.fixture
def browser(client, primary):
    client.force_login(primary.user)
    return client


@pytest.fixture
def secret_kind():
    """Give a kind that nobody sees without the right to see bills."""
    register(TransactionKind("tests.bill_paid", "Bill paid", right="billing_view"))
    return "tests.bill_paid"


@pytest.fixture
def kinds():
    register(
        TransactionKind("tests.phone_changed", "Phone changed", fields={"phone": "Phone"}),
        TransactionKind("tests.title_changed", "Title changed", fields={"title": "Job title"}),
    )


def history(grant):
    return f"/g/{grant.group.slug}/transactions/"


def numbers(response):
    return [link.text for link in select(response, "#transaction-list tbody th a")]


def test_the_history_shows_the_newest_first(browser, primary):
    old = TransactionFactory(group=primary.group, submitted_at=NOON - timedelta(days=1))
    new = TransactionFactory(group=primary.group, submitted_at=NOON, submitted_by=primary.user)

    response = browser.get(history(primary))

    assert numbers(response) == [new.number, old.number]
    assert "Nov 17, 2026, 12:00 p.m. ET" in text(response, "#transaction-list tbody tr")
    assert "Karen Mitchell" in text(response, "#transaction-list tbody tr")


def test_the_history_says_whom_or_what_each_is_about(browser, primary):
    register(TransactionKind("tests.enrolled", "Enrolled"))
    unit = SubgroupFactory(group=primary.group, code="0002", name="Distribution center")
    contact = {"kind": "billing", "first_name": "Dana", "last_name": "Pruitt"}
    for kind, more in [
        ("groups.contact_changed", {"after": contact, "subgroup": unit}),
        ("groups.contact_removed", {"before": contact}),
        ("groups.address_changed", {"after": {"kind": "mailing"}}),
        ("tests.enrolled", {"member_name": "Castillo, Owen"}),
    ]:
        TransactionFactory(group=primary.group, kind=kind, **more)

    cells = select(browser.get(history(primary)), "td[data-label='About']")

    assert [" ".join(cell.itertext()) for cell in cells] == [
        "Castillo, Owen Group",
        "Mailing address Group",
        "Billing Group",
        "Billing 0002 Distribution center",
    ]


def test_what_waits_says_for_whom_and_how_long(browser, primary):
    at = timezone.now() - timedelta(hours=30)
    TransactionFactory(group=primary.group, status="pending", submitted_at=at)

    assert "Waits for us, 30 hours" in text(browser.get(history(primary)), "tbody tr")


def test_our_staff_stand_under_our_name(browser, primary):
    staff = UserFactory(first_name="Nora", last_name="Castellanos", is_staff=True)
    row = TransactionFactory(
        group=primary.group, submitted_by=staff, decided_by=staff, source=Transaction.Source.STAFF
    )

    pages = [browser.get(history(primary)), browser.get(f"{history(primary)}{row.number}/")]

    assert [b"Castellanos" in page.content for page in pages] == [False, False]
    assert "Evergreen Health Plan staff" in text(pages[0], "tbody tr")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("first_day=2026-11-17", {"new"}),
        ("last_day=2026-11-16", {"old"}),
        ("first_day=2026-11-16&last_day=2026-11-16", {"old"}),
        ("kind=tests.title_changed", {"new"}),
        ("status=pending", {"new"}),
        ("status=completed&kind=tests.title_changed", set()),
        ("member=cast", {"old"}),
        ("member=Castillo,O", {"old"}),
        ("member=owen+castillo", {"old"}),
        ("member=astillo", set()),
        ("member=%25", set()),
        ("who=portal", {"old"}),
        ("who={karen}", {"new"}),
        ("who=staff", set()),
        ("unit=0002", {"new"}),
        ("unit=0001", set()),
        ("unit=group", {"old"}),
    ],
)
def test_filters(browser, primary, kinds, query, found):
    group = primary.group
    SubgroupFactory(group=group, code="0001")
    unit = SubgroupFactory(group=group, code="0002")
    rows = {
        TransactionFactory(
            group=group, kind="tests.phone_changed", submitted_at=NOON - timedelta(days=1),
            member_name="Castillo, Owen", member_search="castillo, owen",
        ).number: "old",
        TransactionFactory(
            group=group, kind="tests.title_changed", submitted_at=NOON, status="pending",
            submitted_by=primary.user, member_name="Ortega, Luis", member_search="ortega, luis", subgroup=unit,
        ).number: "new",
    }  # fmt: skip

    response = browser.get(f"{history(primary)}?{query.format(karen=primary.user_id)}")

    assert {rows[number] for number in numbers(response)} == found


def test_a_wrong_filter_is_told_at_its_field_and_keeps_what_was_typed(browser, primary):
    TransactionFactory(group=primary.group)

    response = browser.get(
        f"{history(primary)}?first_day=2026-13-01&last_day=1900-01-01&member=Cas"
    )

    assert errors(response) == ["Enter a date, such as 11/17/2026.", "Check the year."]
    assert select(response, "#id_member")[0].value == "Cas"
    assert select(response, "title")[0].text_content().startswith("Error:")


def test_a_person_who_cannot_be_chosen_is_told(browser, primary):
    assert errors(browser.get(f"{history(primary)}?who=987654"))
    assert errors(browser.get(f"{history(primary)}?who=x"))


def test_somebody_of_single_units_chooses_among_them_alone(client, primary):
    units = [SubgroupFactory(group=primary.group, code=code) for code in ("0001", "0002", "0003")]
    colleague = given(primary.group, "enrollment_manager", units=[units[0].pk, units[1].pk])
    client.force_login(colleague.user)

    response = client.get(history(primary))

    offered = [choice.get("value") for choice in select(response, "#id_unit option")]
    assert offered == ["", "0001", "0002"]
    assert errors(client.get(f"{history(primary)}?unit=0003"))
    assert errors(client.get(f"{history(primary)}?unit=group"))


def test_the_export_of_one_unit_has_its_rows_alone(browser, primary):
    units = [SubgroupFactory(group=primary.group, code=code) for code in ("0001", "0002")]
    rows = [TransactionFactory(group=primary.group, subgroup=unit) for unit in units]

    file = b"".join(browser.get(f"{history(primary)[:-1]}.csv?unit=0002")).decode()

    assert [row.number in file for row in rows] == [False, True]


def test_pages_follow_each_other_without_gap(browser, primary):
    for number in range(120):
        TransactionFactory(group=primary.group, submitted_at=NOON - timedelta(minutes=number // 3))
    seen, url = [], history(primary)
    for _ in range(3):
        response = browser.get(url)
        seen += numbers(response)
        older = select(response, "a[rel=next]")
        url = f"{history(primary)}{older[0].get('href')}" if older else ""

    expected = Transaction.objects.order_by("-submitted_at", "-pk").values_list("number", flat=True)
    assert seen == list(expected)
    assert url == ""
    back = f"{history(primary)}{select(response, 'a[rel=prev]')[0].get('href')}"
    assert numbers(browser.get(back)) == seen[50:100]


def test_a_place_beyond_the_end_leads_to_the_beginning(browser, primary):
    response = browser.get(f"{history(primary)}?before=1-1&status=completed")

    assert response.url == f"{history(primary)}?status=completed"


def test_htmx_gets_the_list_alone(browser, primary):
    TransactionFactory(group=primary.group)

    response = browser.get(
        history(primary), headers={"HX-Request": "true", "HX-Target": "transaction-list"}
    )

    assert b"<html" not in response.content
    assert "1 transaction shown." in text(response, "#transactions-said")


def test_an_empty_history_says_when_it_will_not_be_empty(browser, primary):
    assert "No transaction yet" in text(browser.get(history(primary)), "#transaction-list")
    assert "Nothing fits" in text(
        browser.get(f"{history(primary)}?status=pending"), "#transaction-list"
    )


def test_a_kind_one_may_not_see_is_nowhere(client, primary, secret_kind):
    reader = given(primary.group, atoms=["transactions_view"], parent=primary)
    row = TransactionFactory(group=primary.group, kind=secret_kind, submitted_by=primary.user)
    client.force_login(reader.user)

    response = client.get(history(primary))

    assert numbers(response) == []
    assert "Bill paid" not in text(response, "#id_kind")
    assert "Karen Mitchell" not in text(response, "#id_who")
    assert errors(client.get(f"{history(primary)}?kind={secret_kind}"))
    assert client.get(f"{history(primary)}{row.number}/").status_code == 404
    client.force_login(primary.user)
    assert numbers(client.get(history(primary))) == [row.number]


def test_a_kind_that_no_app_knows_is_nowhere(client, primary):
    row = TransactionFactory(group=primary.group, kind="tests.gone", after={"rights": "all"})
    client.force_login(primary.user)

    assert numbers(client.get(history(primary))) == []
    assert numbers(client.get("/transactions/")) == []
    assert client.get(f"{history(primary)}{row.number}/").status_code == 404


def test_people_of_a_unit_see_that_unit(client, primary):
    unit, other = SubgroupFactory.create_batch(2, group=primary.group)
    mine = TransactionFactory(group=primary.group, subgroup=unit)
    foreign = TransactionFactory(group=primary.group, subgroup=other, submitted_by=primary.user)
    whole = TransactionFactory(group=primary.group, submitted_by=primary.user)
    reader = given(primary.group, atoms=["transactions_view"], units=[unit.pk], parent=primary)
    client.force_login(reader.user)

    response = client.get(history(primary))

    assert numbers(response) == [mine.number]
    assert "Karen Mitchell" not in text(response, "#id_who")
    for row in (foreign, whole):
        assert client.get(f"{history(primary)}{row.number}/").status_code == 404


def test_the_page_of_a_transaction_says_what_was_changed(browser, primary, kinds):
    row = TransactionFactory(
        group=primary.group,
        kind="tests.phone_changed",
        before={"phone": "4135550115", "same": "x"},
        after={"phone": "4135550116", "same": "x", "new_thing": "<b>"},
        effective_date=date(2026, 12, 1),
        submitted_by=primary.user,
        submitted_at=NOON,
    )

    response = browser.get(f"{history(primary)}{row.number}/")

    cells = [" ".join(cell.text_content().split()) for cell in select(response, "tbody tr > *")]
    assert cells == ["Phone", "(413) 555-0115", "(413) 555-0116", "New thing", "–", "<b>"]
    assert "December 1, 2026" in text(response, "aside dl")
    assert "Completed" in text(response, "h1")


def test_a_rejected_one_says_why(browser, primary):
    row = TransactionFactory(
        group=primary.group, status="rejected", reason="We could not find this address."
    )

    response = browser.get(f"{history(primary)}{row.number}/")

    assert "We could not find this address." in text(response, ".ep-notice")
    assert "Rejected" in text(response, ".ep-timeline")


def test_whoever_submitted_it_takes_a_waiting_one_back(browser, primary):
    row = TransactionFactory(group=primary.group, status="pending", submitted_by=primary.user)
    page = f"{history(primary)}{row.number}/"
    assert select(browser.get(page), f"a[href='{page}cancel/']")

    response = browser.post(
        f"{page}cancel/", {"version": 1, "reason": "Wrong contact"}, follow=True
    )

    row.refresh_from_db()
    assert (row.status, row.reason, row.decided_by) == ("canceled", "Wrong contact", primary.user)
    assert f"{row.number} is canceled." in response.content.decode()
    assert not select(response, f"a[href='{page}cancel/']")


def test_a_stranger_to_the_change_cannot_take_it_back(client, primary):
    row = TransactionFactory(group=primary.group, status="pending", submitted_by=primary.user)
    reader = given(primary.group, "viewer", parent=primary)
    client.force_login(reader.user)

    response = client.post(f"{history(primary)}{row.number}/cancel/", {"version": 1})

    row.refresh_from_db()
    assert row.status == "pending"
    assert "Only whoever submitted" in str(next(iter(get_messages(response.wsgi_request))))


def test_a_colleague_who_may_change_it_takes_it_back(client, primary):
    register(TransactionKind("tests.moved", "Moved", change_right="group_contacts_edit"))
    row = TransactionFactory(
        group=primary.group, kind="tests.moved", status="pending", submitted_by=primary.user
    )
    colleague = given(primary.group, "administrator", parent=primary)
    client.force_login(colleague.user)

    client.post(f"{history(primary)}{row.number}/cancel/", {"version": 1})

    row.refresh_from_db()
    assert row.decided_by == colleague.user


@pytest.mark.parametrize("version", ["", "x", "7", "0"])
def test_a_page_that_is_older_than_the_transaction_changes_nothing(browser, primary, version):
    row = TransactionFactory(group=primary.group, status="pending", submitted_by=primary.user)

    response = browser.post(f"{history(primary)}{row.number}/cancel/", {"version": version})

    row.refresh_from_db()
    assert (row.status, response.status_code in {200, 302}) == ("pending", True)


def test_what_is_decided_cannot_be_taken_back(browser, primary):
    row = TransactionFactory(group=primary.group, submitted_by=primary.user)

    response = browser.post(f"{history(primary)}{row.number}/cancel/", {"version": 1}, follow=True)

    assert f"{row.number} is decided." in response.content.decode()


def test_a_page_takes_the_same_statements_for_one_row_as_for_fifty(
    browser, primary, django_assert_max_num_queries
):
    def statements():
        with django_assert_max_num_queries(20) as counted:
            browser.get(history(primary))
        return len(counted)

    TransactionFactory(group=primary.group, submitted_by=primary.user)
    browser.get(history(primary))
    few = statements()
    for _ in range(49):
        TransactionFactory(group=primary.group, submitted_by=UserFactory())

    assert statements() == few


def test_one_transaction_takes_the_same_statements_however_much_it_says(
    browser, primary, django_assert_max_num_queries
):
    def statements(row):
        with django_assert_max_num_queries(25) as counted:
            assert browser.get(f"{history(primary)}{row.number}/").status_code == 200
        return len(counted)

    ours = {"group": primary.group, "submitted_by": primary.user}
    short = TransactionFactory(**ours, before={}, after={"phone": "4135550116"})
    fields = {f"field_{number}": "x" for number in range(60)}
    long = TransactionFactory(
        **ours, before={}, after=fields, subgroup=SubgroupFactory(group=primary.group)
    )
    statements(short)

    assert statements(long) == statements(short)
