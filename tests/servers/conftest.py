"""A mail server, a Redis and a Celery worker of the test's own; PostgreSQL is the suite's."""

import contextlib
import os
import signal
import sys
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connection

from portal import devservices
from portal.celery import app
from portal.processes import Child
from tests.servers.mail_server import MailServer

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def mail_server(settings):
    """Give a mail server that this process and the workers send their letters to."""
    server = MailServer()
    server.start()
    settings.EMAIL_BACKEND = (
        "django.core.mail.backends.smtp.EmailBackend"  # pytest-django's is a list
    )
    settings.EMAIL_PORT = server.port
    yield server
    server.stop()


@pytest.fixture
def redis():
    """Give a Redis that may be stopped and started again; this process puts its tasks there."""
    with devservices.throwaway_folder() as folder:
        server = devservices.Redis(folder / "redis", throwaway=True).start()
        before = app.conf.broker_url
        _use_broker(server.url)
        try:
            yield server
        finally:
            _use_broker(before)
            server.stop()


def _use_broker(url):
    app.conf.broker_url = app.conf.broker_read_url = app.conf.broker_write_url = url
    app._after_fork()  # forget the connections to the other one


@pytest.fixture
def celery_process(transactional_db, mail_server, redis, tmp_path):
    """Give a function that starts a Celery process (``worker``, ``beat``) on the test's database; all are ended.

    What they log is kept for ``Process.output``.
    """
    started = []

    def start(name, *options):
        process = Process(
            name, options, tmp_path / f"{name}-{len(started)}.log", mail_server, redis
        )
        started.append(process)
        return process

    yield start
    for process in reversed(started):
        process.kill()


class Process:
    """One running ``celery worker`` or ``celery beat``."""

    def __init__(self, name, options, log, mail_server, redis):
        self.log = log
        command = [sys.executable, "-m", "celery", "--quiet", "--app", "portal.celery", name]
        command += ["--loglevel", "INFO", *options]
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.worker_settings",
            "DATABASE_URL": _database_url(),
            "REDIS_URL": redis.url,
            "SMTP_PORT": str(mail_server.port),
            "PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges",
        }
        environment.pop("DATABASE_OWNER_URL", None)  # a worker never migrates
        self.child = Child(name, command, env=environment, cwd=ROOT)
        with log.open("wb") as output:
            self.child.start(output.fileno())

    @property
    def output(self):
        return self.log.read_text()

    def kill(self):
        """End the process and its pool at once, as a power cut would."""
        with contextlib.suppress(ProcessLookupError):  # killed before
            os.killpg(self.child.process.pid, signal.SIGKILL)
        self.child.process.wait()


def _database_url():
    named = connection.settings_dict
    person = ":".join(quote(named[part], safe="") for part in ("USER", "PASSWORD") if named[part])
    return f"postgresql://{person}@{named['HOST']}:{named['PORT']}/{named['NAME']}"
