"""Limits on guessing passwords, codes and access keys, counted in PostgreSQL.

allauth has tighter ones, which it counts in the cache; these hold while the cache is away. Every try counts,
the right ones too, so that many tries at the same moment gain nothing.
"""

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from accounts.models import User
from portal import throttle
from portal.request_info import client_ip

WINDOW = 300  # seconds, as the messages say
PASSWORDS_OF_VISITOR_FOR_LOGIN, PASSWORDS_FOR_LOGIN = 10, 30
CODES_OF_VISITOR, CODES_FOR_ACCOUNT = 30, 10
WRONG_KEYS, KEY_WINDOW = 10, 900  # access keys of a visitor in 15 minutes


def refuse_password(request: HttpRequest, login: str) -> None:
    """Count one password of this visitor for *login*, known or not.

    Raises ValidationError beyond 10 in 5 minutes from one visitor, or 30 from all together.
    """
    login = login.lower()
    here = f"{login} {throttle.one_visitor(client_ip(request))}"
    _refuse_beyond(PASSWORDS_OF_VISITOR_FOR_LOGIN, "password", here)
    _refuse_beyond(PASSWORDS_FOR_LOGIN, "passwords", login)


def refuse_code_of_visitor(request: HttpRequest) -> None:
    """Count one code from an e-mail, whosever it is; raises ValidationError beyond 30 in 5 minutes.

    Each code bears three tries, which allauth counts in the session.
    """
    _refuse_beyond(CODES_OF_VISITOR, "emailed-code", client_ip(request))


def refuse_code_of_account(user: User) -> None:
    """Count one code of an app, or recovery code; raises ValidationError beyond 10 in 5 minutes, wherever from.

    Whoever gets as far as this knows the password, so that no stranger can keep the person out.
    """
    _refuse_beyond(CODES_FOR_ACCOUNT, "app-code", str(user.pk))


def refuse_hasty_keys(request: HttpRequest) -> None:
    """Raise TooManyRequestsError after 10 wrong access keys of this visitor in 15 minutes; counts nothing."""
    throttle.refuse_if_full(
        "access-key", *_key_tries_of(request), tries=WRONG_KEYS, seconds=KEY_WINDOW
    )


def count_wrong_key(request: HttpRequest) -> None:
    """Count one wrong access key of this visitor."""
    for who in _key_tries_of(request):
        throttle.hit("access-key", who, seconds=KEY_WINDOW)


def is_first_wrong_code(request: HttpRequest, email: str) -> bool:
    """Count a wrong code of this visitor for the invitations of *email*; tell whether it is their first.

    The first in as many days as a code lives, whatever the session: so nobody locks an invitation alone.
    """
    here = f"{email.lower()} {throttle.one_visitor(client_ip(request))}"
    return throttle.hit("wrong-code", here, seconds=settings.ACCESS_CODE_DAYS * 86400) == 1


def _key_tries_of(request: HttpRequest) -> list[str]:
    """Return what counts as one visitor: the address, and the session where there is one."""
    session = request.session.session_key
    return [client_ip(request), *([f"session:{session}"] if session else [])]


def _refuse_beyond(tries: int, name: str, who: str) -> None:
    if throttle.hit(name, who, seconds=WINDOW) > tries:
        raise ValidationError(
            get_adapter().error_messages["too_many_login_attempts"], code="too_many_login_attempts"
        )
