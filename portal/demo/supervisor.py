"""Starts everything the demo needs, watches it, and leaves nothing behind.

This process never talks to the database itself: Django runs in its children.
"""

import contextlib
import http.client
import os
import re
import signal
import socket
import sys
import time
from collections.abc import Iterator
from types import FrameType

from portal import devservices
from portal.demo.console import Console, say
from portal.demo.place import BASE_DIR, Place, fingerprint
from portal.processes import Child, StartError, end_leftovers

SECONDS_TO_READY = 120
USE = "Use: python -m portal.demo [reset | manage COMMAND ...]"
NOWHERE = devservices.Services(
    "postgresql://portal_app@127.0.0.1:1/portal", "redis://127.0.0.1:1/0"
)


class Stopped(BaseException):
    """Somebody asked us to stop; not an error, and nothing on the way may swallow it."""


def main(arguments: list[str]) -> int:
    """Run the demo (``reset``: on fresh data), or ``manage``: a Django command on the running demo."""
    place = Place(devservices.data_folder(), chosen_port())
    match arguments:
        case ["manage", *command]:
            manage(place, command)
        case [] | ["reset"]:
            Demo(place).run(reset=arguments == ["reset"])
        case _:
            raise StartError(USE)
    return 0


def chosen_port() -> int:
    """Return the port of the web server: PORT, or 8000."""
    value = os.environ.get("PORT", "").strip() or "8000"
    if not re.fullmatch("[0-9]{1,5}", value) or not 1 <= int(value) <= 65535:
        raise StartError(f"PORT must be a number from 1 to 65535, not {value[:40]!r}.")
    return int(value)


def manage(place: Place, command: list[str]) -> None:
    """Become ``manage.py`` with the environment of the demo, which must run unless it is ``persons``."""
    if command[:1] == ["persons"]:
        devservices.make_folder(place.folder, mode=devservices.PASSABLE)
        environment = place.environment(NOWHERE)
    elif place.is_held() and (services := place.read("services")):
        environment = place.environment(devservices.Services(**services), migrates=True)
    else:
        raise StartError("The demo is not running: start it with make demo first.")
    os.chdir(BASE_DIR)
    os.execve(sys.executable, [sys.executable, "manage.py", *command], environment)  # noqa: S606 - our own command line


def ensure_port_is_free(port: int) -> None:
    """Raise StartError when the web server could not listen on *port*."""
    try:
        with socket.create_server(("127.0.0.1", port)):
            pass
    except PermissionError:
        raise StartError(f"Port {port} is reserved for root: PORT=8001 make demo") from None
    except OSError:
        raise StartError(
            f"Port {port} is taken by another program: PORT={port + 1} make demo"
        ) from None


@contextlib.contextmanager
def stoppable() -> Iterator[None]:
    """Turn the first SIGINT, SIGTERM or SIGHUP into Stopped; ignore the next, we are stopping then."""
    numbers = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]

    def stop(_number: int, _frame: FrameType | None) -> None:
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)
        raise Stopped

    for number in numbers:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)


class Demo:
    """The processes of one running demo."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.console = Console()
        self.services = devservices.Pair(place.folder)
        self.children: list[Child] = []

    def run(self, *, reset: bool) -> None:
        """Start everything, say Ready, and watch until a signal or the end of any process."""
        self.place.hold()
        in_order = False
        try:
            with stoppable():
                self._start(reset=reset)
                self._watch()
        except Stopped:
            say("\nStopping ...")
            in_order = True
        finally:
            self.place.tell(stopping_since=time.time())
            self._stop_children(in_order=in_order)
            self.services.stop()
            self.place.release()
        say("Stopped. Your data is kept: make demo goes on with it.")

    # --- Start

    def _start(self, *, reset: bool) -> None:
        homes = [server.home for server in self.services.servers]
        end_leftovers(self.place.folder, folders=homes)
        ensure_port_is_free(self.place.port)
        if reset:
            say("Removing the demo's data ...")
            self.place.reset()
            self.place.tell()
        say(f"Data: {self.place.folder}")
        say("Starting PostgreSQL and Redis ...")
        services = self.services.start()
        self.place.write("services", vars(services))
        environment = self.place.environment(services)
        self._prepare(self.place.environment(services, migrates=True))
        say("Starting web server, worker and clock ...")
        self._start_children(environment)
        self._wait_until_ready()
        say(welcome(self.place))

    def _prepare(self, environment: dict[str, str]) -> None:
        """Migrate and seed, unless this very code has done so on this very database."""
        stamp, name = {"code": fingerprint()}, f"{self.services.postgres.folder.name}/prepared"
        if self.place.read(name) == stamp:
            return
        say("Preparing the database ...")
        child = self._child("prepare", [sys.executable, "manage.py", "prepare_demo"], environment)
        while not child.ended:
            self.console.pump(0.1)
        if child.process and child.process.returncode:
            raise StartError("The database could not be prepared; the lines above say why.")
        self.children.remove(child)
        self.place.write(name, stamp)

    def _child(self, name: str, command: list[str], environment: dict[str, str]) -> Child:
        child = Child(
            name,
            command,
            env=environment,
            cwd=BASE_DIR,
            # Quick ways to end for gunicorn and Celery, should we be killed.
            death_signal=signal.SIGQUIT if name in {"web", "worker"} else signal.SIGTERM,
        )
        self.children.append(child)
        output = self.console.open(name)
        try:
            child.start(output)
        finally:
            os.close(output)
        return child

    def _start_children(self, environment: dict[str, str]) -> None:
        python, data = [sys.executable, "-m"], self.place.folder
        gunicorn = ["gunicorn", "portal.wsgi", "--bind", f"127.0.0.1:{self.place.port}"]
        # Preloaded, Django is imported once for both: that is half of the time to Ready.
        gunicorn += ["--preload", "--worker-class", "gthread", "--workers", "2", "--threads", "4"]
        gunicorn += ["--graceful-timeout", "3", "--no-control-socket", "--log-level", "warning"]
        celery = ["celery", "--quiet", "--app", "portal.celery"]
        level = ["--loglevel", environment["LOG_LEVEL"]]
        worker = ["worker", "--concurrency", "2", "--without-gossip", "--without-mingle", *level]
        beat = ["beat", "--schedule", str(data / "beat-schedule"), "--pidfile", "", *level]
        self._child("web", [*python, *gunicorn], environment)
        self._child("worker", [*python, *celery, *worker], environment)
        self._child("beat", [*python, *celery, *beat], environment)

    def _wait_until_ready(self) -> None:
        until = time.monotonic() + SECONDS_TO_READY
        while not all(self._answers(path) for path in ("/healthz", "/readyz")):
            self._complain_about_the_dead()
            if time.monotonic() > until:
                raise StartError("The web server does not get ready; the lines above may say why.")
            self.console.pump(0.1)

    def _answers(self, path: str) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.place.port, timeout=5)
        try:
            connection.request("GET", path)
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    # --- Watch and stop

    def _watch(self) -> None:
        while True:
            self.console.pump(0.5)
            self._complain_about_the_dead()

    def _complain_about_the_dead(self) -> None:
        servers = [server.child for server in self.services.servers]
        for child in [*self.children, *servers]:
            if child is not None and child.ended:
                self.console.pump(0.2)
                raise StartError(
                    f"The process {child.name} ended ({child.describe_end()}), so the demo stops."
                    " Start it again with make demo; no data is lost."
                )

    def _stop_children(self, *, in_order: bool) -> None:
        """Stop all at the same time, showing their last words; kill whoever does not listen.

        *in_order* lets requests and tasks finish first. Afterwards, or at once, SIGQUIT has gunicorn
        end quickly and Celery give unfinished tasks back to the queue.
        """
        patiently, quickly = (signal.SIGTERM, 6.0), (signal.SIGQUIT, 3.0)
        for number, seconds in [patiently, quickly] if in_order else [quickly]:
            for child in self.children:
                child.send(number)
            until = time.monotonic() + seconds
            while time.monotonic() < until and not all(child.ended for child in self.children):
                self.console.pump(0.05)
        for child in self.children:
            child.patience = 0
            child.stop()
        self.console.pump(0.05)


def welcome(place: Place) -> str:
    """Return what one needs to know once everything runs."""
    rows = [("Role", "User name", "Password", "Groups")]
    for person in place.read("persons").get("persons", []):
        names = list(person["groups"])
        groups = ", ".join(names[:2]) + (f" and {len(names) - 2} more" if len(names) > 2 else "")
        rows.append((person["role"], person["user_name"], person["password"], groups))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    cells = [zip(row, widths, strict=True) for row in rows]
    table = ["  ".join(text.ljust(width) for text, width in row).rstrip() for row in cells]
    mailbox = f"E-mails that would have been sent: {place.url}/demo/mailbox/"
    return "\n".join(
        ["", f"Ready: {place.url}/", "", *table, "", mailbox, "Ctrl-C stops everything.", ""]
    )
