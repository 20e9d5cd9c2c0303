"""Nobody gets in by an address that somebody forgot to guard. Those of a group: test_access_matrix.py."""

import pytest
from django.contrib.admin import site

from tests.factories import PASSWORD, StaffFactory, UserFactory
from tests.guards.routes import all_routes

pytestmark = pytest.mark.django_db

# Every page that a visitor may open. A new one is a decision: write it down here.
PUBLIC = {
    # the frame
    "home", "tour", "help", "help_topic", "privacy", "terms", "cookies", "accessibility", "language_help",
    "region", "healthz", "readyz", "brand_css",
    # signing in
    "accounts:sign_in", "accounts:seal", "accounts:forgot_username", "accounts:username_sent",
    "accounts:session_ended", "accounts:login", "accounts:confirm_login_code", "accounts:confirm_reset_code",
    "account_login", "account_logout", "account_inactive", "account_signup",
    "account_email_verification_sent", "account_reset_password", "account_confirm_login_code",
    "account_confirm_password_reset_code", "account_complete_password_reset",
    "account_password_reset_completed", "mfa_authenticate", "mfa_trust", "mfa_login_webauthn",
    # asking for access and redeeming the key
    "accounts:register", "accounts:check_identifier", "accounts:request_access", "accounts:review_request",
    "accounts:request_pdf", "accounts:request_sent", "accounts:find_request", "accounts:request_status",
    "accounts:answer_question", "accounts:close_status", "accounts:correct_request", "accounts:withdraw_request",
    "accounts:ask_new_key", "accounts:enter_key", "accounts:review_key", "accounts:create_account",
    "accounts:review_account", "accounts:invited",
    # designating a primary administrator
    "accounts:nominate", "accounts:review_nomination", "accounts:nomination_sent", "accounts:nomination_pdf",
    "accounts:empty_nomination_pdf",
    # telling us
    "messaging:report_issue", "messaging:issue_sent",
    # the staff side's own address of the sign-in page
    "admin:login",
}  # fmt: skip
# What a visitor gets who opens a page by its address alone, where that is not the page or one it leads to.
OTHER_ANSWERS = {
    "accounts:check_identifier": 405,  # what is typed comes by POST
    "accounts:answer_question": 405,
    "accounts:close_status": 405,
    "accounts:ask_new_key": 405,
    "help_topic": 404,  # the sample is no topic; tests/portal/test_pages.py opens every one
}
# What Django's admin answers itself on the staff side; everything else there is a page of ours.
BUILT_IN = {
    "index": "the staff home",
    "login": "leads to the portal's sign-in",
    "logout": "leads to the portal's page",
    "password_change": "leads to the portal's page",
    "password_change_done": "leads to the portal's page",
    "app_list": "the tables of one app",
}


def by_name(routes):
    return [pytest.param(route, id=route.name) for route in routes]


def test_public_pages_are_the_ones_we_decided_on():
    assert {route.name for route in all_routes() if route.is_public} == PUBLIC


@pytest.mark.parametrize("route", by_name(route for route in all_routes() if not route.is_public))
def test_visitors_are_led_to_sign_in(client, route):
    response = client.get(route.path, follow=True)

    assert response.redirect_chain, "answered a visitor"
    assert response.redirect_chain[-1][0].startswith("/sign-in/")
    assert response.status_code == 200


@pytest.mark.parametrize("route", by_name(route for route in all_routes() if route.is_public))
def test_public_pages_answer(client, route):
    assert client.get(route.path, follow=True).status_code == OTHER_ANSWERS.get(route.name, 200)


def test_answers_are_of_public_pages():
    assert OTHER_ANSWERS.keys() - PUBLIC == set()


@pytest.mark.parametrize(
    "route",
    by_name(
        route
        for route in all_routes()
        if route.pattern.startswith("staff/") and "RedirectView" not in route.name
    ),
)
def test_staff_pages_are_closed_to_everybody_else(client, route):
    client.force_login(UserFactory())

    assert client.get(route.path, follow=True).status_code in {403, 404}


def test_of_the_admin_itself_only_these_answer():
    answering = {
        route.name.removeprefix("admin:")
        for route in all_routes()
        if route.name.startswith("admin:")
    }
    tables = {f"{model._meta.app_label}_{model._meta.model_name}_" for model in site._registry}
    built_in = {name for name in answering if not name.startswith(tuple(tables))}
    built_in -= {name for name in built_in if "." in name}  # redirects and the catch-all of 404s

    assert built_in == BUILT_IN.keys()


@pytest.mark.parametrize(
    ("path", "page"),
    [
        ("logout/", "/account/logout/"),
        ("password_change/", "/account/password/change/"),
        ("password_change/done/", "/account/password/change/"),
    ],
)
def test_staff_leave_and_change_their_password_where_everybody_does(client, path, page):
    person = StaffFactory()
    client.force_login(person)
    old, new = PASSWORD, "four quiet loons 7"
    typed = {"old_password": old, "new_password1": new, "new_password2": new}

    assert client.get(f"/staff/{path}").url == page
    assert client.post(f"/staff/{path}", typed).url == page
    person.refresh_from_db()
    assert person.check_password(old)
    assert client.get("/staff/").status_code == 200


def test_staff_come_back_to_the_page_they_asked_for(client):
    led_to = client.get("/staff/accounts/user/", follow=True).redirect_chain[-1][0]
    client.force_login(StaffFactory())

    assert led_to == "/sign-in/?next=/staff/accounts/user/"
    assert client.get("/staff/login/?next=/staff/").url == "/staff/"
    assert client.get("/staff/login/?next=//evil.example/").url == "/staff/"
