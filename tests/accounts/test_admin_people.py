import pytest
from allauth.mfa.models import Authenticator
from django.core.exceptions import ValidationError

from accounts.actions import people
from accounts.actions.grants import activate_grant
from accounts.models import EndedSession
from portal import mail
from portal.models import AuditEvent, OutboundEmail
from tests.access import given
from tests.accounts.test_codes_concurrency import at_once
from tests.factories import EmployerGroupFactory, GrantFactory, UserFactory
from tests.html import select, text
from tests.staff import browser_of, staff_with

pytestmark = pytest.mark.django_db
PEOPLE = "/staff/accounts/user/"
REASON = "Left the company in October."


def page_of(person):
    return f"{PEOPLE}{person.pk}/change/"


def facts(page):
    """Return label and value of everything the page says about a person."""
    terms, values = select(page, "dt"), select(page, "dd")
    return {
        term.text_content(): " ".join(value.text_content().split())
        for term, value in zip(terms, values, strict=True)
    }


@pytest.fixture
def boss():
    return staff_with("am_supervisor", first_name="Ben", last_name="Whitaker")


@pytest.fixture
def browser(boss):
    return browser_of(boss)


def test_a_person_at_a_glance(browser):
    user = UserFactory(username="tquinn", phone="4135550188")
    group = EmployerGroupFactory(name="Cedar Ridge")
    grant = activate_grant(GrantFactory(group=group, email=user.email), user=user, by=None)
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "s3cr3t"})
    browser_of(user).get("/profile/")

    page = browser.get(page_of(user))

    shown = facts(page)
    assert shown["State"] == "Active"
    [row] = select(page, "section[aria-labelledby=grants] tbody tr")
    assert " ".join(" ".join(row.itertext()).split()) == (
        f"{group} Primary administrator ALL No end Active Open {grant}"
    )
    assert "The only primary administrator of Cedar Ridge" in text(page, ".ep-notice--warn")
    assert (shown["Sign-in Seal"], shown["Second step"]) == ("Chosen", "App or passkey")
    assert "Unknown browser" in text(page, "section[aria-labelledby=sessions] tbody")
    for secret in (b"lighthouse", b"Two loons", b"s3cr3t", user.password.encode()):
        assert secret not in page.content


def test_the_list_finds_people_by_name_email_and_group(browser):
    quinn = UserFactory(username="tquinn")
    other = UserFactory(username="other", first_name="Olga", last_name="Brandt")
    group = EmployerGroupFactory(group_id="20533A")
    activate_grant(GrantFactory(group=group, email=quinn.email), user=quinn, by=None)

    def names(query):
        return [link.text for link in select(browser.get(PEOPLE + query), "tbody th a")]

    assert names("?q=quinn") == [str(quinn)]
    assert names("?q=bran+olg") == [str(other)]
    assert names("?q=other%40ced") == [str(other)]
    assert names("?group=20533A") == [str(quinn)]
    assert names("?is_staff__exact=1") == ["Ben Whitaker"]
    assert names("?q=nobody") == []


@pytest.mark.parametrize("count", [1, 6])
def test_any_number_of_people_costs_the_same(browser, count, django_assert_num_queries):
    for user in UserFactory.create_batch(count):
        activate_grant(GrantFactory(email=user.email), user=user, by=None)
    browser.get(PEOPLE)

    with django_assert_num_queries(14):
        browser.get(PEOPLE)


def test_deactivate_signs_out_and_tells(browser, boss):
    user = UserFactory()
    theirs = browser_of(user)
    assert theirs.get("/profile/").status_code == 200

    asked = browser.get(f"{PEOPLE}{user.pk}/deactivate/")
    page = browser.post(f"{PEOPLE}{user.pk}/deactivate/", {"reason": REASON}, follow=True)

    user.refresh_from_db()
    assert "1 open session ends." in text(asked, ".ep-effect")
    assert not user.is_active
    assert theirs.get("/profile/").status_code == 302
    assert EndedSession.objects.get().reason == EndedSession.Reason.ACCOUNT_CLOSED
    assert text(page, ".ep-messages") == "Deactivated and signed out."
    event = AuditEvent.objects.get(kind="accounts.person_deactivated")
    assert (event.actor_key, event.changes, event.note) == (
        boss.pk,
        {"is_active": ["True", "False"], "sessions": ["1", "0"]},
        REASON,
    )
    letter = OutboundEmail.objects.get(to=user.email)
    assert letter.template == "accounts/person_deactivated"
    assert REASON not in "".join(mail.render(letter))


def test_deactivate_needs_a_reason(browser):
    user = UserFactory()

    page = browser.post(f"{PEOPLE}{user.pk}/deactivate/", {"reason": "because"})

    assert "Write at least 10 characters" in text(page, "[data-error-summary]")
    assert text(page, "textarea").strip() == "because"
    user.refresh_from_db()
    assert user.is_active


def test_deactivate_says_which_groups_are_left_without_a_primary_administrator(browser):
    user = UserFactory()
    alone = given(EmployerGroupFactory(name="Alone"), "primary_administrator", user=user)
    shared = given(EmployerGroupFactory(name="Shared"), "primary_administrator", user=user)
    given(shared.group, "primary_administrator")
    closed = given(alone.group, "primary_administrator", user=UserFactory(is_active=False))
    assert closed.state == "active"

    effects = text(browser.get(f"{PEOPLE}{user.pk}/deactivate/"), ".ep-effect")

    assert "Alone" in effects
    assert "is left without a primary administrator." in effects
    assert "Shared" not in effects


def test_a_person_of_many_groups_is_shown_with_a_few(browser):
    user = UserFactory(first_name="Alicia", last_name="Grant")
    for number in range(5):
        given(EmployerGroupFactory(name=f"Client {number}"), "broker_full", user=user)

    row = text(browser.get(PEOPLE, {"q": "alicia"}), "tbody tr")

    assert "Client 0 Broker, full, Client 1 Broker, full, Client 2 Broker, full, and more" in row
    assert len(select(browser.get(page_of(user)), "section[aria-labelledby=grants] tbody tr")) == 5


def test_reactivate(browser):
    user = UserFactory(is_active=False)

    browser.post(f"{PEOPLE}{user.pk}/reactivate/", follow=True)
    page = browser.post(f"{PEOPLE}{user.pk}/reactivate/", follow=True)

    user.refresh_from_db()
    assert user.is_active
    assert text(page, ".ep-messages") == "This account is active already. Nothing was changed."
    assert OutboundEmail.objects.filter(template="accounts/person_reactivated").count() == 1


def test_nobody_deactivates_themselves():
    admin = staff_with("system_admin")

    page = browser_of(admin).post(f"{PEOPLE}{admin.pk}/deactivate/", {"reason": REASON})

    assert "You cannot deactivate your own account." in text(page, "[data-error-summary]")
    admin.refresh_from_db()
    assert admin.is_active


@pytest.mark.parametrize(
    ("role", "of_staff", "allowed"),
    [
        ("am_supervisor", False, True),
        ("am_supervisor", True, False),
        ("system_admin", False, True),
        ("system_admin", True, True),
        ("am_specialist", False, False),
        ("read_only", False, False),
        ("billing_staff", False, False),
    ],
)
def test_who_may_close_accounts(role, of_staff, allowed):
    person = staff_with("am_specialist") if of_staff else UserFactory()
    client = browser_of(staff_with(role))

    page = client.get(page_of(person))
    answer = client.post(f"{PEOPLE}{person.pk}/deactivate/", {"reason": REASON})

    assert bool(select(page, "a[href$='/deactivate/']")) is allowed
    assert client.get(f"{PEOPLE}{person.pk}/deactivate/").status_code == (200 if allowed else 403)
    assert answer.status_code == (302 if allowed else 403)
    person.refresh_from_db()
    assert person.is_active is not allowed


@pytest.mark.django_db(transaction=True)
def test_two_people_deactivate_at_the_same_moment():
    user, first, second = UserFactory(), staff_with("am_supervisor"), staff_with("system_admin")

    results = at_once(
        lambda: people.deactivate_person(user, reason=REASON, by=first),
        lambda: people.deactivate_person(user, reason=REASON, by=second),
    )

    assert [result.code for result in results if isinstance(result, ValidationError)] == ["stale"]
    assert OutboundEmail.objects.count() == 1


def test_the_audit_trail_of_a_person(browser):
    user = UserFactory()
    browser.post(f"{PEOPLE}{user.pk}/deactivate/", {"reason": REASON})

    trail = browser.get(f"{PEOPLE}{user.pk}/history/", follow=True)

    assert [cell.text_content() for cell in select(trail, "tbody td")][:2] == [
        "Ben Whitaker",
        "deactivated the account",
    ]


def test_nothing_is_edited_in_the_admin(browser):
    user = UserFactory()

    assert browser.get(f"{PEOPLE}add/").status_code == 403
    assert browser.post(page_of(user), {"is_active": ""}).status_code == 403
    assert browser.post(f"{PEOPLE}{user.pk}/delete/").status_code == 403
