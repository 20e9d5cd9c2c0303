"""Steps that the stories about signing in share."""

import json
import time

from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value

from portal.models import OutboundEmail
from portal.sealed import unseal
from tests.factories import PASSWORD

APP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def letters(name):
    """Return the letters called *name* in the outbox, the latest first."""
    return list(OutboundEmail.objects.filter(template=f"account/{name}").order_by("-pk"))


def secret(letter):
    """Open the sealed part of a letter, as the worker does when it leaves."""
    return json.loads(unseal(letter.sealed, place=f"mail:{letter.key}"))


def latest_code(name="login_code"):
    return secret(letters(name)[0])["code"]


def give_name(client, login, **extra):
    return client.post("/sign-in/", {"login": login, **extra})


def give_password(client, password=PASSWORD):
    return client.post("/sign-in/seal/", {"password": password})


def give_code(client, code):
    return client.post("/account/login/code/confirm/", {"code": code})


def sign_in(client, user, *, trust=False, next_page=""):
    """Walk all the way in, with the code from the e-mail; return the answer to the last step."""
    give_name(client, user.username, next=next_page)
    give_password(client)
    give_code(client, latest_code())
    return client.post("/account/2fa/trust/", {"action": "trust" if trust else "skip"})


def confirm_person(client, path):
    """Go to a page that asks for the password again, and give it; return the page."""
    response = client.get(path)
    return client.post(response.url, {"password": PASSWORD}, follow=True)


def add_app(user):
    """Give the user an authenticator app."""
    return TOTP.activate(user, APP_SECRET)


def app_code():
    """Return what the app shows now."""
    return format_hotp_value(hotp_value(APP_SECRET, int(time.time()) // 30))
