"""A wrong environment stops the start; a right one passes Django's own check for production."""

import base64
import os
import runpy
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from tests.guards.sources import ROOT

RIGHT = {
    "SECRET_KEY": "made-up-key-for-the-start-0123456789-abcdefghij-KLMNOP",
    "ACCESS_CODE_KEY": "made-up-key-of-the-access-codes-0123456789",
    "SEALING_KEYS": base64.b64encode(bytes(range(32))).decode(),
    "BASE_URL": "https://portal.example",
    "ALLOWED_HOSTS": "portal.example",
    "DATABASE_URL": "postgresql://portal@127.0.0.1:1/portal",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "SMTP_HOST": "mail.example",
}
WRONG = [
    ("PORTAL_ENV", "staging"),
    ("SECRET_KEY", "short"),
    ("ACCESS_CODE_KEY", "short"),
    ("SEALING_KEYS", "not base64!"),
    ("SEALING_KEYS", base64.b64encode(b"16 bytes of key.").decode()),
    ("SEALING_KEYS", ","),
    ("BASE_URL", "http://portal.example"),
    ("BASE_URL", "portal.example"),
    ("ALLOWED_HOSTS", " , "),
    ("ALLOWED_HOSTS", "*"),
    ("DATABASE_URL", "mysql://portal@127.0.0.1/portal"),
    ("DATABASE_URL", "postgresql://portal@127.0.0.1:port/portal"),
    ("REDIS_URL", "http://127.0.0.1"),
    ("TRUSTED_PROXIES", "many"),
    ("SMTP_PORT", "0"),
    ("SMTP_STARTTLS", "maybe"),
    ("LOG_LEVEL", "LOUD"),
    ("CARRIER_TIME_ZONE", "Mars/Olympus"),
    ("REGIONS", "Massachusetts"),
    ("REGISTRATION_BUSINESS_DAYS", "-1"),
    ("BUSINESS_DAY_ENDS", "25"),
    ("ACCESS_CODE_DAYS", "0"),
    ("ACCESS_CODE_REMINDER_DAYS", "7"),
    ("ACCESS_CODE_TRIES", "five"),
    ("PRIMARY_NEEDS_ACCESS_CODE", "perhaps"),
    ("FOUR_EYES", "sometimes"),
    ("MATCH_LIMIT", "101"),
    ("IDLE_SIGN_OUT_SECONDS", "1"),
    ("BRAND_COLORS", "green"),
]
START = "import django; django.setup()"


def run(*command, **changes):
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    environment |= {"DJANGO_SETTINGS_MODULE": "portal.settings", **RIGHT, **changes}
    given = {name: value for name, value in environment.items() if value is not None}
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=given, capture_output=True, text=True, timeout=120
    )


@pytest.fixture
def read_settings(monkeypatch):
    """Read the settings file as production does, with one variable changed; milliseconds instead of a process."""

    def read(name, value):
        for known in [*RIGHT, "PORTAL_ENV", "LOG_LEVEL"]:
            monkeypatch.delenv(known, raising=False)
        for known, given in {**RIGHT, name: value}.items():
            monkeypatch.setenv(known, given)
        return runpy.run_path(str(ROOT / "portal" / "settings.py"))

    return read


@pytest.mark.parametrize("name", RIGHT)
def test_no_start_without(name):
    done = run("-c", START, **{name: None})

    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        f"django.core.exceptions.ImproperlyConfigured: Set the environment variable {name}."
    )


def test_right_values_are_read(read_settings):
    assert read_settings("PORTAL_ENV", "production")["PRODUCTION"] is True


@pytest.mark.parametrize("name", RIGHT)
def test_an_empty_value_is_a_missing_one(read_settings, name):
    with pytest.raises(ImproperlyConfigured, match=f"^Set the environment variable {name}.$"):
        read_settings(name, "")


@pytest.mark.parametrize(("days", "reminder"), [("1", 0), ("2", 1), ("30", 2)])
def test_the_reminder_comes_within_the_life_of_a_code(read_settings, days, reminder):
    assert read_settings("ACCESS_CODE_DAYS", days)["ACCESS_CODE_REMINDER_DAYS"] == reminder


@pytest.mark.parametrize(
    ("proxies", "header"), [("0", None), ("1", ("HTTP_X_FORWARDED_PROTO", "https"))]
)
def test_only_a_proxy_is_believed_that_the_way_was_https(read_settings, proxies, header):
    assert read_settings("TRUSTED_PROXIES", proxies)["SECURE_PROXY_SSL_HEADER"] == header


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_no_start_with_a_wrong_value(read_settings, name, value):
    with pytest.raises(ImproperlyConfigured, match=f"^{name} [^\n]+$"):
        read_settings(name, value)


@pytest.mark.parametrize(
    "name", ["SECRET_KEY", "ACCESS_CODE_KEY", "SEALING_KEYS", "DATABASE_URL", "REDIS_URL"]
)
def test_no_secret_is_repeated(read_settings, name):
    with pytest.raises(ImproperlyConfigured) as refused:
        read_settings(name, "hunter-2")

    assert "hunter-2" not in str(refused.value)


def test_production_starts_and_passes_the_deployment_check():
    done = run("manage.py", "check", "--deploy", "--fail-level", "WARNING")

    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


def test_manage_says_it_in_one_line():
    done = run("manage.py", "check", SECRET_KEY=None)

    assert done.returncode == 1
    assert done.stderr.strip() == "Set the environment variable SECRET_KEY."


def test_production_is_strict():
    said = run(
        "-c",
        "from portal import settings as s; print("
        "s.DEBUG, s.SECURE_SSL_REDIRECT, s.SECURE_HSTS_SECONDS >= 31536000, s.SESSION_COOKIE_SECURE,"
        "s.CSRF_COOKIE_SECURE, s.SESSION_COOKIE_HTTPONLY, 'portal.demo' in s.INSTALLED_APPS,"
        "\"'unsafe-inline'\" in str(s.CONTENT_SECURITY_POLICY), \"'unsafe-eval'\" in str(s.CONTENT_SECURITY_POLICY),"
        "s.PASSWORD_HASHERS[0].rpartition('.')[2])",
    ).stdout.split()

    assert said == [
        "False",
        "True",
        "True",
        "True",
        "True",
        "True",
        "False",
        "False",
        "False",
        "Argon2PasswordHasher",
    ]
