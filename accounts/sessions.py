"""The sessions of a person: which are open, since when they are idle, and how they end."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.models import User
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


def end(sessions: Iterable[UserSession]) -> int:
    """End *sessions* on the server; their next request is a visitor's. Return how many."""
    ended = 0
    for session in sessions:
        session.end()
        ended += 1
    return ended


def sign_out(request: HttpRequest, *, note: str = "") -> None:
    """End the session of this request and write it down; *note* says why when the person did not ask for it."""
    audit.record("accounts.signed_out", by=request.user, target=request.user, note=note)  # type: ignore[arg-type]
    UserSession.objects.filter(session_key=request.session.session_key).delete()
    logout(request)


def _idle_limit(now: datetime) -> datetime:
    return now - timedelta(seconds=settings.IDLE_SIGN_OUT_SECONDS)
