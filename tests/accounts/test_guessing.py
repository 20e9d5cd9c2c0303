"""Guessing has an end, also while the cache, where allauth counts, is away."""

import pytest
import time_machine
from django.contrib.auth import SESSION_KEY
from django.test import Client

from portal.devservices import free_port
from portal.models import AuditEvent
from tests.accounts.steps import add_app, app_code, give_code, give_name, give_password, latest_code
from tests.factories import PASSWORD, UserFactory
from tests.html import errors

pytestmark = pytest.mark.django_db
WRONG = "not the password 1"
TOO_OFTEN = ["Wrong too often. Wait 5 minutes, then start again."]
TOO_MANY = ["Too many tries. Wait 5 minutes and try again, or choose Forgot password."]


@pytest.fixture(autouse=True)
def _without_redis(settings):
    settings.CACHES = {
        "default": {
            "BACKEND": "portal.cache.ForgivingRedisCache",
            "LOCATION": f"redis://127.0.0.1:{free_port()}/0",
        }
    }


@pytest.fixture
def clock():
    with time_machine.travel("2026-11-20 15:00:00Z", tick=False) as clock:
        yield clock


@pytest.fixture
def user():
    return UserFactory(username="tquinn")


def wrong_passwords(login, count, address="203.0.113.7"):
    client = Client(REMOTE_ADDR=address)
    for _try in range(count):
        give_name(client, login)
        page = give_password(client, WRONG)
    return page


@pytest.mark.parametrize("login", ["tquinn", "nobody9"])
def test_passwords_for_one_name(clock, user, login):
    tenth, eleventh = wrong_passwords(login, 10), wrong_passwords(login.upper(), 1)
    last = AuditEvent.objects.first().kind

    assert errors(tenth) == ["User name and password do not match. Check both."]
    assert errors(eleventh) == TOO_MANY
    assert last == "accounts.sign_in_locked"


def test_a_name_and_its_address_count_together(clock, user):
    wrong_passwords("tquinn", 5)
    wrong_passwords(user.email, 5)

    assert errors(wrong_passwords("tquinn", 1)) == TOO_MANY


def test_the_right_password_is_refused_too_and_later_opens(clock, user):
    wrong_passwords("tquinn", 10)
    client = Client(REMOTE_ADDR="203.0.113.7")
    give_name(client, "tquinn")
    refused = give_password(client)
    clock.shift(300)
    opened = give_password(client)

    assert errors(refused) == TOO_MANY
    assert opened.url == "/account/login/code/confirm/"


def test_somebody_elsewhere_is_not_kept_out_at_once(clock, user):
    wrong_passwords("tquinn", 10)
    client = Client(REMOTE_ADDR="198.51.100.1")
    give_name(client, "tquinn")

    assert give_password(client).status_code == 302


def test_many_addresses_do_not_multiply_the_tries(clock, user):
    for number in range(3):
        wrong_passwords("tquinn", 10, address=f"203.0.113.{number}")

    assert errors(wrong_passwords("tquinn", 1, address="198.51.100.1")) == TOO_MANY


def test_codes_of_an_app(clock, user):
    add_app(user)
    for number in range(11):
        client = Client(REMOTE_ADDR=f"203.0.113.{number}")
        give_name(client, "tquinn")
        path = give_password(client).url
        page = client.post(path, {"code": "000000"})
    refused = client.post(path, {"code": app_code()})

    assert errors(page) == TOO_OFTEN
    assert errors(refused) == TOO_OFTEN
    assert SESSION_KEY not in client.session


def test_codes_of_an_app_before_something_that_matters(clock, user, client):
    add_app(user)
    client.force_login(user)
    for _try in range(11):
        page = client.post("/account/2fa/reauthenticate/", {"code": "000000"})

    assert errors(page) == TOO_OFTEN


def test_codes_from_emails_for_whichever_account(clock):
    people = UserFactory.create_batch(11)
    client = Client(REMOTE_ADDR="203.0.113.7")
    for person in people:
        give_name(client, person.username)
        give_password(client, PASSWORD)
        for _try in range(3):
            give_code(client, "WRNG-WRNG")
    give_name(client, people[0].username)
    give_password(client)

    assert errors(give_code(client, latest_code())) == TOO_OFTEN
