"""The outbox without a mail server: what is kept, how long, and when a letter is given up."""

import time
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.conf import settings as configured
from django.core.mail.backends.base import BaseEmailBackend
from django.db import IntegrityError, transaction

from portal import mail, tasks
from portal.models import OutboundEmail
from tests.accounts.steps import give_name, give_password, letters
from tests.factories import UserFactory, issued_key

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 18, 12, 0, 0, tzinfo=UTC)
SECRET = {"code": "BCDF-GHJK"}


class DeafBackend(BaseEmailBackend):
    """A mail server that cannot be reached."""

    def send_messages(self, messages):
        raise ConnectionRefusedError


class SlowBackend(BaseEmailBackend):
    """A mail server that takes a tenth of a second for a letter."""

    def send_messages(self, messages):
        time.sleep(0.1)
        return len(messages)


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


def letter(key="accounts.test:1", **fields):
    mail.send("account/login_code", to="t@cedar.example", key=key, secret=SECRET, **fields)
    return OutboundEmail.objects.get(key=key)


def failed(**fields):
    found = letter(**fields)
    found.state = OutboundEmail.State.FAILED
    found.save(update_fields=["state"])
    return found


@pytest.mark.parametrize(("days", "state", "kept"), [(6.9, "failed", True), (7, "given_up", False)])
def test_a_failed_letter_keeps_its_secret_for_a_week(clock, days, state, kept):
    found = failed()
    clock.shift(timedelta(days=days))
    tasks.tidy_up()
    found.refresh_from_db()

    assert (found.state, found.sealed is not None) == (state, kept)
    assert mail.requeue(found, by=None) is kept


def test_a_failed_letter_without_a_secret_can_be_sent_again_for_good(clock):
    mail.send("accounts/person_reactivated", to="t@cedar.example", key="plain")
    OutboundEmail.objects.update(state=OutboundEmail.State.FAILED)
    clock.shift(timedelta(days=400))
    tasks.tidy_up()

    assert mail.requeue(OutboundEmail.objects.get(), by=None) is True


def test_waiting_letters_keep_their_secret(clock):
    found = letter()
    clock.shift(timedelta(days=8))
    tasks.tidy_up()
    found.refresh_from_db()

    assert found.sealed


def test_a_letter_that_makes_no_sense_any_more_is_given_up(clock, mailoutbox):
    found = letter(not_after=NOW + timedelta(minutes=10))
    clock.shift(timedelta(minutes=10))

    assert mail.deliver_due() == 0
    found.refresh_from_db()
    assert (found.state, found.sealed) == ("given_up", None)
    assert mailoutbox == []


def test_until_then_it_is_tried(clock, settings, mailoutbox):
    found = letter(not_after=NOW + timedelta(minutes=10))
    settings.EMAIL_BACKEND = f"{__name__}.DeafBackend"
    mail.deliver_due()
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    clock.shift(timedelta(minutes=9, seconds=59))

    assert mail.deliver_due() == 1
    found.refresh_from_db()
    assert (found.state, found.attempts) == ("sent", 2)


def test_given_up_means_without_the_secret():
    found = letter()
    found.state = OutboundEmail.State.GIVEN_UP

    with pytest.raises(IntegrityError, match="given_up_without_secret"), transaction.atomic():
        found.save()


def test_codes_and_keys_are_not_sent_after_their_life(clock, client):
    give_name(client, UserFactory().username)
    give_password(client)
    code, _digits = issued_key()

    assert letters("login_code")[0].not_after == NOW + timedelta(minutes=15)
    key = OutboundEmail.objects.get(template="accounts/access_key")
    assert key.not_after == code.expires_at


def test_the_sweep_ends_in_time(settings):
    for number in range(5):
        letter(f"accounts.test:{number}")
    settings.EMAIL_BACKEND = f"{__name__}.SlowBackend"

    assert 1 <= mail.deliver_due(seconds=0.15) <= 3
    assert mail.deliver_due() >= 2


@pytest.mark.parametrize("name", configured.CELERY_BEAT_SCHEDULE)
def test_a_turn_of_the_clock_that_found_no_worker_is_dropped_before_the_next(name):
    entry = configured.CELERY_BEAT_SCHEDULE[name]

    assert 0 < entry["options"]["expires"] < entry["schedule"]


def test_many_letters_at_once(django_assert_num_queries, django_capture_on_commit_callbacks):
    letters = [
        mail.Letter("t@cedar.example", f"accounts.test:{number}", {"days": number}, SECRET, NOW)
        for number in range(3)
    ]

    with django_capture_on_commit_callbacks() as waking, django_assert_num_queries(1):
        mail.send_many("account/login_code", letters)
    mail.send_many("account/login_code", letters)  # the same keys again do nothing
    mail.send_many("account/login_code", [])

    assert len(waking) == 1
    sent = list(OutboundEmail.objects.order_by("key"))
    assert [(one.key, one.context, one.not_after) for one in sent] == [
        (f"accounts.test:{number}", {"days": number}, NOW) for number in range(3)
    ]
    assert SECRET["code"] in mail.render(sent[0])[1]
