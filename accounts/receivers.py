"""What allauth tells only by signals: written down here. Nothing of ours reacts to signals elsewhere."""

from typing import Any

from allauth.account import signals as account_signals
from allauth.mfa import signals as mfa_signals
from allauth.mfa.models import Authenticator

from accounts.models import User
from portal import audit


def email_changed(user: User, **_kwargs: Any) -> None:
    """Record that the address was changed, without the addresses; allauth tells the old one by mail."""
    audit.record("accounts.email_changed", by=user, target=user)


def second_step_added(user: User, authenticator: Authenticator, **_kwargs: Any) -> None:
    """Record a new app, key or set of recovery codes."""
    _second_step_changed(user, authenticator, "added")


def second_step_removed(user: User, authenticator: Authenticator, **_kwargs: Any) -> None:
    """Record that an app or key was removed."""
    _second_step_changed(user, authenticator, "removed")


def second_step_reset(user: User, authenticator: Authenticator, **_kwargs: Any) -> None:
    """Record that recovery codes were made anew."""
    _second_step_changed(user, authenticator, "reset")


def code_refused(user: User, **_kwargs: Any) -> None:
    """Record a wrong code, whichever way it came."""
    audit.record("accounts.code_refused", by=None, target=user)


def connect() -> None:
    """Listen; called once when the app is ready."""
    account_signals.email_changed.connect(email_changed)
    account_signals.login_code_rejected.connect(code_refused)
    account_signals.password_reset_code_rejected.connect(code_refused)
    mfa_signals.authentication_failed.connect(code_refused)
    mfa_signals.authenticator_added.connect(second_step_added)
    mfa_signals.authenticator_removed.connect(second_step_removed)
    mfa_signals.authenticator_reset.connect(second_step_reset)


def _second_step_changed(user: User, authenticator: Authenticator, what: str) -> None:
    audit.record(
        "accounts.second_step_changed", by=user, target=user, note=f"{authenticator.type} {what}"
    )
