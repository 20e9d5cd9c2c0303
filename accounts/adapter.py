"""Where allauth asks us: letters through the outbox, failures on record, secrets encrypted, sign-up closed."""

import base64
from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import BaseSignupForm
from allauth.account.models import Login
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import guessing, letters, sessions, visit
from accounts.actions import profile as actions
from accounts.middleware import SIGNED_OUT_BECAUSE
from accounts.models import User
from portal.moments import written
from portal.request_info import client_ip
from portal.sealed import seal, unseal

TOO_MANY_TRIES = _("Too many tries. Wait 5 minutes and try again, or choose Forgot password.")
# What a person proves to have beyond the password. Recovery codes only stand in for these.
SECOND_STEPS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
UNKNOWN_ACCOUNT = "unknown_account"
CODE_MINUTES = 15  # no code by e-mail lives longer


class AccountAdapter(DefaultAccountAdapter):
    """Sign-in through allauth, with the portal's mail and rules."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _("User name and password do not match. Check both."),
        "username_password_mismatch": _("User name and password do not match. Check both."),
        "enter_current_password": _("This is not your current password."),
        "incorrect_password": _("This is not your password."),
        "incorrect_code": _("This code is not right. Check it, or ask for a new one."),
        "duplicate_email": _("This is your email address already."),
        "email_taken": _("This email address belongs to another account."),
        "too_many_login_attempts": _("Wrong too often. Wait 5 minutes, then start again."),
        "rate_limited": _("That was too fast. Wait a minute and try again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts are made with an access key only, never on allauth's page."""
        return False

    def is_login_by_code_required(self, login: Login) -> bool:
        """Ask for the code by e-mail, unless an app or a passkey is asked for instead."""
        return super().is_login_by_code_required(login) and not is_mfa_enabled(
            login.user, SECOND_STEPS
        )

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Put the letter into the outbox; only the code goes along, encrypted, and nothing personal."""
        name = template_prefix.rpartition("/")[2]
        if name == UNKNOWN_ACCOUNT:
            letters.pretend(name, to=email, secret={"code": self.generate_password_reset_code()})
            return
        when = written(timezone.now())
        if "code" in context:
            secret = {"code": context["code"]}
            letters.send(
                name, to=email, context={"when": when}, secret=secret, minutes=CODE_MINUTES
            )
        else:
            letters.send(name, to=email, context={"when": when})

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Refuse a name or an address with too many failures, in words that fit a password."""
        try:
            super().pre_authenticate(request, **credentials)
            guessing.refuse_password(request, credentials.get("username", ""))
        except ValidationError as error:
            actions.note_refused_sign_in(
                credentials.get("username", ""), kind="accounts.sign_in_locked", by=None
            )
            raise ValidationError(TOO_MANY_TRIES, code="too_many_login_attempts") from error

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Write down a wrong password, with the same work for a name that nobody has."""
        actions.note_refused_sign_in(
            credentials.get("username", ""), kind="accounts.sign_in_failed", by=None
        )

    def login(self, request: HttpRequest, user: User) -> None:
        """Sign in and write it down; the session gets a new key."""
        visit.forget(request.session)
        request.session.pop(SIGNED_OUT_BECAUSE, None)
        super().login(request, user)
        actions.note_sign_in(user, by=user)

    def logout(self, request: HttpRequest) -> None:
        """Sign out and write it down."""
        sessions.sign_out(request)

    def set_password(self, user: User, password: str) -> None:
        """Change the password and end the sessions on other devices."""
        actions.change_password(
            user, password=password, keep_session=self.request.session.session_key or "", by=user
        )

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the visitor's address as the rest of the portal sees it."""
        return client_ip(request)


class SecondStepAdapter(DefaultMFAAdapter):
    """Second steps: secrets are encrypted in the database, and authenticator apps show no e-mail address."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _(
            "This code is not right. Codes change every 30 seconds; enter the current one."
        ),
    }

    def encrypt(self, text: str) -> str:
        """Encrypt the secret of an app or of recovery codes."""
        return base64.b64encode(seal(text.encode(), place="mfa")).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Open what ``encrypt`` made."""
        return unseal(base64.b64decode(encrypted_text), place="mfa").decode()

    def get_totp_label(self, user: User) -> str:
        """Name the entry in the app by user name."""
        return user.username

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:  # noqa: A002 - allauth's interface
        """Suggest a name for a new key: "Passkey 2"."""
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return gettext("Passkey %(number)d") % {"number": number}

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Name the portal in the browser's passkey window."""
        return {**super().get_public_key_credential_rp_entity(), "name": settings.BRAND_NAME}


class ClosedSignupForm(BaseSignupForm):
    """A form that never opens."""
