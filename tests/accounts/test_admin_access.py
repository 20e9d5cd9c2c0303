from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.actions import codes
from accounts.actions.grants import activate_grant
from accounts.models import AccessCode
from portal.models import OutboundEmail
from tests.accounts.test_codes_concurrency import at_once
from tests.factories import GrantFactory, UserFactory, issued_key
from tests.html import select, text
from tests.staff import browser_of, staff_with

pytestmark = pytest.mark.django_db
CODES = "/staff/accounts/accesscode/"


@pytest.fixture
def browser():
    return browser_of(staff_with("am_specialist"))


def test_a_key_is_shown_without_digits_and_hash(browser):
    code, digits = issued_key()

    page = browser.get(f"{CODES}{code.pk}/change/")

    assert text(page, "h1") == f"Access Key for {code.email}"
    for secret in (digits, digits.replace("-", ""), code.digest):
        assert secret.encode() not in page.content
        assert secret.encode() not in browser.get(CODES).content


def test_states_are_those_of_the_clock(browser):
    code, _digits = issued_key()
    AccessCode.objects.filter(pk=code.pk).update(
        issued_at=timezone.now() - timedelta(days=8), expires_at=timezone.now()
    )

    def found(state):
        return len(select(browser.get(f"{CODES}?state={state}"), "tbody tr"))

    assert (found("expired"), found("issued"), found("locked")) == (1, 0, 0)
    assert "Expired" in text(browser.get(CODES), "tbody tr")


def test_a_new_key_replaces_the_old(browser):
    code, _digits = issued_key()

    page = browser.post(f"{CODES}{code.pk}/replace/", follow=True)

    code.refresh_from_db()
    newer = AccessCode.objects.latest("pk")
    assert (code.state, newer.state) == ("revoked", "issued")
    assert page.redirect_chain[-1][0] == f"{CODES}{newer.pk}/change/"
    again = browser.post(f"{CODES}{code.pk}/replace/", follow=True)
    assert text(again, ".ep-messages").startswith("A newer Access Key went out in the meantime.")
    assert AccessCode.objects.count() == 2


def test_withdraw(browser):
    code, _digits = issued_key()

    browser.post(f"{CODES}{code.pk}/withdraw/", follow=True)
    again = browser.post(f"{CODES}{code.pk}/withdraw/", follow=True)

    code.refresh_from_db()
    assert code.state == "revoked"
    assert text(again, ".ep-messages").startswith("This Access Key opens nothing any more.")
    assert not select(again, "form[action$='/withdraw/']")


def test_a_used_key_stays_used(browser):
    user = UserFactory()
    code, _digits = issued_key(GrantFactory(email=user.email))
    codes.redeem_code(code, user=user, by=user)

    page = browser.post(f"{CODES}{code.pk}/replace/", follow=True)

    assert "This access needs no key" in text(page, ".ep-messages")
    assert not select(page, "form[action$='/replace/']")


@pytest.mark.parametrize("role", ["read_only", "system_admin", "billing_staff"])
@pytest.mark.parametrize("word", ["replace", "withdraw"])
def test_only_account_management_touches_keys(role, word):
    code, _digits = issued_key()
    client = browser_of(staff_with(role))

    assert client.post(f"{CODES}{code.pk}/{word}/").status_code == 403
    code.refresh_from_db()
    assert code.state == "issued"


@pytest.mark.django_db(transaction=True)
def test_two_people_replace_a_key_at_the_same_moment():
    code, _digits = issued_key()
    staff = [staff_with("am_specialist"), staff_with("am_supervisor")]

    results = at_once(*[lambda by=by: codes.replace_code(code, by=by) for by in staff])

    assert sorted(getattr(result, "code", "new") for result in results) == ["new", "stale"]
    assert OutboundEmail.objects.filter(template="accounts/access_key").count() == 2


@pytest.mark.parametrize("count", [1, 5])
@pytest.mark.parametrize("path", ["/staff/accounts/grant/", CODES])
def test_any_number_of_rows_costs_the_same(browser, path, count, django_assert_num_queries):
    for user in UserFactory.create_batch(count):
        grant = GrantFactory(email=user.email)
        issued_key(grant)
        activate_grant(grant, user=user, by=None)
    browser.get(path)

    with django_assert_num_queries(12 if path == CODES else 14):  # grants have billing units
        assert len(select(browser.get(path), "tbody tr")) == count


def test_a_grant_has_its_page(browser):
    grant = GrantFactory()

    page = browser.get(f"/staff/accounts/grant/{grant.pk}/change/")

    assert text(page, "h1") == f"{grant.person}: Primary administrator, {grant.group.name}"
    assert "Invited" in text(page, "dl")
