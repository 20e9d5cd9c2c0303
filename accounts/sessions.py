"""The sessions of a person: which are open, since when they are idle, and how they end."""

import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime, timedelta

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import EndedSession, User
from portal import audit


def still_active(request: HttpRequest, now: datetime) -> bool:
    """Renew the time of the last request; False when the idle limit has passed (the limit itself included).

    One statement compares and writes, so that the limit is exact to the second whatever tab asks.
    """
    mine = UserSession.objects.filter(session_key=request.session.session_key)
    if mine.filter(last_seen_at__gt=_idle_limit(now)).update(last_seen_at=now):
        return True
    if mine.exists():
        return False
    UserSession.objects.create_from_request(request)  # signed in by other means than our pages
    return True


def of(user: User) -> QuerySet[UserSession]:
    """Return the sessions of *user* on record, the latest first."""
    found: QuerySet[UserSession] = UserSession.objects.filter(user=user)
    return found.order_by("-last_seen_at")


def still_open(user: User, now: datetime) -> QuerySet[UserSession]:
    """Return the sessions of *user* that exist and are not idle at *now*, the latest first."""
    existing = Session.objects.filter(expire_date__gt=now).values("session_key")
    return of(user).filter(last_seen_at__gt=_idle_limit(now), session_key__in=existing)


def end(sessions: Iterable[UserSession], *, because: str = "") -> int:
    """End *sessions* on the server; their next request is a visitor's. Return how many.

    *because* is an ``EndedSession.Reason``: what the browser is told when it comes back.
    """
    ended = list(sessions)
    for session in ended:
        session.end()
    if because:
        EndedSession.objects.bulk_create(
            (EndedSession(digest=_digest(one.session_key), reason=because) for one in ended),
            ignore_conflicts=True,
        )
    return len(ended)


def why_ended(request: HttpRequest) -> str:
    """Return the reason for which somebody ended the session that this browser still names, or nothing."""
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    found = EndedSession.objects.filter(digest=_digest(key)).values_list("reason", flat=True)
    return found.first() or "" if key else ""


def forget_ended(*, days: int = 2) -> int:
    """Delete the marks of sessions ended more than *days* days ago; return how many."""
    old = EndedSession.objects.filter(ended_at__lt=timezone.now() - timedelta(days=days))
    return old.delete()[0]


def sign_out(request: HttpRequest, *, note: str = "") -> None:
    """End the session of this request and write it down; *note* says why when the person did not ask for it."""
    audit.record("accounts.signed_out", by=request.user, target=request.user, note=note)  # type: ignore[arg-type]
    UserSession.objects.filter(session_key=request.session.session_key).delete()
    logout(request)


def _digest(session_key: str) -> str:
    """Return a keyed hash of a session key, the same in every process."""
    return hmac.new(
        settings.SECRET_KEY.encode(), f"ended-session:{session_key}".encode(), hashlib.sha256
    ).hexdigest()


def _idle_limit(now: datetime) -> datetime:
    return now - timedelta(seconds=settings.IDLE_SIGN_OUT_SECONDS)
