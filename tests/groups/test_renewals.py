"""Renewals: what they cost, who may accept them, what becomes of an acceptance, the clock."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.core.exceptions import ValidationError
from hypothesis import given as for_all
from hypothesis import strategies as st

from accounts.roles import ROLES
from groups import tasks
from groups.actions import renewals, transactions
from groups.actions.renewals import Offered, draft_renewal, publish_renewal, withdraw_renewal
from groups.models import EmployerGroup, Renewal, Transaction
from groups.renewal_costs import Cost, Line, total
from portal.models import AuditEvent
from tests.access import given, primary_of
from tests.factories import (
    EmployerGroupFactory,
    PlanFactory,
    RateFactory,
    RenewalFactory,
    RenewalRateFactory,
    StaffFactory,
    UserFactory,
)
from tests.html import errors, select, text

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 21)
ACCEPT = {"attested": "on", "version": "1"}


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel("2026-11-21 12:00 -0500", tick=False):
        yield


@pytest.fixture
def renewal():
    found = RenewalFactory()
    RenewalRateFactory(renewal=found, tier="FAM", contracts=3,
                       current_amount="1800.00", renewal_amount="1710.50")  # fmt: skip
    RenewalRateFactory(
        renewal=found, current_plan=found.rates.get().current_plan, tier="EE", contracts=10,
        current_amount="612.47", renewal_amount="649.21",
    )  # fmt: skip
    return found


@pytest.fixture
def primary(renewal, client):
    grant = primary_of(renewal.group)
    client.force_login(grant.user)
    return grant


def page(renewal, more=""):
    return f"/g/{renewal.group.slug}/renewals/{renewal.key}/{more}"


def accept(renewal, by, **more):
    typed = {"version": renewal.version, "form_key": None, **more}
    return renewals.accept_renewal(renewal, **typed, by=by)


# --- What it costs ------------------------------------------------------------------------------------


@for_all(
    st.lists(
        st.tuples(
            st.decimals("0.01", "99999", places=2),
            st.decimals("0.01", "99999", places=2),
            st.integers(0, 500),
        )
    )
)
def test_the_total_is_what_every_contract_pays_exactly(rows):
    lines = [Line("", number, Cost(now, then)) for now, then, number in rows]
    month = total(line.month for line in lines)

    one_by_one = [Cost(now, then) for now, then, number in rows for _contract in range(number)]
    assert month == Cost(
        sum((cost.now for cost in one_by_one), Decimal(0)),
        sum((cost.then for cost in one_by_one), Decimal(0)),
    )
    assert month.now + month.difference == month.then


@pytest.mark.parametrize(
    ("now", "then", "percent"),
    [
        ("612.47", "649.21", "6.0"),
        ("1000", "1000", "0.0"),
        ("1000", "990.50", "-1.0"),
        ("0", "5", None),
    ],
)
def test_percent_is_to_a_tenth(now, then, percent):
    found = Cost(Decimal(now), Decimal(then)).percent

    assert found == (None if percent is None else Decimal(percent))


# --- Pages ------------------------------------------------------------------------------------------


def test_rates_stand_side_by_side_with_the_difference_for_todays_contracts(
    client, renewal, primary
):
    response = client.get(page(renewal))

    rows = [
        [" ".join(cell.text_content().split()) for cell in row.cssselect("th, td")]
        for row in select(response, "tbody tr, tfoot tr")
    ]
    assert rows == [
        ["Employee", "10", "$612.47", "$649.21", "+$36.74+6.0%", "+$367.40"],
        ["Family", "3", "$1,800.00", "$1,710.50", "−$89.50−5.0%", "−$268.50"],
        ["Plan, all contracts", "13", "$11,524.70", "$11,623.60", "+0.9%", "+$98.90"],
    ]
    assert "+$1,186.80" in text(response, "aside")


def test_drafts_and_offers_of_later_days_are_not_shown(client, renewal, primary):
    draft = RenewalFactory(group=renewal.group, renewal_date=date(2028, 1, 1), state="draft",
                           available_on=TODAY, respond_by=TODAY)  # fmt: skip
    later = RenewalFactory(group=renewal.group, renewal_date=date(2029, 1, 1),
                           available_on=TODAY + timedelta(days=1))  # fmt: skip

    listed = select(client.get(f"/g/{renewal.group.slug}/renewals/"), "tbody tr")

    assert len(listed) == 1
    assert client.get(page(draft)).status_code == client.get(page(later)).status_code == 404


def test_large_groups_are_told_why_there_is_none(client):
    group = EmployerGroupFactory(market="large")
    client.force_login(primary_of(group).user)

    assert "large groups" in text(client.get(f"/g/{group.slug}/renewals/"), "main")


def test_the_pdf_is_a_download(client, renewal, primary):
    response = client.get(page(renewal, "renewal.pdf"))

    assert response.content.startswith(b"%PDF-")
    event = AuditEvent.objects.get(kind="groups.renewal_downloaded")
    assert (event.actor_key, event.target_key) == (primary.user.pk, str(renewal.pk))
    name = f"renewal-{renewal.group.slug}-2027-01-01.pdf"
    assert response["Content-Disposition"] == f'attachment; filename="{name}"'


# --- Accepting ----------------------------------------------------------------------------------------


def test_an_acceptance_waits_for_us_and_is_done_when_we_complete_it(client, renewal, primary):
    response = client.post(page(renewal, "accept/"), ACCEPT, follow=True)

    sent = Transaction.objects.get()
    assert sent.number in text(response, "body")
    assert (sent.kind, sent.status, sent.waits_for) == (
        "groups.renewal_accepted", "pending", "carrier",
    )  # fmt: skip
    assert (sent.before["monthly"], sent.after["monthly"]) == ("$11,524.70", "$11,623.60")
    assert sent.effective_date == date(2027, 1, 1)
    assert Renewal.objects.get().state == "offered"

    transactions.complete(sent, by=StaffFactory(), version=sent.version)

    done = Renewal.objects.get()
    assert (done.state, done.accepted_by) == ("accepted", primary.user)
    assert "It is done" in text(client.get(page(renewal)), "main")


def test_acceptance_needs_the_attestation(client, renewal, primary):
    response = client.post(page(renewal, "accept/"), {"version": "1"})

    assert errors(response) == ["Confirm that you are authorized to accept this renewal."]
    assert not Transaction.objects.exists()


@pytest.mark.parametrize(
    ("role", "atoms"),
    [
        ("custom", ["renewal_view", "group_contacts_edit"]),
        ("custom", ["users_manage"]),
        ("custom", sorted(ROLES["emergency"].atoms)),
        ("broker_full", []),
    ],
)
def test_only_administrators_accept(client, renewal, role, atoms):
    grant = given(renewal.group, role, atoms=atoms)
    client.force_login(grant.user)

    assert client.post(page(renewal, "accept/"), ACCEPT).status_code == 403
    assert not Transaction.objects.exists()


def test_who_may_only_look_is_told_who_accepts(client, renewal):
    client.force_login(given(renewal.group, atoms=["renewal_view"]).user)

    response = client.get(page(renewal))

    assert "Only administrators" in text(response, "aside")
    assert select(response, "a[href$='accept/']") == []


def test_the_same_form_twice_is_one_acceptance(client, renewal, primary):
    key = select(client.get(page(renewal, "accept/")), "[name=form_key]")[0].value

    for _time in range(2):
        client.post(page(renewal, "accept/"), {**ACCEPT, "form_key": key})

    assert Transaction.objects.count() == 1


def test_a_renewal_is_accepted_once(renewal):
    accept(renewal, UserFactory())

    with pytest.raises(ValidationError) as refused:
        accept(renewal, UserFactory())
    assert refused.value.code == "waits"


def test_after_a_rejection_it_can_be_accepted_again(client, renewal, primary):
    sent = accept(renewal, primary.user)
    transactions.reject(sent, reason="The form is not signed.", by=StaffFactory(), version=1)

    response = client.get(page(renewal))

    assert "The form is not signed." in text(response, "main")
    assert accept(renewal, primary.user).status == "pending"


def test_another_renewal_of_the_day_knows_nothing_of_the_first(client, renewal, primary):
    sent = accept(renewal, primary.user)
    transactions.reject(sent, reason="The form is not signed.", by=StaffFactory(), version=1)
    withdraw_renewal(renewal, version=1, reason="Wrong rates.", by=StaffFactory())
    second = RenewalFactory(group=renewal.group)
    second.refresh_from_db()

    assert "The form is not signed." not in text(client.get(page(second)), "main")
    assert accept(second, primary.user).before["renewal"] == str(second.key)
    assert (
        select(
            client.get(f"/g/{renewal.group.slug}/transactions/{sent.number}/"),
            "main a[href*='/renewals/']",
        )
        == []
    )


def test_an_acceptance_is_not_completed_for_a_group_that_has_ended(renewal, primary):
    sent = accept(renewal, primary.user)
    EmployerGroup.objects.filter(pk=renewal.group_id).update(status="terminated")

    with pytest.raises(ValidationError) as refused:
        transactions.complete(sent, version=1, by=StaffFactory())

    renewal.refresh_from_db()
    assert (refused.value.code, renewal.state) == ("terminated", "offered")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"respond_by": TODAY - timedelta(days=1)}, "not_open"),
        ({"state": "lapsed"}, "not_open"),
        ({"version": 2}, "stale"),
    ],
)
def test_what_is_over_or_changed_is_not_accepted(renewal, changes, code):
    Renewal.objects.update(**changes)

    with pytest.raises(ValidationError) as refused:
        accept(renewal, UserFactory())
    assert refused.value.code == code


def test_it_can_be_accepted_through_the_last_day(renewal):
    Renewal.objects.update(respond_by=TODAY)

    assert accept(renewal, UserFactory()).is_undecided


# --- Asking -------------------------------------------------------------------------------------------


def test_a_question_waits_for_us(client, renewal):
    client.force_login(given(renewal.group, atoms=["renewal_view"]).user)

    response = client.post(page(renewal, "ask/"), {"question": "Why more?"}, follow=True)

    sent = Transaction.objects.get()
    assert (sent.kind, sent.waits_for, sent.after) == (
        "groups.renewal_question_asked", "carrier", {"renewal": str(renewal.key), "question": "Why more?"},
    )  # fmt: skip
    assert sent.number in text(response, "body")


def test_the_answer_stands_on_the_transaction_with_the_way_to_the_renewal(client, renewal):
    person = given(renewal.group, atoms=["renewal_view", "transactions_view"]).user
    client.force_login(person)
    client.post(page(renewal, "ask/"), {"question": "Why more?"})
    sent = Transaction.objects.get()
    address = f"/g/{renewal.group.slug}/transactions/{sent.number}/"
    assert select(client.get(address), f"aside a[href='{page(renewal)}']")
    assert "Our answer" not in text(client.get(address), "main")
    assert f"{sent.number}Waits for us" in text(client.get(page(renewal)), "main aside")

    transactions.complete(sent, by=StaffFactory(), version=1, answer=" Care costs more. ")

    response = client.get(address)
    assert f"{sent.number}Answered" in text(client.get(page(renewal)), "main aside")
    assert text(response, ".ep-notice--ok p") == "Care costs more."
    assert Transaction.objects.get().after == {
        "renewal": str(renewal.key),
        "question": "Why more?",
        "answer": "Care costs more.",
    }


def test_a_question_is_not_completed_without_an_answer(renewal):
    sent = renewals.ask_about_renewal(renewal, question="Why?", form_key=None, by=UserFactory())

    with pytest.raises(ValidationError) as refused:
        transactions.complete(sent, by=StaffFactory(), version=1, answer=" ")
    assert refused.value.code == "answer"
    assert Transaction.objects.get().is_undecided


def test_without_the_renewal_no_way_leads_to_it(client, renewal):
    client.force_login(given(renewal.group, atoms=["renewal_view", "transactions_view"]).user)
    client.post(page(renewal, "ask/"), {"question": "Why more?"})
    Renewal.objects.update(state="withdrawn")

    response = client.get(
        f"/g/{renewal.group.slug}/transactions/{Transaction.objects.get().number}/"
    )

    assert select(response, f"aside a[href='{page(renewal)}']") == []


@pytest.mark.parametrize("more", ["", "accept/", "ask/", "renewal.pdf"])
def test_what_we_withdrew_meanwhile_is_told(client, renewal, primary, more):
    Renewal.objects.update(state="withdrawn")

    response = (
        client.post(page(renewal, more), ACCEPT, follow=True)
        if more == "accept/"
        else client.get(page(renewal, more), follow=True)
    )

    assert "We withdrew this renewal." in text(response, ".ep-messages")
    assert not Transaction.objects.exists()


# --- The clock ------------------------------------------------------------------------------------------


def test_what_nobody_accepted_lapses(renewal):
    late = RenewalFactory(respond_by=TODAY - timedelta(days=1))
    open_today = RenewalFactory(respond_by=TODAY)

    tasks.lapse_renewals()
    tasks.lapse_renewals()

    assert set(Renewal.objects.filter(state="lapsed")) == {late}
    assert Renewal.objects.get(pk=open_today.pk).state == "offered"
    assert AuditEvent.objects.filter(kind="groups.renewal_lapsed").count() == 1


def test_renewals_lapse_in_batches(monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(renewals, "BATCH", 2)
    for _number in range(3):
        RenewalFactory(respond_by=TODAY - timedelta(days=1))

    with django_assert_num_queries(6):
        assert renewals.lapse_renewals(TODAY) == 2
    tasks.lapse_renewals()

    assert Renewal.objects.filter(state="lapsed").count() == 3


def test_what_lapsed_is_withdrawn_and_offered_anew(renewal):
    Renewal.objects.update(respond_by=TODAY - timedelta(days=1))
    tasks.lapse_renewals()
    renewal.refresh_from_db()

    withdraw_renewal(renewal, version=renewal.version, reason="Later.", by=StaffFactory())
    again = publish_renewal(drafted(renewal.group), version=1, by=StaffFactory())

    assert again.is_open(TODAY)


def test_an_acceptance_that_waits_keeps_the_renewal_open(renewal):
    accept(renewal, UserFactory())
    Renewal.objects.update(respond_by=TODAY - timedelta(days=1))

    tasks.lapse_renewals()

    assert Renewal.objects.get().state == "offered"
    sent = Transaction.objects.get()
    transactions.complete(sent, by=StaffFactory(), version=sent.version)
    assert Renewal.objects.get().state == "accepted"


# --- Staff ------------------------------------------------------------------------------------------------


def drafted(group, **more):
    plan = PlanFactory()
    line = Offered(plan, plan, "EE", Decimal("612.47"), Decimal("649.21"), 12)
    days = {
        "renewal_date": date(2027, 1, 1),
        "available_on": TODAY,
        "respond_by": date(2026, 12, 15),
    }
    return draft_renewal(group, **{**days, "offered": [line], **more}, by=StaffFactory())


def test_a_draft_is_published_and_withdrawn_for_another():
    group, staff = EmployerGroupFactory(), StaffFactory()
    renewal = publish_renewal(drafted(group), version=1, by=staff)
    renewal = withdraw_renewal(renewal, version=2, reason="Wrong rates.", by=staff)

    again = drafted(group)

    assert (renewal.state, again.state) == ("withdrawn", "draft")
    with pytest.raises(ValidationError):
        publish_renewal(renewal, version=3, by=staff)


@pytest.mark.parametrize(
    ("group", "days", "code"),
    [
        ({"market": "large"}, {}, "large"),
        ({}, {"respond_by": date(2027, 1, 2)}, "order"),
        ({}, {"available_on": date(2026, 12, 16)}, "order"),
    ],
)
def test_what_makes_no_sense_is_not_drafted(group, days, code):
    with pytest.raises(ValidationError) as refused:
        drafted(EmployerGroupFactory(**group), **days)
    assert refused.value.code == code


def test_a_plan_costs_the_same_whichever_it_follows():
    silver, gold, platinum = PlanFactory.create_batch(3)
    group = EmployerGroupFactory()

    def offered(second, tier="EE"):
        return [
            Offered(silver, platinum, "EE", Decimal(500), Decimal(600), 3),
            Offered(gold, platinum, tier, Decimal(700), Decimal(second), 2),
        ]

    with pytest.raises(ValidationError) as refused:
        drafted(group, offered=offered(601))
    assert refused.value.code == "clash"
    assert f"{platinum.name} with different amounts for Employee" in refused.value.messages[0]
    withdraw_renewal(drafted(group, offered=offered(600)), version=1, reason="x", by=StaffFactory())
    assert drafted(group, offered=offered(601, "FAM"))


def test_a_plan_the_group_has_is_not_repriced_without_a_word():
    group, gold, silver = EmployerGroupFactory(), *PlanFactory.create_batch(2)
    RateFactory(group=group, plan=gold, tier="EE", amount=Decimal("594.10"))
    RateFactory(group=group, plan=silver, tier="EE", amount=Decimal("478.90"))
    line = Offered(gold, silver, "EE", Decimal("594.10"), Decimal("999.00"), 12)
    draft = drafted(group, offered=[line])

    with pytest.raises(ValidationError) as refused:
        publish_renewal(draft, version=1, by=StaffFactory())

    draft.refresh_from_db()
    assert (refused.value.code, draft.state) == ("rates", "draft")
    assert (
        f"{silver}, Employee: The group has this plan today for $478.90, and the renewal does not compare it."
        in refused.value.messages[0]
    )


def test_a_draft_whose_last_day_has_passed_is_not_published():
    draft = drafted(EmployerGroupFactory(), respond_by=TODAY)
    Renewal.objects.update(
        available_on=TODAY - timedelta(days=2), respond_by=TODAY - timedelta(days=1)
    )

    with pytest.raises(ValidationError) as refused:
        publish_renewal(draft, version=1, by=StaffFactory())
    assert refused.value.code == "over"


def test_a_group_that_has_ended_is_offered_nothing():
    group = EmployerGroupFactory()
    draft = drafted(group)
    group.status = "terminated"
    group.save()

    with pytest.raises(ValidationError) as refused:
        publish_renewal(draft, version=1, by=StaffFactory())
    assert refused.value.code == "terminated"
    with pytest.raises(ValidationError):
        drafted(group, renewal_date=date(2028, 1, 1))


def test_one_renewal_a_year():
    group = EmployerGroupFactory()
    drafted(group)

    with pytest.raises(ValidationError) as refused:
        drafted(group)
    assert refused.value.code == "twice"


def test_an_accepted_renewal_is_not_withdrawn(renewal):
    accept(renewal, UserFactory())

    with pytest.raises(ValidationError) as refused:
        withdraw_renewal(renewal, version=1, reason="Oops", by=StaffFactory())
    assert refused.value.code == "waits"
