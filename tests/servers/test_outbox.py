"""The outbox against real servers: no letter is lost, and none is sent twice but in the one window nobody can close."""

import json
import re
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.actions.review import approve_request
from accounts.models import RegistrationRequest
from portal import mail, tasks
from portal.models import OutboundEmail
from portal.sealed import seal
from tests.ambient import owner
from tests.factories import RegistrationRequestFactory, StaffFactory
from tests.waiting import wait_for

pytestmark = [pytest.mark.servers, pytest.mark.django_db(transaction=True)]

TO = "teresa.quinn@cedarworks.example"
ACCESS_KEY = "1234-5678-9012-3452"
BACK_AFTER_250 = 4711  # the advisory lock that stands between the mail server's yes and our commit


def queue(number=1, *, template="accounts/access_key", **fields):
    """Put a letter with a secret into the outbox, without the task that mail.send starts."""
    key = f"test:{number}"
    secret = json.dumps({"access_key": ACCESS_KEY}).encode()
    defaults = {"to": TO, "context": {"expires_at": "Nov 27, 2026", "days": 7}}
    return OutboundEmail(
        key=key, template=template, sealed=seal(secret, place=f"mail:{key}"), **(defaults | fields)
    )


def queued(number=1, **fields):
    letter = queue(number, **fields)
    letter.save()
    return letter


def make_due(letter):
    """Let the pause of *letter* be over."""
    letter.next_attempt_at = timezone.now()
    letter.save(update_fields=["next_attempt_at"])


def in_threads(call, count):
    """Call *call* in *count* threads; return the results."""

    def run(_number):
        try:
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def is_sent():
    return OutboundEmail.objects.filter(state=OutboundEmail.State.SENT).exists()


@pytest.fixture
def worker(celery_process):
    """Give a function that starts a worker."""
    options = ["--concurrency", "2", "--without-gossip", "--without-mingle"]
    return lambda: celery_process("worker", *options)


@pytest.fixture
def clock(celery_process, tmp_path):
    """Give a function that starts Celery beat."""
    return lambda: celery_process("beat", "--schedule", str(tmp_path / "beat"), "--pidfile", "")


# --- Worker, clock and broker of their own --------------------------------------------------------


def test_redis_stopped_at_the_moment_of_approval(worker, clock, redis, mail_server, settings):
    settings.FOUR_EYES = "never"
    request = RegistrationRequestFactory(email=TO)
    nora = StaffFactory()
    running = [worker(), clock()]
    wait_for(lambda: "ready." in running[0].output, "the worker")
    redis.stop()

    began = time.monotonic()
    approved = approve_request(request, version=request.version, by=nora)

    assert time.monotonic() - began < 5
    assert approved.state == RegistrationRequest.State.APPROVED
    waiting = OutboundEmail.objects.get()
    assert (waiting.to, waiting.state) == (TO, OutboundEmail.State.QUEUED)
    assert mail_server.seen == []

    redis.start()

    wait_for(is_sent, "the letter, found by the sweep", seconds=150)
    sweeps = running[0].output.count("portal.send_due_emails")
    wait_for(
        lambda: running[0].output.count("portal.send_due_emails") > sweeps + 4, "two more sweeps"
    )
    assert [letter["To"] for letter in mail_server.seen] == [TO]
    text = mail_server.seen[0].get_body(("plain",)).get_content()
    key = re.search(r"\b\d{4}-\d{4}-\d{4}-\d{4}\b", text)[0]
    for process in running:
        assert TO not in process.output
        assert key not in process.output


def test_worker_killed_while_the_mail_server_takes_the_letter(worker, clock, redis, mail_server):
    letter = queued()
    mail_server.hold()
    first = worker()
    clock()
    assert mail_server.letter_is_here.wait(60)

    first.kill()
    mail_server.release()
    letter.refresh_from_db()
    assert letter.state == OutboundEmail.State.QUEUED
    worker()

    wait_for(is_sent, "the letter, sent by the next worker")
    assert len(mail_server.seen) <= 2
    assert len(set(mail_server.message_ids)) == 1


def test_worker_killed_between_the_yes_of_the_mail_server_and_our_commit(
    worker, clock, redis, mail_server
):
    """The window nobody can close: two letters at most, and the mail program sees that they are one."""
    queued()
    with owner() as database, connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [BACK_AFTER_250])
        database.execute(
            "CREATE FUNCTION hold_back() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN PERFORM pg_advisory_xact_lock({BACK_AFTER_250}); RETURN NEW; END $$"
        )
        database.execute(
            "CREATE TRIGGER hold_back BEFORE UPDATE ON portal_outboundemail"
            " FOR EACH ROW WHEN (NEW.state = 'sent') EXECUTE FUNCTION hold_back()"
        )
    first = worker()
    clock()
    wait_for(somebody_waits_for_the_lock, "the worker between yes and commit")
    assert len(mail_server.seen) == 1

    first.kill()
    with owner() as database, connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(%s)", [BACK_AFTER_250])
        database.execute("DROP FUNCTION hold_back() CASCADE")  # waits for the killed one's rollback
    assert not is_sent()
    worker()

    wait_for(is_sent, "the letter, sent by the next worker")
    assert len(mail_server.seen) == 2
    assert len(set(mail_server.message_ids)) == 1
    assert OutboundEmail.objects.get().attempts == 1


def somebody_waits_for_the_lock():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND NOT granted",
            [BACK_AFTER_250],
        )
        return cursor.fetchone()[0]


# --- A mail server that does not just say yes -------------------------------------------------------


@pytest.mark.parametrize("where", ["to_recipient", "to_letter"])
def test_a_mail_server_that_says_later_is_asked_again(mail_server, where):
    letter = queued()
    mail_server.answer(**{where: ["451 4.7.1 <{address}> greylisted, try again later"]})
    before = timezone.now()

    assert not mail.deliver(letter.pk)

    letter.refresh_from_db()
    assert (letter.state, letter.attempts) == (OutboundEmail.State.QUEUED, 1)
    assert "451" in letter.last_error
    pause = mail.pause_after(1)
    assert before + pause <= letter.next_attempt_at <= timezone.now() + pause
    assert mail.deliver_due() == 0  # not before its time

    make_due(letter)
    taken = len(mail_server.seen)
    assert mail.deliver_due() == 1

    letter.refresh_from_db()
    assert (letter.state, letter.attempts) == (OutboundEmail.State.SENT, 2)
    assert letter.last_error == ""
    assert len(mail_server.seen) == taken + 1
    assert len(set(mail_server.message_ids)) == 1


def test_an_address_that_is_refused_for_good_is_not_tried_again(mail_server, caplog):
    letter = queued()
    mail_server.answer(to_recipient=["550 5.1.1 <{address}>: Recipient address rejected"])

    assert not mail.deliver(letter.pk)

    letter.refresh_from_db()
    assert (letter.state, letter.attempts) == (OutboundEmail.State.FAILED, 1)
    assert letter.last_error == "recipient refused: 550"
    assert TO not in caplog.text
    letter.next_attempt_at = timezone.now() - timedelta(days=1)
    letter.save()
    assert mail.deliver_due() == 0
    assert not mail.deliver(letter.pk)
    assert mail_server.seen == []


def test_a_mail_server_that_hangs_up_after_its_yes_gets_no_second_letter(mail_server):
    letter = queued()
    mail_server.hangs_up = True

    assert mail.deliver(letter.pk)

    assert mail.deliver_due() == 0
    assert len(mail_server.seen) == 1


def test_no_mail_server_at_all(mail_server, settings):
    letter = queued()
    mail_server.stop()

    assert mail.deliver_due() == 0

    letter.refresh_from_db()
    assert (letter.state, letter.attempts) == (OutboundEmail.State.QUEUED, 1)
    assert letter.last_error == "ConnectionRefusedError"


def test_a_letter_that_left_keeps_no_secret(mail_server):
    letter = queued()
    assert letter.sealed

    assert mail.deliver(letter.pk)

    letter.refresh_from_db()
    assert letter.sealed is None
    assert ACCESS_KEY in mail_server.seen[0].get_body(("plain",)).get_content()


@pytest.mark.parametrize("broken", ["key", "template"])
def test_a_letter_that_cannot_be_written_does_not_hold_up_the_others(mail_server, broken):
    """A key that was taken out of SEALING_KEYS, a template that is gone: only this letter waits."""
    poor = queue(1, next_attempt_at=timezone.now() - timedelta(hours=1))
    if broken == "key":
        poor.sealed = b"\0" * 40
    else:
        poor.template = "no/such_letter"
    poor.save()
    good = queued(2)

    assert mail.deliver_due() == 1

    good.refresh_from_db()
    poor.refresh_from_db()
    assert good.state == OutboundEmail.State.SENT
    assert (poor.state, poor.attempts) == (OutboundEmail.State.QUEUED, 1)
    assert poor.last_error
    assert poor.next_attempt_at > timezone.now()


# --- Several at once --------------------------------------------------------------------------------


def test_two_deliver_the_same_letter(mail_server):
    letter = queued()
    mail_server.hold()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(in_threads, lambda: mail.deliver(letter.pk), 1)
        assert mail_server.letter_is_here.wait(30)

        assert not mail.deliver(letter.pk)  # at once, while the first still holds it

        mail_server.release()
        assert first.result(30) == [True]
    assert len(mail_server.seen) == 1


def test_four_sweeps_at_once_send_each_of_1000_letters_once(celery_process, redis, mail_server):
    OutboundEmail.objects.bulk_create(queue(number) for number in range(1000))
    for _sweep in range(40):  # more than enough: 200 letters each, and they meet the same ones
        tasks.send_due_emails.delay()

    celery_process("worker", "--concurrency", "4", "--without-gossip", "--without-mingle")

    sent = OutboundEmail.objects.filter(state=OutboundEmail.State.SENT, attempts=1)
    wait_for(lambda: sent.count() == 1000, "the last of 1,000 letters", seconds=200)
    assert len(mail_server.seen) == len(set(mail_server.message_ids)) == 1000
