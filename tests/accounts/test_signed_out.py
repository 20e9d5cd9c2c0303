"""Somebody else ended the session: the next page is sign-in, and says why."""

import pytest

from accounts.actions import agencies, people
from accounts.actions.colleagues import PasswordEffect, reset_password
from accounts.actions.delegation import deactivate_user, remove_user
from accounts.actions.revocations import revoke_access
from accounts.models import Grant
from tests.access import given, primary_of
from tests.accounts.steps import give_name, give_password, latest_code, sign_in
from tests.factories import PASSWORD, AgencyFactory, StaffFactory, UserFactory
from tests.html import errors, select, text

pytestmark = pytest.mark.django_db
NEW_PASSWORD = "eight brown otters 2"


@pytest.fixture
def boss():
    return primary_of()


@pytest.fixture
def luis(boss):
    return given(boss.group, "viewer", parent=boss)


def removed(luis, boss):
    remove_user(luis, version=luis.version, by=boss.user)


def deactivated(luis, boss):
    deactivate_user(luis, version=luis.version, by=boss.user)


def password_reset(luis, boss):
    reset_password(luis, effect=PasswordEffect.RESET, version=luis.version, by=boss.user)


def account_closed(luis, _boss):
    people.deactivate_person(luis.user, reason="left", by=StaffFactory())


def revoked_by_staff(luis, _boss):
    revoke_access(luis, reason="Asked for", version=luis.version, by=StaffFactory())


def agency_stopped(luis, _boss):
    agency = AgencyFactory()
    Grant.objects.filter(pk=luis.pk).update(agency=agency)
    agencies.stop_agency(agency, reason="License withdrawn", by=StaffFactory())


CALL = " Sign in again to see the groups you still have. Questions? Call Account Management at "
WORDS = {
    revoked_by_staff: "You were signed out because we removed your access to a group. What you had not saved is lost."
    + CALL,
    agency_stopped: "You were signed out because we stopped all access of your agency. What you had not saved is lost."
    + CALL,
    removed: "You were signed out because your access to a group was removed by an administrator. What you had"
    " not saved is lost. Sign in again to see the groups you still have. Questions? Ask the primary administrator of the group.",
    deactivated: "You were signed out because an administrator deactivated your access to a group. What you had"
    " not saved is lost. Sign in again to see the groups you still have. Questions? Ask the primary administrator of the group.",
    password_reset: "You were signed out because an administrator reset your password. The old one no longer works:"
    " set a new one with the code we email you. Set a new password",
    account_closed: "You were signed out because your account was deactivated. You cannot sign in with it any more.",
}


@pytest.mark.parametrize("ended", WORDS, ids=lambda ended: ended.__name__)
def test_next_click_ends_at_sign_in_with_the_reason(client, luis, boss, ended):
    sign_in(client, luis.user)
    assert client.get(f"/g/{luis.group.slug}/").status_code == 200
    ended(luis, boss)

    page = client.get(f"/g/{luis.group.slug}/", follow=True)

    assert page.redirect_chain[-1][0].startswith("/sign-in/")
    assert text(page, ".ep-notice[role=status]").startswith(WORDS[ended])


@pytest.mark.parametrize("ended", WORDS, ids=lambda ended: ended.__name__)
def test_second_tab_is_told_too_whatever_it_does(client, luis, boss, ended):
    sign_in(client, luis.user)
    ended(luis, boss)
    client.get(f"/g/{luis.group.slug}/", follow=True)

    page = client.get(f"/g/{luis.group.slug}/users/", follow=True)
    form = client.post(f"/g/{luis.group.slug}/ask/", {"right": "users_view"}, follow=True)

    assert text(page, ".ep-notice[role=status]").startswith(WORDS[ended])
    assert text(form, ".ep-notice[role=status]").startswith(WORDS[ended])


def test_second_tab_is_not_led_back_to_what_was_lost(client, luis, boss):
    sign_in(client, luis.user)
    removed(luis, boss)
    client.get(f"/g/{luis.group.slug}/", follow=True)

    assert client.get(f"/g/{luis.group.slug}/users/").url == "/sign-in/"


def test_who_is_in_again_is_told_no_more(client, luis, boss):
    sign_in(client, luis.user)
    deactivated(luis, boss)
    client.get("/profile/", follow=True)
    sign_in(client, luis.user)
    client.post("/account/logout/")

    assert select(client.get("/sign-in/"), ".ep-notice[role=status]") == []


@pytest.mark.parametrize("path", ["ask/", "users/review/decide/", "users/review/finish/"])
def test_lost_session_leads_back_to_the_page_with_the_form(client, luis, path):
    slug = luis.group.slug

    answer = client.post(
        f"/g/{slug}/{path}", headers={"Referer": f"http://testserver/g/{slug}/users/?page=2#here"}
    )

    assert answer.url == f"/sign-in/?next=/g/{slug}/users/%3Fpage%3D2"
    assert client.post(f"/g/{slug}/{path}").url == "/sign-in/"


def test_address_that_only_takes_a_form_says_so(client, boss):
    client.force_login(boss.user)

    page = client.get(f"/g/{boss.group.slug}/ask/")

    assert (page.status_code, page["Allow"]) == (405, "POST")
    assert text(page, "h1") == "This address only takes a form"
    assert select(page, "main a.usa-button")[0].get("href") == f"/g/{boss.group.slug}/"


@pytest.mark.parametrize("ended", WORDS, ids=lambda ended: ended.__name__)
def test_htmx_takes_the_whole_browser_there(client, luis, boss, ended):
    sign_in(client, luis.user)
    ended(luis, boss)

    answer = client.get(
        f"/g/{luis.group.slug}/",
        headers={
            "HX-Request": "true",
            "HX-Current-URL": f"http://testserver/g/{luis.group.slug}/",
        },
    )
    page = client.get(answer["HX-Redirect"])

    assert (answer.status_code, answer.content) == (200, b"")
    assert text(page, ".ep-notice[role=status]").startswith(WORDS[ended])


def test_a_post_is_led_there_too_and_does_nothing(client, luis, boss):
    sign_in(client, luis.user)
    removed(luis, boss)

    page = client.post("/profile/", {"first_name": "Other"}, follow=True)

    assert "removed by an administrator" in text(page, ".ep-notice[role=status]")
    luis.user.refresh_from_db()
    assert luis.user.first_name == "Teresa"


@pytest.mark.parametrize(("ended", "kept"), [(removed, False), (password_reset, True)])
def test_who_lost_the_page_is_not_led_back_to_it(client, luis, boss, ended, kept):
    sign_in(client, luis.user)
    ended(luis, boss)

    led_to = client.get(f"/g/{luis.group.slug}/").url

    assert led_to == ("/sign-in/?next=" + f"/g/{luis.group.slug}/" if kept else "/sign-in/")


def test_a_public_page_in_between_does_not_lose_the_reason(client, luis, boss):
    sign_in(client, luis.user)
    removed(luis, boss)
    client.get("/help/")
    client.get("/")

    page = client.get("/sign-in/")

    assert "removed by an administrator" in text(page, ".ep-notice[role=status]")


def test_an_old_cookie_that_nobody_ended_says_nothing(client, luis):
    sign_in(client, luis.user)
    client.session.flush()

    assert select(client.get("/sign-in/"), ".ep-notice[role=status]") == []


def test_after_a_reset_the_old_password_fails_and_a_new_one_is_set_by_code(client, luis, boss):
    password_reset(luis, boss)
    give_name(client, luis.user.username)
    refused = give_password(client)

    assert errors(refused) == ["User name and password do not match. Check both."]
    assert "Did an administrator reset your password" in refused.content.decode()
    assert select(refused, "main a[href='/account/password/reset/']")

    client.post("/account/password/reset/", {"email": luis.user.email})
    code = latest_code("password_reset_code")
    client.post("/account/password/reset/confirm/", {"code": code})
    done = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    client.post("/account/password/reset/complete/", done)

    luis.user.refresh_from_db()
    assert luis.user.check_password(NEW_PASSWORD)
    assert not luis.user.check_password(PASSWORD)


def test_the_words_at_the_password_are_the_same_for_every_name(client, luis, boss):
    password_reset(luis, boss)

    def refusal(name):
        give_name(client, name)
        page = give_password(client)
        return errors(page), text(page, "main p:has(a[href='/account/password/reset/'])")

    assert refusal(luis.user.username) == refusal("nobody.at.all")


def test_the_way_to_the_access_code_leads_people_without_account_to_register(client):
    page = client.get("/enter-access-code/", follow=True)

    assert page.redirect_chain[-1][0] == "/sign-in/?next=/enter-access-code/"
    assert select(page, ".ep-notice a")[0].get("href") == "/register/invited/"
    assert select(client.get("/sign-in/"), "main p.ep-panel__rule a[href='/register/invited/']")


HOME = {
    revoked_by_staff: "We removed your access to a group. Questions? Call Account Management at ",
    agency_stopped: "We stopped all access of your agency. Questions? Call Account Management at ",
    removed: "An administrator removed your access to a group. Questions? Ask the primary administrator",
    deactivated: "An administrator deactivated your access to a group. Questions? Ask the primary administrator",
}


@pytest.mark.parametrize("ended", HOME, ids=lambda ended: ended.__name__)
def test_who_lost_the_only_group_reads_at_home_whom_to_ask(client, luis, boss, ended):
    ended(luis, boss)
    client.force_login(luis.user)

    page = client.get("/home/")

    assert text(page, ".ep-title p") == "You have an account, but no group now."
    assert text(page, "main .ep-notice").startswith(HOME[ended])


def test_who_never_had_a_group_is_told_of_no_loss(client):
    client.force_login(UserFactory())

    page = client.get("/home/")

    assert text(page, ".ep-title p") == "You have an account, but no group yet."
    assert select(page, "main .ep-notice") == []
