"""The outbox: a letter is a row, written in the transaction that decided it, and sent by the worker.

No letter is lost: the row waits until the mail server said yes. It is sent twice only when the process dies
between that yes and our commit, and then under the same Message-ID (docs/adr/0004-outbox.md).
"""

import hashlib
import json
import logging
import smtplib
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template import Context, loader
from django.utils import timezone

from portal import audit, tasks
from portal.brand import brand
from portal.models import OutboundEmail
from portal.sealed import seal, unseal

logger = logging.getLogger(__name__)
MAX_ATTEMPTS = 16  # with the pauses below a little over two days
SECRET_DAYS = 7  # how long a failed letter keeps its secret, for staff to send it again
State = OutboundEmail.State


def send(
    template: str,
    *,
    to: str,
    key: str,
    context: Mapping[str, object] | None = None,
    secret: Mapping[str, str] | None = None,
    not_after: datetime | None = None,
) -> None:
    """Put one letter into the outbox, in the caller's transaction; the same *key* again does nothing.

    *template* is ``app/name`` below templates/email/. *context* stays on file: numbers and dates, no personal data.
    *secret* is encrypted, seen by the template only, and erased when the letter has left. From *not_after* on the
    letter makes no sense and is given up.
    """
    email, created = OutboundEmail.objects.get_or_create(
        key=key,
        defaults={
            "to": to,
            "template": template,
            "context": dict(context or {}),
            "sealed": _sealed(key, secret),
            "not_after": not_after,
        },
    )
    if created:
        # robust: with the broker down the letter waits for the sweep, and the page still answers.
        # A lambda, because Django reports what failed by its __qualname__, which a partial lacks.
        transaction.on_commit(lambda: tasks.deliver_email.delay(email.pk), robust=True)


@dataclass(frozen=True)
class Letter:
    """One of many letters, as ``send`` takes it."""

    to: str
    key: str
    context: Mapping[str, object] | None = None
    secret: Mapping[str, str] | None = None
    not_after: datetime | None = None


def send_many(template: str, letters: Iterable[Letter]) -> None:
    """Put many letters into the outbox, as ``send`` does with one; few statements, whatever the number.

    They leave with the sweep, which is woken once: thousands of tasks would keep the page waiting.
    """
    OutboundEmail.objects.bulk_create(
        (
            OutboundEmail(
                key=letter.key,
                to=letter.to,
                template=template,
                context=dict(letter.context or {}),
                sealed=_sealed(letter.key, letter.secret),
                not_after=letter.not_after,
            )
            for letter in letters
        ),
        ignore_conflicts=True,
        batch_size=1000,
    )
    transaction.on_commit(tasks.send_due_emails.delay, robust=True)


@transaction.atomic
def deliver(pk: int) -> bool:
    """Send one letter if it still waits; return whether it left now.

    Holds the row lock while the mail server answers, so that two workers never send the same letter.
    A refusal for good (5xx for the address) marks it failed; after anything else the letter waits, longer each time.
    """
    email = (
        OutboundEmail.objects.select_for_update(skip_locked=True)
        .filter(pk=pk, state=State.QUEUED)
        .first()
    )
    if email is None:
        return False
    if email.not_after and email.not_after <= timezone.now():
        email.state, email.sealed = State.GIVEN_UP, None
        email.save(update_fields=["state", "sealed"])
        return False
    try:
        _message(email).send()
    except SoftTimeLimitExceeded:  # not the letter's fault: the task ends, the letter stays due
        raise
    except Exception as error:  # noqa: BLE001 - a letter that cannot be written must not hold up those behind it
        _postpone(email, error, now=timezone.now())
        return False
    email.state, email.sent_at, email.sealed = State.SENT, timezone.now(), None
    email.attempts += 1
    email.last_error = ""
    email.save(update_fields=["state", "sent_at", "sealed", "attempts", "last_error"])
    return True


def deliver_due(*, limit: int = 200, seconds: float = 25) -> int:
    """Send up to *limit* letters that are due, oldest first; return how many left.

    The sweep behind the queue: it finds what a stopped broker or a killed worker left behind. Begins no letter
    after *seconds*: while the mail server hangs, the worker is free for its other tasks.
    """
    end = time.monotonic() + seconds
    due = OutboundEmail.objects.due(timezone.now()).values_list("pk", flat=True)[:limit]
    return sum(deliver(pk) for pk in list(due) if time.monotonic() < end)


@transaction.atomic
def forget_secrets_of_failed() -> int:
    """Erase what is sealed in letters that failed SECRET_DAYS days ago or more; return how many."""
    long_ago = timezone.now() - timedelta(days=SECRET_DAYS)
    failed = OutboundEmail.objects.filter(
        state=State.FAILED, sealed__isnull=False, next_attempt_at__lte=long_ago
    )
    return failed.update(state=State.GIVEN_UP, sealed=None)


@transaction.atomic
def requeue(email: OutboundEmail, *, by: audit.Actor | None) -> bool:
    """Let a failed letter be sent again, with the next sweep; return whether it had failed."""
    failed = OutboundEmail.objects.filter(pk=email.pk, state=State.FAILED)
    if not failed.update(state=State.QUEUED, attempts=0, next_attempt_at=timezone.now()):
        return False
    audit.record("portal.email_requeued", by=by, target=email)
    return True


def render(email: OutboundEmail) -> tuple[str, str, str]:
    """Return subject, plain text and HTML of a letter.

    The first line of the template is the subject; the HTML wraps the same paragraphs in the carrier's look.
    """
    context = {**email.context, "brand": brand(), "base_url": settings.BASE_URL}
    if email.sealed:
        context.update(json.loads(unseal(bytes(email.sealed), place=f"mail:{email.key}")))
    # plain text: an ampersand stays one
    template = loader.get_template(f"email/{email.template}.txt").template  # type: ignore[attr-defined]
    text = template.render(Context(context, autoescape=False))
    subject, _, body = text.strip().partition("\n")
    body = body.strip() + "\n"
    html = loader.render_to_string(
        "email/letter.html", {**context, "subject": subject, "body": body}
    )
    return subject.strip(), body, html


def _sealed(key: str, secret: Mapping[str, str] | None) -> bytes | None:
    return seal(json.dumps(dict(secret)).encode(), place=f"mail:{key}") if secret else None


def _message(email: OutboundEmail) -> EmailMultiAlternatives:
    subject, body, html = render(email)
    host = urlsplit(settings.BASE_URL).hostname or "localhost"
    identity = hashlib.sha256(email.key.encode()).hexdigest()[:40]
    message = EmailMultiAlternatives(
        subject,
        body,
        settings.DEFAULT_FROM_EMAIL,
        [email.to],
        headers={"Message-ID": f"<{identity}@{host}>"},
    )
    message.attach_alternative(html, "text/html")
    return message


def _postpone(email: OutboundEmail, error: Exception, *, now: datetime) -> None:
    email.attempts += 1
    email.last_error = _describe(error)
    email.next_attempt_at = now + pause_after(email.attempts)
    if email.attempts >= MAX_ATTEMPTS or _refused_for_good(error):
        email.state = State.FAILED
    email.save(update_fields=["attempts", "last_error", "next_attempt_at", "state"])
    logger.warning("mail not sent", extra={"outbox": email.pk, "error": email.last_error})


def pause_after(attempts: int) -> timedelta:
    """Return how long to wait after the given number of failed attempts: 30 s, doubling, 6 hours at most."""
    return min(timedelta(seconds=30 * 2 ** (attempts - 1)), timedelta(hours=6))


def _refused_for_good(error: Exception) -> bool:
    return isinstance(error, smtplib.SMTPRecipientsRefused) and all(
        500 <= code < 600 for code, _reason in error.recipients.values()
    )


def _describe(error: Exception) -> str:
    """Name the error without the address that mail servers like to repeat in their answer."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = sorted({str(code) for code, _reason in error.recipients.values()})
        return f"recipient refused: {', '.join(codes)}"
    code = getattr(error, "smtp_code", "")
    return f"{type(error).__name__} {code}".strip()
