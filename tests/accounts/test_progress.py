"""The status page in every state of request and key."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.actions import codes, review
from accounts.models import AccessCode
from tests.factories import RegistrationRequestFactory, StaffFactory
from tests.html import select, text

pytestmark = pytest.mark.django_db


def open_status(client, request):
    client.post("/register/status/", {"number": request.number, "email": request.email})
    return client.get("/register/status/view/")


@pytest.mark.parametrize(
    ("state", "heading"),
    [
        ("submitted", "We have your request"),
        ("in_review", "We are checking your request"),
        ("needs_info", "We have a question for you Needs information"),
        ("declined", "We could not approve your request Declined"),
        ("withdrawn", "You took this request back Withdrawn"),
        ("expired", "This request has ended Expired"),
    ],
)
def test_heading_of_every_state(client, state, heading):
    request = RegistrationRequestFactory(state=state, decline_reason="We know no such person.")

    assert text(open_status(client, request), "h1") == heading


def test_reason_of_a_decline_is_read_here(client):
    request = RegistrationRequestFactory(state="declined", decline_reason="Ask <b>Ruth</b>.")
    page = open_status(client, request)

    assert text(page, "blockquote") == "Ask <b>Ruth</b>."


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("issued", "Your Access Key is in your email"),
        ("expired", "The key has expired"),
        ("locked", "The key is locked"),
        ("revoked", "We withdrew the key"),
    ],
)
def test_every_state_of_the_key(client, settings, key, words):
    settings.FOUR_EYES = "never"
    request = RegistrationRequestFactory()
    review.approve_request(request, version=1, by=StaffFactory())
    AccessCode.objects.update(state=key)
    page = open_status(client, request)

    assert words in text(page, ".ep-panel h2")
    assert bool(select(page, "form[action='/register/status/new-key/']")) is (
        key in {"expired", "locked"}
    )


def test_a_new_key_by_the_applicant(client, settings):
    settings.FOUR_EYES = "never"
    request = RegistrationRequestFactory()
    review.approve_request(request, version=1, by=StaffFactory())
    AccessCode.objects.update(state="expired")
    open_status(client, request)

    page = client.post("/register/status/new-key/", follow=True)

    assert "A new Access Key is on its way" in page.content.decode()
    assert AccessCode.objects.filter(state="issued").count() == 1


def test_the_conversation_without_internal_notes(client):
    request, staff = RegistrationRequestFactory(), StaffFactory()
    review.add_note(request, text="Looks odd", by=staff)
    review.ask_for_information(request, question="Who signed?", version=1, by=staff)
    open_status(client, request)

    page = client.post("/register/status/answer/", {"text": "Paul did."}, follow=True)

    assert "Who signed?" in text(page, ".ep-history")
    assert "Paul did." in text(page, ".ep-history")
    assert "Looks odd" not in page.content.decode()


@pytest.mark.parametrize(
    ("now", "share", "words"),
    [
        ("2026-11-17 19:14", ["0", "0"], "counted from Wednesday, November 18"),
        ("2026-11-18 18:00", ["50", "0"], "1 business day and 4 hours"),
        ("2026-11-19 21:00", ["100", "87"], "1 hour"),
        ("2026-11-19 22:01", ["100", "100"], "We are late"),
    ],
)
def test_the_clock(client, now, share, words):
    with time_machine.travel("2026-11-17 19:14:00+00:00", tick=False):
        request = RegistrationRequestFactory()
    with time_machine.travel(f"{now}:00+00:00", tick=False):
        page = open_status(client, request)

    assert [bar.get("width") for bar in select(page, ".ep-clock__bar rect")] == share
    assert words in text(page, ".ep-clock")


def test_the_clock_after_a_late_answer_shows_the_days_that_run(client):
    with time_machine.travel("2026-11-02 15:00:00+00:00", tick=False):
        request = RegistrationRequestFactory()
        review.ask_for_information(request, question="?", version=1, by=StaffFactory())
    with time_machine.travel("2026-12-14 15:00:00+00:00", tick=False):
        open_status(client, request)
        page = client.post("/register/status/answer/", {"text": "Yes."}, follow=True)

    labels = [" ".join(item.text_content().split()) for item in select(page, ".ep-clock__bar li")]
    assert labels == ["Business day 1 · Tue, Dec 15", "Business day 2 · Wed, Dec 16"]


def test_old_repeats_close(client):
    first = RegistrationRequestFactory()
    repeat = RegistrationRequestFactory(
        repeat_of=first, email=first.email, submitted_at=timezone.now() - timedelta(days=31)
    )

    assert review.close_unused_requests() == 1
    repeat.refresh_from_db()
    first.refresh_from_db()
    assert (repeat.state, first.state) == ("expired", "submitted")


def test_sweep_of_nothing():
    assert (codes.expire_codes(), review.close_unused_requests()) == (0, 0)
