"""Emergency access: one hour, with a reason, and everybody hears of it."""

from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.actions.emergency import break_glass, end_emergency
from accounts.actions.grants import suspend_grant
from accounts.models import Grant
from accounts.roles import EMERGENCY
from portal import mail
from portal.models import AuditEvent, OutboundEmail
from tests.access import given, primary_of
from tests.accounts.test_codes_concurrency import at_once
from tests.factories import EmployerGroupFactory, UserFactory
from tests.html import select, text
from tests.staff import browser_of, staff_with

pytestmark = pytest.mark.django_db
REASON = "The payroll file of the group came in twice."
GRANTS = "/staff/accounts/grant/"


@pytest.fixture
def boss():
    return staff_with("am_supervisor", first_name="Ben", last_name="Whitaker")


@pytest.fixture
def group():
    return EmployerGroupFactory(slug="20533a")


def test_one_hour_and_no_more(boss, group):
    before = timezone.now()

    grant = break_glass(group, reason=REASON, by=boss)

    browser = browser_of(boss)
    assert (grant.role, grant.source, grant.user, grant.parent) == (
        "emergency",
        "emergency",
        boss,
        None,
    )
    assert timedelta(minutes=59) < grant.ends_at - before <= timedelta(minutes=61)
    assert set(grant.atoms) == EMERGENCY.atoms
    assert browser.get("/g/20533a/").status_code == 200
    with time_machine.travel(grant.ends_at, tick=False):
        assert not Grant.objects.in_force().filter(pk=grant.pk).exists()
    with time_machine.travel(grant.ends_at - timedelta(minutes=50), tick=False):
        assert browser.get("/g/20533a/").status_code == 200


def test_it_ends_by_the_clock(boss, group):
    grant = break_glass(group, reason=REASON, by=boss)

    with time_machine.travel(grant.ends_at, tick=False):
        assert browser_of(boss).get("/g/20533a/").status_code == 404


def test_what_nobody_of_staff_does_is_not_in_it(boss, group):
    grant = break_glass(group, reason=REASON, by=boss)

    assert not {
        "users_manage", "payment_make", "payment_method_manage", "autopay_manage", "member_pii_reveal",
    } & set(grant.atoms)  # fmt: skip


def test_the_group_reads_who_and_why_and_the_mail_names_nothing(boss, group):
    primaries = [primary_of(group), primary_of(group)]
    closed = primary_of(group)
    closed.user.is_active = False
    closed.user.save()

    break_glass(group, reason=REASON, by=boss)

    event = AuditEvent.objects.get(kind="accounts.emergency_opened")
    assert (event.group_key, event.actor_label, event.note) == (group.pk, "Ben Whitaker", REASON)
    letters = OutboundEmail.objects.filter(template="accounts/emergency_access")
    assert {letter.to for letter in letters} == {grant.user.email for grant in primaries}
    _subject, body, _html = mail.render(letters[0])
    assert "/g/20533a/activity/" in body
    for secret in (REASON, "Whitaker"):
        assert secret not in body


def test_not_twice_at_the_same_time(boss, group):
    break_glass(group, reason=REASON, by=boss)

    with pytest.raises(ValidationError) as caught:
        break_glass(group, reason=REASON, by=boss)

    assert caught.value.code == "twice"
    assert Grant.objects.count() == 1


def test_again_after_the_hour_whether_it_was_swept_or_not(boss, group):
    first = break_glass(group, reason=REASON, by=boss)

    with time_machine.travel(first.ends_at + timedelta(seconds=1), tick=False):
        second = break_glass(group, reason=REASON, by=boss)

    first.refresh_from_db()
    assert (first.state, second.state) == ("revoked", "active")


def test_two_groups_and_two_people_at_the_same_time(boss, group):
    break_glass(group, reason=REASON, by=boss)
    break_glass(EmployerGroupFactory(), reason=REASON, by=boss)
    break_glass(group, reason=REASON, by=staff_with("system_admin"))

    assert Grant.objects.in_force().count() == 3


def test_it_can_be_ended_before(boss, group):
    grant = break_glass(group, reason=REASON, by=boss)

    end_emergency(grant, by=boss)
    end_emergency(grant, by=boss)

    grant.refresh_from_db()
    assert grant.state == "revoked"
    assert browser_of(boss).get("/g/20533a/").status_code == 404


def test_nobody_ends_what_is_not_theirs(boss, group):
    emergency = break_glass(group, reason=REASON, by=boss)
    ordinary = given(group, "viewer")

    for grant, by in ((emergency, staff_with("am_supervisor")), (ordinary, ordinary.user)):
        with pytest.raises(ValidationError):
            end_emergency(grant, by=by)

    assert Grant.objects.in_force().count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_double_click():
    boss, group = staff_with("am_supervisor"), EmployerGroupFactory()

    results = at_once(*[lambda: break_glass(group, reason=REASON, by=boss)] * 2)

    assert sorted(getattr(result, "code", "open") for result in results) == ["open", "twice"]


def test_own_access_that_rests_is_not_replaced(boss, group):
    own = given(group, "viewer", user=UserFactory(), parent=primary_of(group))
    own.user.is_staff = True
    own.user.save()
    suspend_grant(own, by=boss, suspension=Grant.Suspension.ADMINISTRATOR)

    with pytest.raises(ValidationError) as caught:
        break_glass(group, reason=REASON, by=own.user)

    own.refresh_from_db()
    assert (caught.value.code, own.state) == ("resting", Grant.State.SUSPENDED)
    assert not Grant.objects.filter(role=EMERGENCY.key).exists()


# --- Pages


def test_from_the_page_of_the_group_into_it_and_back(boss, group):
    browser = browser_of(boss)
    page = browser.get(f"/staff/groups/employergroup/{group.pk}/change/")
    [link] = select(page, f"a[href$='/emergency/{group.pk}/']")

    inside = browser.post(link.get("href"), {"reason": REASON}, follow=True)

    assert inside.redirect_chain == [("/g/20533a/", 302)]
    bar = text(inside, ".ep-viewbar")
    assert bar.startswith("Emergency access until ")
    assert "ET. Everything is written down." in bar
    [form] = select(inside, ".ep-viewbar form")
    outside = browser.post(form.get("action"), follow=True)
    assert text(outside, ".ep-messages") == "Your emergency access has ended."
    assert browser.get("/g/20533a/").status_code == 404


def test_the_bar_costs_no_statement(boss, group):
    break_glass(group, reason=REASON, by=boss)
    counts = []
    for person in (boss, given(group, "viewer").user):
        browser = browser_of(person)
        browser.get("/g/20533a/")
        with CaptureQueriesContext(connection) as statements:
            page = browser.get("/g/20533a/")
        counts.append((len(statements), len(select(page, ".ep-viewbar"))))

    assert [bars for _number, bars in counts] == [1, 0]
    assert counts[0][0] == counts[1][0]


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("", "Write down the reason."),
        ("short", "Write at least 10 characters, so that a colleague understands."),
        ("x" * 501, "Ensure this value has at most 500 characters (it has 501)."),
        ("ten letters\u202e here", "Remove the invisible characters: copy the text without its formatting."),
        ("ten letters \x00", "Null characters are not allowed."),
    ],
)  # fmt: skip
def test_a_reason_is_needed_and_what_was_typed_stays(boss, group, typed, message):
    page = browser_of(boss).post(f"{GRANTS}emergency/{group.pk}/", {"reason": typed})

    assert message in text(page, "[data-error-summary]")
    assert text(page, "title").startswith("Error:")
    assert not Grant.objects.exists()
    if "\x00" not in typed:
        assert select(page, "textarea")[0].text.lstrip("\n") == typed or not typed


def test_a_second_time_is_told(boss, group):
    browser = browser_of(boss)
    break_glass(group, reason=REASON, by=boss)

    page = browser.post(f"{GRANTS}emergency/{group.pk}/", {"reason": REASON})

    assert "You have access to this group already." in text(page, "[data-error-summary]")
    assert not select(page, "main form .ep-button--danger")


def test_an_unknown_group_is_not_there(boss):
    assert browser_of(boss).get(f"{GRANTS}emergency/987654/").status_code == 404


@pytest.mark.parametrize("role", ["am_specialist", "read_only", "billing_staff"])
def test_who_may_not(role, group):
    person = staff_with(role)
    browser = browser_of(person)

    assert browser.get(f"{GRANTS}emergency/{group.pk}/").status_code == 403
    assert browser.post(f"{GRANTS}emergency/{group.pk}/", {"reason": REASON}).status_code == 403
    page = browser.get(f"/staff/groups/employergroup/{group.pk}/change/")
    assert not select(page, "a[href*='/emergency/']")
    assert not Grant.objects.exists()


def test_an_employer_may_not(group):
    browser = browser_of(primary_of(group).user)

    assert (
        browser.post(f"{GRANTS}emergency/{group.pk}/", {"reason": REASON}, follow=True).status_code
        == 403
    )
