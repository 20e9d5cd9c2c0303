"""Renewals on the staff side: drafted from a file, published, withdrawn, decided in the queue of transactions."""

from datetime import date
from decimal import Decimal

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile

from groups.actions.renewals import Draft, Offered, draft_renewals
from groups.models import EmployerGroup, Plan, Rate, Renewal, Transaction
from portal.models import AuditEvent
from tests.access import given, primary_of
from tests.factories import (
    EmployerGroupFactory,
    PlanFactory,
    RateFactory,
    RenewalFactory,
    RenewalRateFactory,
    SubgroupFactory,
    UserFactory,
)
from tests.html import errors, select, text
from tests.staff import browser_of, staff_with

pytestmark = pytest.mark.django_db
LIST, QUEUE = "/staff/groups/renewal/", "/staff/groups/transaction/"
HEAD = "Group,Renewal date,Available on,Respond by,Plan,New plan,Tier,Current rate,Renewal rate,Contracts\n"
DAYS = "20418A,2027-01-01,2026-10-18,2026-12-17"
LINES = f"{DAYS},SILVER,,EE,498.20,529.09,14\n{DAYS},SILVER,GOLD,FAM,1419.87,1507.90,7\n"
REASON = "The rates of the family tier are wrong."


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel("2026-11-21 12:00 -0500", tick=False):
        yield


@pytest.fixture
def group():
    for code in ("SILVER", "GOLD"):
        PlanFactory(code=code)
    return EmployerGroupFactory(group_id="20418A", name="Cedar Ridge", renewal_date=date(2027, 1, 1))  # fmt: skip


@pytest.fixture
def boss():
    return staff_with("am_supervisor")


@pytest.fixture
def browser(boss):
    return browser_of(boss)


def upload(browser, content):
    file = SimpleUploadedFile("renewals.csv", content.encode())
    return browser.post(f"{LIST}add/", {"file": file}, follow=True)


def page_of(renewal, more="change/"):
    return f"{LIST}{renewal.pk}/{more}"


def offered(group, **more):
    found = RenewalFactory(group=group, **more)
    RenewalRateFactory(renewal=found)
    return found


def seen_by(user, group):
    page = browser_of(user).get(f"/g/{group.slug}/renewals/")
    return [" ".join(row.text_content().split()) for row in select(page, "tbody tr")]


# --- From a file ----------------------------------------------------------------------------------


def test_a_file_becomes_a_draft_that_no_group_sees(browser, boss, group):
    page = upload(browser, HEAD + LINES)

    found = Renewal.objects.get()
    assert text(page, ".ep-messages") == "1 renewal drafted."
    assert (found.group, found.state, found.renewal_date, found.available_on, found.respond_by) == (
        group, "draft", date(2027, 1, 1), date(2026, 10, 18), date(2026, 12, 17),
    )  # fmt: skip
    rates = found.rates.order_by("tier").values_list(
        "tier", "current_plan__code", "renewal_plan__code", "current_amount", "renewal_amount", "contracts",
    )  # fmt: skip
    assert list(rates) == [
        ("EE", "SILVER", "SILVER", Decimal("498.20"), Decimal("529.09"), 14),
        ("FAM", "SILVER", "GOLD", Decimal("1419.87"), Decimal("1507.90"), 7),
    ]
    assert AuditEvent.objects.get(kind="groups.renewal_drafted").actor_key == boss.pk
    assert seen_by(primary_of(group).user, group) == []


def test_every_wrong_line_is_named_and_nothing_is_kept(browser, group):
    EmployerGroupFactory(group_id="20533A", market="large")
    wrong = [
        f"{DAYS},SILVER,,Wizard,1,1,1",
        f"{DAYS},SILVER,,AGE,1,1,1",
        f"{DAYS},SILVER,,EE,1.005,1,1",
        f"{DAYS},SILVER,,EE,1,,1",
        f"{DAYS},SILVER,,EE,1,1,many",
        f"{DAYS},TIN,,EE,1,1,1",
        f"{DAYS},SILVER,TIN,EE,1,1,1",
        "99999Z,2027-01-01,2026-10-18,2026-12-17,SILVER,,EE,1,1,1",
        "20418A,2027-01-01,soon,2026-12-17,SILVER,,EE,1,1,1",
        f"{DAYS},SILVER,,EE,1,1,1",
        f"{DAYS},SILVER,,EE,2,2,2",
        f"{DAYS},SILVER,,ES,2,2,2,more,and more",
        f"{DAYS},TIN,IRON,EE,1,1,1",
        "20418A,2027-01-01,2026-10-18,soon,SILVER,,EC,free,1,none",
        "20418A,2027-01-01,2026-10-18,2026-12-18,SILVER,,EC,1,1,1",
    ]

    page = upload(browser, HEAD + "\n".join(wrong))

    assert errors(page) == [
        "Line 2: Tier: We know no such tier. Use EE, ES, EC or FAM.",
        "Line 3: Tier: We know no such tier. Use EE, ES, EC or FAM.",
        "Line 4: Current rate: Enter dollars and cents above zero, such as 612.47.",
        "Line 5: Renewal rate: Enter dollars and cents above zero, such as 612.47.",
        "Line 6: Contracts: Enter a whole number of contracts, such as 12.",
        "Line 7: Plan: We know no such plan.",
        "Line 8: New plan: We know no such plan.",
        "Line 9: Group: We know no such group.",
        "Line 10: Available on: Enter a day, such as 2027-01-01 or 1/1/2027.",
        "Line 12: This plan and tier stand there twice.",
        "Line 13: This line has too many or too long cells, or invisible characters.",
        "Line 14: Plan: We know no such plan.",
        "Line 14: New plan: We know no such plan.",
        "Line 15: Respond by: Enter a day, such as 2027-01-01 or 1/1/2027.",
        "Line 15: Current rate: Enter dollars and cents above zero, such as 612.47.",
        "Line 15: Contracts: Enter a whole number of contracts, such as 12.",
        "Line 16: Available on and Respond by are other days than in line 11, of the same renewal.",
    ]
    assert text(page, "title").startswith("Error:")
    assert not Renewal.objects.exists()


def test_every_group_without_a_renewal_to_draft_is_named(browser, group):
    EmployerGroupFactory(group_id="20533A", market="large")
    EmployerGroupFactory(group_id="20677A")
    EmployerGroupFactory(group_id="91578A", status="terminated")
    offered(group)
    others = (
        LINES.replace("20418A", "20533A")
        + LINES.replace("20418A", "20677A").replace("2026-12-17", "2027-02-01")
        + LINES.replace("20418A", "91578A")
    )

    page = upload(browser, HEAD + LINES + others)

    assert errors(page) == [
        "20418A: This group has a renewal of this day already. Withdraw it first.",
        "20533A: Renewals of large groups are not made here.",
        "20677A: The dates must follow each other: available on, respond by, renewal date.",
        "91578A: This group has ended. It is not renewed.",
    ]
    assert Renewal.objects.count() == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "This file is empty."),
        ("%PDF-1.7", "This is a PDF. Choose a CSV file."),
        ("Group,Plan\na,b\n", "A column is missing: Renewal date, Available on, Respond by, Tier, Current rate, Renewal rate, Contracts. The first line must name the columns."),
        (HEAD, "Below the headings there is no line."),
        (HEAD + 'a,"b\n', "Line 2 has a quotation mark that is not closed. Correct it and choose the file again."),
    ],
    ids=range(5),
)  # fmt: skip
def test_what_is_no_file_of_renewals_is_told(browser, content, message):
    assert errors(upload(browser, content)) == [message]


def test_the_sample_is_a_file_that_can_be_uploaded(browser, group):
    for code in ("SILVER-HMO-3000", "GOLD-PPO-1000", "GOLD-PPO-1500"):
        PlanFactory(code=code)
    [link] = select(browser.get(f"{LIST}add/"), "main a[href$='sample.csv']")

    sample = browser.get(link.get("href"))
    page = upload(browser, sample.content.decode())

    assert sample["Content-Disposition"] == 'attachment; filename="renewals-sample.csv"'
    assert text(page, ".ep-messages") == "1 renewal drafted."
    assert Renewal.objects.get().rates.count() == 3


def test_the_page_says_what_every_column_is(browser):
    page = browser.get(f"{LIST}add/")

    assert [found.text for found in select(page, "aside dt")] == HEAD.strip().split(",")
    assert all(found.text_content().strip() for found in select(page, "aside dd"))


@pytest.mark.parametrize("count", [1, 4])
def test_a_file_of_any_length_asks_the_same_number_of_times(
    group, count, django_assert_num_queries
):
    staff, silver = UserFactory(), PlanFactory()
    line = Offered(silver, silver, "EE", Decimal(1), Decimal(2), 3)
    days = date(2027, 1, 1), date(2026, 10, 18), date(2026, 12, 17)
    drafts = [Draft(one, *days, [line]) for one in EmployerGroupFactory.create_batch(count)]

    with django_assert_num_queries(7):
        draft_renewals(drafts, by=staff)
    assert Renewal.objects.count() == count


def test_a_draft_that_looks_odd_says_so(browser, group):
    silver = Plan.objects.get(code="SILVER")
    RateFactory(group=group, plan=silver, tier="EE", amount="498.20")
    RateFactory(group=group, plan=silver, tier="FAM", amount="1400.00")
    upload(browser, HEAD + LINES)
    page = browser.get(page_of(Renewal.objects.get()))
    assert [found.text for found in select(page, ".ep-notice--warn li")] == [
        f"{silver.name}, Family: the file says $1,419.87 a month now, our rates say $1,400.00."
    ]

    EmployerGroup.objects.update(renewal_date=date(2027, 3, 1), status="terminated")
    Rate.objects.filter(tier="FAM").delete()
    Renewal.objects.update(respond_by=date(2026, 11, 20))
    page = browser.get(page_of(Renewal.objects.get()))

    assert [found.text for found in select(page, ".ep-notice--warn li")] == [
        "The group has ended. You cannot publish this renewal.",
        "The last day to accept has passed. You cannot publish this renewal.",
        "The group renews on March 1, 2027, and this renewal is of January 1, 2027.",
        f"{silver.name}, Family: we have no rate on December 31, 2026 to compare $1,419.87 with.",
    ]


def test_a_draft_that_could_not_be_completed_says_so(browser, group):
    silver = Plan.objects.get(code="SILVER")
    for tier, amount in (("EE", "498.20"), ("FAM", "1419.87"), ("ES", "996.40")):
        RateFactory(group=group, plan=silver, tier=tier, amount=amount)
    Plan.objects.filter(code="SILVER").update(term_date=date(2026, 12, 31))
    upload(browser, HEAD + LINES)

    page = browser.get(page_of(Renewal.objects.get()))

    assert [found.text for found in select(page, ".ep-notice--warn li")] == [
        f"{silver.name}: no new amount for Employee + Spouse. It stays as it is today.",
        f"It could not be completed as things are: {silver}: We do not have this plan on Jan 1, 2027.",
    ]


# --- Publishing and withdrawing -------------------------------------------------------------------


def test_a_draft_is_published_and_withdrawn(browser, boss, group):
    upload(browser, HEAD + LINES)
    renewal, person = Renewal.objects.get(), primary_of(group).user
    page = browser.get(page_of(renewal))
    assert "+$1,048.67" in text(page, "main")

    [form] = select(page, "main form[action$='/publish/']")
    page = browser.post(form.get("action"), dict(form.form_values()), follow=True)

    assert text(page, ".ep-messages") == "Published. The group sees it from the day it is available on."  # fmt: skip
    assert "To be accepted" in seen_by(person, group)[0]
    assert not select(page, "main form[action$='/publish/']")

    [link] = select(page, "main a[href$='/withdraw/']")
    [form] = select(browser.get(link.get("href")), "main form")
    page = browser.post(link.get("href"), {**dict(form.form_values()), "reason": REASON}, follow=True)  # fmt: skip

    assert text(page, ".ep-messages") == "Withdrawn. The group does not see it."
    assert seen_by(person, group) == []
    event = AuditEvent.objects.get(kind="groups.renewal_withdrawn")
    assert (event.actor_key, event.note) == (boss.pk, REASON)
    assert text(upload(browser, HEAD + LINES), ".ep-messages") == "1 renewal drafted."


def test_an_offer_of_a_later_day_is_not_shown_before(browser, group):
    upload(browser, HEAD + LINES.replace("2026-10-18", "2026-11-22"))
    browser.post(page_of(Renewal.objects.get(), "publish/"), {"version": 1})
    person = primary_of(group).user

    assert seen_by(person, group) == []
    with time_machine.travel("2026-11-22 12:00 -0500", tick=False):
        assert len(seen_by(person, group)) == 1


def test_withdrawing_asks_for_a_reason_and_keeps_what_was_typed(browser, group):
    renewal = offered(group)

    page = browser.post(page_of(renewal, "withdraw/"), {"version": 1, "reason": "Wrong"})

    assert errors(page) == ["Write at least 10 characters, so that a colleague understands."]
    assert select(page, "#id_reason")[0].value.strip() == "Wrong"


@pytest.mark.parametrize("deed", ["publish", "withdraw"])
def test_whoever_comes_second_is_told(browser, group, deed):
    renewal = offered(group, state="draft", version=2)

    page = browser.post(page_of(renewal, f"{deed}/"), {"version": 1, "reason": REASON}, follow=True)  # fmt: skip

    assert "Somebody has changed this in the meantime" in text(page, ".ep-messages")
    assert Renewal.objects.get().state == "draft"


@pytest.mark.parametrize("version", ["", "x", "0"])
def test_a_forged_form_publishes_nothing(browser, group, version):
    renewal = offered(group, state="draft")

    response = browser.post(page_of(renewal, "publish/"), {"version": version})

    assert response.url == page_of(renewal)
    assert Renewal.objects.get().state == "draft"


# --- Accepted: decided in the queue ---------------------------------------------------------------


@pytest.fixture
def accepted(group):
    renewal, person = offered(group), primary_of(group).user
    address = f"/g/{group.slug}/renewals/{renewal.key}/accept/"
    browser_of(person).post(address, {"attested": "on", "version": "1"})
    return renewal


def test_what_we_complete_is_accepted(accepted):
    nora = browser_of(staff_with("am_specialist"))
    sent = Transaction.objects.get()
    assert sent.number in text(nora.get(QUEUE), "tbody")

    nora.post(f"{QUEUE}{sent.pk}/complete/", {"version": sent.version})

    accepted.refresh_from_db()
    assert (accepted.state, accepted.accepted_by) == ("accepted", sent.submitted_by)
    assert "Accepted" in seen_by(sent.submitted_by, accepted.group)[0]


def test_what_we_reject_is_open_again(accepted, browser):
    nora = browser_of(staff_with("am_specialist"))
    sent = Transaction.objects.get()

    nora.post(f"{QUEUE}{sent.pk}/reject/", {"version": sent.version, "reason": "Not signed."})

    accepted.refresh_from_db()
    assert (accepted.state, accepted.accepted_by) == ("offered", None)
    page = browser_of(sent.submitted_by).get(f"/g/{accepted.group.slug}/renewals/{accepted.key}/")
    assert "Not signed." in text(page, "main")
    assert select(page, "main a[href$='/accept/']")
    assert select(browser.get(page_of(accepted)), "main a[href$='/withdraw/']")


def test_what_waits_for_us_is_not_withdrawn(browser, accepted):
    page = browser.get(page_of(accepted))

    assert Transaction.objects.get().number in text(page, "main")
    assert not select(page, "main a[href$='/withdraw/']")
    page = browser.get(page_of(accepted, "withdraw/"), follow=True)
    assert text(page, ".ep-messages") == "This renewal cannot be withdrawn any more."
    page = browser.post(page_of(accepted, "withdraw/"), {"version": 1, "reason": REASON}, follow=True)  # fmt: skip
    assert "accepted already" in text(page, ".ep-messages")
    assert Renewal.objects.get().state == "offered"


# --- Who may --------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["am_specialist", "read_only", "system_admin"])
def test_who_may_read_and_neither_draft_nor_decide(role, group):
    renewal, browser = offered(group, state="draft"), browser_of(staff_with(role))

    assert "+$440.88" in text(browser.get(page_of(renewal)), "main")
    assert not select(browser.get(page_of(renewal)), "main form[method=post], main a[href$='/withdraw/']")  # fmt: skip
    assert not select(browser.get(LIST), f"main a[href='{LIST}add/']")
    for more in (f"{LIST}add/", f"{LIST}sample.csv", page_of(renewal, "withdraw/")):
        assert browser.get(more).status_code == 403
    for deed in ("publish", "withdraw"):
        answer = browser.post(page_of(renewal, f"{deed}/"), {"version": 1, "reason": REASON})
        assert answer.status_code == 403
    assert upload(browser, HEAD + LINES).status_code == 403
    assert Renewal.objects.get().state == "draft"


def test_billing_staff_and_employers_see_none_of_it(group):
    renewal = offered(group)

    for person in (staff_with("billing_staff"), primary_of(group).user, UserFactory()):
        for address in (LIST, page_of(renewal), f"{LIST}add/", f"{LIST}sample.csv"):
            assert browser_of(person).get(address, follow=True).status_code == 403


def test_people_of_single_units_see_no_renewal(group):
    renewal, unit = offered(group), SubgroupFactory(group=group)
    person = given(group, "administrator", units=[unit.pk]).user

    for more in ("", f"{renewal.key}/", f"{renewal.key}/accept/", f"{renewal.key}/renewal.pdf"):
        assert browser_of(person).get(f"/g/{group.slug}/renewals/{more}").status_code == 403


@pytest.mark.parametrize("count", [1, 4])
def test_any_number_of_renewals_costs_the_same(browser, count, django_assert_num_queries):
    for _ in range(count):
        offered(EmployerGroupFactory())
    browser.get(LIST)

    with django_assert_num_queries(12):
        assert len(select(browser.get(LIST), "tbody tr")) == count
