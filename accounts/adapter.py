"""Where allauth asks us: its letters go through the outbox, its sign-up is closed."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import BaseSignupForm
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """Sign-in through allauth, with the portal's mail and rules."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts are made with an access key only, never on allauth's page."""
        return False


class ClosedSignupForm(BaseSignupForm):
    """A form that never opens."""
