"""The whole demo, started once for all that a browser tests: journeys and the quality of pages."""

import json
import os
import sys
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import expect, sync_playwright

from portal import devservices
from portal.bootstrap import find_browser
from portal.processes import Child
from tests.visitor import PATIENCE, Visitor
from tests.waiting import wait_for

ROOT = Path(__file__).resolve().parents[1]
# What the environment of the tests holds and no demo may inherit.
OF_THE_TESTS = (
    "PORTAL_ENV",
    "DATABASE_URL",
    "DATABASE_OWNER_URL",
    "REDIS_URL",
    "DJANGO_SETTINGS_MODULE",
)
SECONDS_TO_READY = 400  # first start: migrate and seed, on a machine that is busy with other things
not_tested = []  # said once more at the end of the run


class DemoStack:
    """`python -m portal.demo` on a folder and a port of its own."""

    def __init__(self, folder):
        port = devservices.free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.data, self.log = folder / "data", folder / "demo.log"
        environment = {**os.environ, "PORTAL_DATA": str(self.data), "PORT": str(port)}
        # Each browser says its own address, so that the limits for one visitor do not meet in all tests.
        environment["TRUSTED_PROXIES"] = "1"
        for name in OF_THE_TESTS:
            environment.pop(name, None)
        command = [sys.executable, "-m", "portal.demo"]
        self.child = Child("demo", command, env=environment, cwd=ROOT, patience=60)

    def start(self):
        with self.log.open("wb") as output:
            self.child.start(output.fileno())
        wait_for(self._is_ready, "the demo to be ready", seconds=SECONDS_TO_READY)

    def _is_ready(self):
        assert not self.child.ended, self.log.read_text()
        return f"Ready: {self.url}/\n" in self.log.read_text()

    def stop(self):
        self.child.stop()

    def execute(self, statement, *parameters):
        """Run a statement in the demo's database as its owner, who sees all rows; return the rows, if any."""
        services = json.loads((self.data / "services.json").read_text())
        with psycopg.connect(services["owner_url"]) as connection:
            cursor = connection.execute(statement, parameters)
            return cursor.fetchall() if cursor.description else []


def missing(what, untested):
    """Skip the test because *what* is missing, and say so at the end of the run; on CI fail."""
    words = f"{untested}: there is no {what}"
    if os.environ.get("CI") == "true":
        pytest.fail(words)
    if words not in not_tested:
        not_tested.append(words)
    pytest.skip(words)


def pytest_terminal_summary(terminalreporter):
    for words in not_tested:
        terminalreporter.write_line(f"NOT TESTED: {words}", red=True, bold=True)


@pytest.fixture(scope="session")
def chromium():
    """Give the path of the browser."""
    return find_browser() or missing("Chromium", "journeys and the quality of pages")


@pytest.fixture(scope="session")
def demo_stack(chromium):
    """Give the running demo."""
    with devservices.throwaway_folder() as folder:
        stack = DemoStack(folder)
        try:
            stack.start()
            yield stack
        finally:
            stack.stop()


@pytest.fixture(scope="module")
def browser(chromium):
    """Give a browser; per module, because Playwright's event loop would forbid others the database."""
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        started = playwright.chromium.launch(executable_path=chromium, args=sandbox)
        yield started
        started.close()


@pytest.fixture
def visit(browser, demo_stack):
    """Give a function that opens a browser window of somebody new; all are closed afterwards."""
    opened = []

    def open_window(**options):
        opened.append(Visitor(browser, demo_stack.url, **options))
        return opened[-1]

    yield open_window
    for visitor in opened:
        visitor.context.close()
