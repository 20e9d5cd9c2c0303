"""`make demo` as people run it: started, stopped, killed, started again. Real processes, real servers."""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import psycopg
import pytest

from portal import devservices
from portal.processes import running_on
from tests.stack import OF_THE_TESTS

pytestmark = [pytest.mark.demo, pytest.mark.timeout(400)]

ROOT = Path(__file__).resolve().parents[2]
SECONDS_TO_FIRST_READY = 180
SECONDS_TO_READY_AGAIN = 10  # on a machine that has nothing else to do
ROLES = {  # how a process of the demo is known by its command line
    "make": r"^make ",
    "supervisor": r"-m portal\.demo",
    "web": r"-m gunicorn ",
    "worker": r"-m celery .* worker ",
    "beat": r"-m celery .* beat ",
    "postgres": r"/postgres -D ",
    "redis": r"redis-server ",
}


class RunningDemo:
    """One data folder and port, on which `make demo` is started and stopped."""

    def __init__(self, folder):
        self.folder = folder / "data"
        self.port = devservices.free_port()
        self.output = folder / "output.txt"
        self.make = None
        self.earlier = []

    def start(self, target="demo", **environment):
        # Without what `make test` leaves behind: a make that knows it is nested talks more.
        own = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
        env = {**own, "PORTAL_DATA": str(self.folder), "PORT": str(self.port), **environment}
        for name in OF_THE_TESTS:
            env.pop(name, None)
        self.earlier += [self.make] if self.make else []
        with self.output.open("wb") as output:
            self.make = subprocess.Popen(
                ["make", target, f"PYTHON={sys._base_executable}"],
                cwd=ROOT,
                env=env,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # the process group that Ctrl-C of a terminal would reach
            )
        return self

    def ensure_ready(self):
        """Start it, unless an earlier test left it running."""
        if self.make is None or self.make.poll() is not None:
            self.start().wait_until_ready()

    def wait_until_ready(self, seconds=SECONDS_TO_FIRST_READY):
        began = time.monotonic()
        while f"Ready: http://127.0.0.1:{self.port}/\n" not in self.output.read_text():
            assert self.make.poll() is None, self.output.read_text()
            assert time.monotonic() - began < seconds, self.output.read_text()
            time.sleep(0.05)
        return time.monotonic() - began

    def processes(self):
        """Return {process id: command line} of all that runs for this demo."""
        homes = [server.home for server in devservices.Pair(self.folder).servers]
        numbers = running_on(self.folder, homes)
        state = self.folder / "state.json"
        if state.exists():
            numbers.append(json.loads(state.read_text())["pid"])
        numbers.append(self.make.pid)
        lines = {number: command_line(number) for number in numbers}
        return {number: line for number, line in lines.items() if line}

    def find(self, role):
        """Return the process ids of *role*; of a server with several processes its first."""
        found = sorted(n for n, line in self.processes().items() if re.search(ROLES[role], line))
        assert found, f"no {role} in {self.processes()}"
        return found[0]

    def wait_until_gone(self, seconds=20):
        code = self.make.wait(seconds)
        until = time.monotonic() + seconds
        while left := self.processes():
            assert time.monotonic() < until, left
            time.sleep(0.05)
        return code

    def execute(self, statement):
        url = json.loads((self.folder / "services.json").read_text())["owner_url"]
        with psycopg.connect(url) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def interrupt(self):
        """Press Ctrl-C: the whole process group of the terminal gets the signal."""
        os.killpg(self.make.pid, signal.SIGINT)
        return self.wait_until_gone()

    def kill_everything(self):
        if self.make:
            for number in [self.make.pid, *self.processes()]:
                end(number)
            for make in [self.make, *self.earlier]:
                make.wait(30)


def command_line(number):
    """Return the command line of a living process, or "" (a zombie has none)."""
    try:
        return Path(f"/proc/{number}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def end(number):
    with contextlib.suppress(ProcessLookupError):
        os.kill(number, signal.SIGKILL)


def seconds_to_ready_again():
    """Return the limit, stretched when the machine has more to do than cores."""
    return SECONDS_TO_READY_AGAIN * max(1, os.getloadavg()[0] / os.cpu_count())


def last_line(output):
    lines = [line for line in output.read_text().splitlines() if not line.startswith("make: ")]
    return lines[-1]


@pytest.fixture(scope="module")
def place():
    """Give a folder that the servers' user can enter."""
    if not shutil.which("make"):
        pytest.skip("there is no make")
    with devservices.throwaway_folder() as folder:
        yield folder


@pytest.fixture(scope="module")
def demo(place):
    """Give the demo; a test finds it in whatever state the one before left it."""
    running = RunningDemo(place)
    yield running
    running.kill_everything()


def test_it_serves_pages_and_lists_the_persons(demo):
    demo.ensure_ready()

    page = urllib.request.urlopen(f"http://127.0.0.1:{demo.port}/").read().decode()
    listed = subprocess.check_output(["make", "-s", "persons"], cwd=ROOT, text=True)
    first, *others = json.loads(listed)

    assert "<h1" in page
    assert set(first) == {"role", "user_name", "password", "groups"}
    output = demo.output.read_text()
    assert all(person["password"] in output for person in [first, *others])


def test_it_runs_as_the_role_that_owns_nothing(demo):
    demo.ensure_ready()

    roles = demo.execute(
        "SELECT DISTINCT usename::text, rolsuper, rolbypassrls FROM pg_stat_activity"
        " JOIN pg_roles ON rolname = usename WHERE application_name LIKE 'portal%'"
    )

    assert roles == [("portal_app", False, False)]


@pytest.mark.parametrize(
    ("whom", "number"),
    [
        ("terminal", signal.SIGINT),
        ("supervisor", signal.SIGTERM),
        ("supervisor", signal.SIGHUP),
        ("make", signal.SIGTERM),
    ],
)
def test_a_signal_stops_every_process(demo, whom, number):
    demo.ensure_ready()

    if whom == "terminal":
        demo.interrupt()
    else:
        os.kill(demo.find(whom), number)
        demo.wait_until_gone()

    assert "Your data is kept" in demo.output.read_text()
    assert "Traceback" not in demo.output.read_text()


def test_a_signal_during_the_start_stops_every_process(demo, place):
    early = RunningDemo(place / "early")
    early.output = place / "early.txt"
    early.start()
    while "Starting" not in early.output.read_text():
        time.sleep(0.01)

    early.interrupt()

    assert "Traceback" not in early.output.read_text()


@pytest.mark.parametrize("victim", ["everything", *ROLES])
def test_after_kill_9_the_next_start_is_quick_and_nothing_is_lost(demo, victim):
    demo.ensure_ready()
    demo.execute("CREATE TABLE IF NOT EXISTS committed (victim text)")
    demo.execute(f"INSERT INTO committed VALUES ('{victim}')")

    victims = list(demo.processes()) if victim == "everything" else [demo.find(victim)]
    for number in victims:
        end(number)

    demo.start()  # at once, while the rest may still be stopping
    assert demo.wait_until_ready() < seconds_to_ready_again()
    assert (victim,) in demo.execute("SELECT victim FROM committed")
    assert not set(victims) & set(demo.processes())


def test_the_end_of_a_process_is_told_in_one_line(demo):
    demo.ensure_ready()

    end(demo.find("beat"))

    assert demo.wait_until_gone() != 0
    assert last_line(demo.output) == (
        "The process beat ended (killed by SIGKILL), so the demo stops."
        " Start it again with make demo; no data is lost."
    )


def test_a_second_start_is_ready_within_10_seconds(demo):
    demo.ensure_ready()
    demo.interrupt()

    assert demo.start().wait_until_ready() < seconds_to_ready_again()
    assert "Preparing the database" not in demo.output.read_text()


def test_a_second_demo_on_the_same_data_is_told_in_one_line(demo, place):
    demo.ensure_ready()
    second = RunningDemo(place)
    second.output = place / "second.txt"

    second.start()

    assert second.make.wait(20) != 0
    assert re.fullmatch(
        rf"The demo is running already: http://127\.0\.0\.1:{demo.port}/ \(process \d+\)\. Stop that one with"
        r" Ctrl-C, or start a second with PORTAL_DATA=/another/folder PORT=8001 make demo\.",
        last_line(second.output),
    )
    assert urllib.request.urlopen(f"http://127.0.0.1:{demo.port}/healthz").status == 200


def test_a_taken_port_is_told_in_one_line(place):
    other = RunningDemo(place / "other")
    other.output = place / "other.txt"
    with socket.create_server(("127.0.0.1", other.port)):
        other.start()
        assert other.make.wait(20) != 0

    assert last_line(other.output) == (
        f"Port {other.port} is taken by another program: PORT={other.port + 1} make demo"
    )
    assert other.processes() == {}


@pytest.mark.parametrize("port", ["http", "0", "65536", "8 000", "-1"])
def test_a_wrong_port_is_told_in_one_line(place, port):
    other = RunningDemo(place / "other")
    other.output = place / "other.txt"
    other.start(PORT=port)

    assert other.make.wait(20) != 0
    assert last_line(other.output) == f"PORT must be a number from 1 to 65535, not {port!r}."


def test_reset_starts_anew(demo):
    demo.ensure_ready()
    demo.execute("CREATE TABLE IF NOT EXISTS committed (victim text)")
    demo.interrupt()
    (demo.folder / "mine.txt").write_text("not the demo's")

    demo.start("demo-reset").wait_until_ready()

    assert demo.execute("SELECT to_regclass('committed')::text") == [(None,)]
    assert (demo.folder / "mine.txt").exists()
