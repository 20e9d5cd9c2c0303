"""Letters about a person's own account: codes and names travel encrypted, and strangers get none."""

import uuid
from collections.abc import Mapping
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from portal import mail, tasks

NO_LETTER = 0  # a key that no row of the outbox has


def send(
    name: str,
    *,
    to: str,
    context: Mapping[str, object] | None = None,
    secret: Mapping[str, str] | None = None,
    minutes: int | None = None,
) -> None:
    """Put the letter ``account/name`` into the outbox; each call is a letter of its own.

    After *minutes* it makes no sense any more and is not sent.
    """
    with transaction.atomic():
        _put(name, to=to, context=context, secret=secret, minutes=minutes)


def pretend(
    name: str,
    *,
    to: str,
    context: Mapping[str, object] | None = None,
    secret: Mapping[str, str] | None = None,
) -> None:
    """Do the work of ``send`` and leave no letter, so that the time of the answer does not tell who has an account."""
    with transaction.atomic():
        _put(name, to=to, context=context, secret=secret)
        transaction.set_rollback(True)
    transaction.on_commit(lambda: tasks.deliver_email.delay(NO_LETTER), robust=True)


def _put(
    name: str,
    *,
    to: str,
    context: Mapping[str, object] | None,
    secret: Mapping[str, str] | None,
    minutes: int | None = None,
) -> None:
    key = f"account.{name}:{uuid.uuid4().hex}"
    end = timezone.now() + timedelta(minutes=minutes) if minutes else None
    mail.send(f"account/{name}", to=to, key=key, context=context, secret=secret, not_after=end)
