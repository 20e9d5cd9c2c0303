"""Addresses, headers, cookies and methods that no browser of ours sends: refused in good order, never an error of ours."""

import pytest
from django.core.cache import cache
from django.test import Client

from accounts.actions.grants import activate_grant
from messaging.models import IssueReport
from portal.models import AuditEvent
from tests.factories import GrantFactory, UserFactory
from tests.guards.routes import all_routes
from tests.staff import staff_with

pytestmark = pytest.mark.django_db

PAGES = sorted({route.path for route in all_routes() if route.is_public})
OPEN = [path for path in PAGES if path not in {"/healthz", "/readyz", "/brand.css"}]
ANSWERED = {200, 204, 301, 302, 400, 403, 404, 405, 422, 429}
LONG = "x" * 9000
QUERIES = {
    "NUL": "next=%00&page=%00&number=%00&key=%00&q=%00",
    "broken UTF-8": "next=%FF%FE&page=%C3&number=%ED%A0%80",
    "long": f"next=/{LONG}&page=/{LONG}&number={LONG}",
    "brackets": "next[]=/&page[a][b]=1&number[$ne]=1",
    "twice": "next=/a&next=/b&page=1&page=-1",
    "other site": "next=//evil.example&page=https://evil.example/",
    "script": "next=javascript:alert(1)&page=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
    "header": "next=/%0d%0aSet-Cookie:%20a=b&page=/%0d%0a",
    "no value": "next&page&number&=&&",
    "numbers": "page=99999999999999999999999&p=-1&p=1e9&all=1",
    "right to left": "next=/%E2%80%AEevil&page=%E2%80%AE",
    "many": "&".join(f"a{n}=1" for n in range(1200)),
}
HEADERS = {
    "X-Forwarded-For": [
        "",
        ",",
        "unknown",
        "' OR 1=1",
        "1.2.3.4:80",
        "::1%lo",
        LONG,
        "a, b, \u00ff",
        "\x00",
    ],
    "X-Forwarded-Proto": ["gopher", "https, http", "\u00ff"],
    "X-Request-ID": [LONG, "\u00ff", '"}{', "a\x00b"],
    "HX-Request": ["true", "maybe", ""],
    "HX-Target": [
        "../../etc/passwd",
        "#identifier-field",
        "identifier-field",
        LONG,
        "\u00ff",
        "a b",
        "%00",
    ],
    "HX-Current-URL": [
        "",
        "javascript:alert(1)",
        "http://[::1",
        "//evil.example/",
        LONG,
        "%FF",
        "http://testserver:port/",
    ],
    "HX-Boosted": ["true", "x"],
    "Accept-Language": [
        "",
        "*",
        "zz-ZZ;q=x",
        "en" * 4000,
        "../../en",
        "\u00ff",
        ",".join(["de;q=0.1"] * 500),
        "en;q=9e99",
    ],
    "Accept": ["", "*/*;q=x", "\u00ff", LONG],
    "Accept-Encoding": ["br;q=x", "\u00ff", LONG],
    "User-Agent": ["", LONG, "\u00ff\x01\x00", "<script>alert(1)</script>"],
    "Referer": ["", "javascript:alert(1)", "http://[", LONG, "\u00ff"],
    "Origin": ["null", "https://evil.example", "\u00ff"],
    "If-Modified-Since": ["yesterday", "\u00ff", "Thu, 01 Jan 0000 00:00:00 GMT"],
    "If-None-Match": ["*", '"', LONG],
    "Range": ["bytes=0-", "bytes=-1", "x"],
    "Authorization": ["Basic !!!", "Bearer " + LONG],
    "Content-Length": ["-1", "x", ""],
    "Content-Type": ["", "multipart/form-data", "text/html; charset=nonsense"],
    "X-HTTP-Method-Override": ["DELETE"],
}
COOKIES = [
    "",
    "x",
    LONG[:4000],
    "\u00ff",
    "%00",
    "../../x",
    '"quoted;',
    "1:accepted:2026-99-99",
    "MA\x01",
    "{}",
]
PATHS = [
    "/%00", "/%00/", "/a%00b", "/..%2f..%2fetc/passwd", "/../../etc/passwd", "/" + LONG, "//evil.example", "//", "/%",
    "/%zz", "/%FF%FE", "/%ED%A0%80/", "/\u2603/", "/\U0001f4a9/", "/%E2%80%AE/", "/g/%00/", "/g/%F0%9F%92%A9/",
    "/g//", "/g/ZZ/", "/g/" + "a" * 3000 + "/", "/help/%00/", "/help/../", "/help/" + "a" * 3000 + "/",
    "/static/../portal/settings.py", "/static/%2e%2e/portal/settings.py", "/static/%00", "/staff/%00/",
    "/staff/accounts/user/%00/change/", "/staff/accounts/user/" + "9" * 40 + "/change/",
    "/account/2fa/webauthn/keys/" + "9" * 40 + "/edit/", "/staff/r/0/0/", "/staff/r/" + "9" * 30 + "/1/",
    "/.env", "/.git/config", "/wp-login.php", "/index.php?-s", "/;/", "/%0d%0aSet-Cookie:a=b", "/a b/", "/<script>/",
    "/'\"/", "/register/;jsessionid=1", "/register/%2e%2e/", "/Register/", "/register",
]  # fmt: skip

# allauth's pages that show themselves, and do nothing, whatever the method
SHOWN_FOR_ANY_METHOD = {"/account/signup/", "/account/password/reset/"}


@pytest.fixture(autouse=True)
def _forget_limits():
    cache.clear()


@pytest.fixture
def member(client):
    grant = activate_grant(GrantFactory(), user=UserFactory(), by=None)
    client.force_login(grant.user)
    return client


@pytest.mark.parametrize("kind", QUERIES)
def test_queries(client, kind):
    for path in OPEN:
        response = client.get(f"{path}?{QUERIES[kind]}")
        assert response.status_code in ANSWERED, path
        assert "evil.example" not in response.get("Location", "").partition("?")[0], path
        assert b"<script>alert" not in response.content, path


@pytest.mark.parametrize("name", HEADERS)
def test_headers(client, settings, name):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for value in HEADERS[name]:
        for path in (
            "/",
            "/register/",
            "/sign-in/",
            "/home/",
            "/nothing/",
            "/report-an-issue/",
            "/brand.css",
        ):
            response = client.get(path, headers={name: value})
            assert response.status_code in ANSWERED, f"{path} with {value[:20]!r}"
            assert b"<script>alert" not in response.content, path
        response = (
            client.post(
                "/register/check/",
                {"identified_by": "group_id", "identifier": "2"},
                headers={name: value},
            )
            if name not in {"Content-Type", "Content-Length"}
            else client.get("/")
        )
        assert response.status_code in ANSWERED


def test_a_hostile_browser_is_written_down_in_readable_characters(client):
    issue = {
        "category": "other",
        "description": "x",
        "name": "Teresa Quinn",
        "email": "t@cedar.example",
    }
    client.post("/report-an-issue/", issue, headers={"User-Agent": "a\x00\x01\x1bb" + LONG})

    assert IssueReport.objects.get().browser.startswith("ab")
    assert AuditEvent.objects.get().user_agent.startswith("ab")
    assert len(IssueReport.objects.get().browser) == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "testserver:x", "[::1", "testserver,evil.example", "a" * 300, "\u00ff", ""],
)
def test_other_hosts_are_refused(client, host):
    assert client.get("/", headers={"Host": host}).status_code == 400


@pytest.mark.parametrize(
    "name",
    [
        "portal_session",
        "portal_csrf",
        "cookie_choice",
        "region",
        "messages",
        "mfa_trusted",
        "django_language",
    ],
)
def test_cookies(name):
    for value in COOKIES:
        for path in ("/", "/register/", "/sign-in/", "/home/", "/cookies/"):
            client = Client()
            client.cookies[name] = ""
            client.cookies[name].set(name, value, value)
            assert client.get(path).status_code in {200, 302}, f"{path} with {value[:20]!r}"
        client.post("/sign-in/", {"login": "tquinn"})


@pytest.mark.parametrize(
    "value",
    ['"aaaaaaaaaa\\000"', '"%s\\000"' % ("a" * 31), "A" * 32, "a" * 33, "a" * 31 + "\u00ff", '"\\377\\376aaaaaaaa"'],
)  # fmt: skip
def test_a_session_that_cannot_be_ours_counts_as_none(value):
    for path in ("/", "/register/request/", "/sign-in/seal/", "/register/status/view/", "/home/"):
        client = Client(headers={"cookie": f"portal_session={value}"})
        assert client.get(path).status_code in {200, 302}, path
        assert client.post(path).status_code in {200, 302, 405}, path


@pytest.mark.parametrize("number", ["%00", "REG-261117-0042%00", "%FF", "x", "REG-" + "9" * 40])
@pytest.mark.parametrize("page", ["change", "link", "approve", "note"])
def test_an_address_of_no_request_is_not_there(client, number, page):
    client.force_login(staff_with("am_supervisor"))
    path = f"/staff/accounts/registrationrequest/{number}/{page}/"

    assert client.get(path).status_code == 404
    assert client.post(path).status_code == 404


def test_a_session_nobody_began_is_not_taken_over(client):
    client.cookies["portal_session"] = "a" * 32
    client.post("/sign-in/", {"login": "tquinn"})

    assert client.cookies["portal_session"].value != "a" * 32


@pytest.mark.parametrize("path", PATHS)
def test_paths(member, path):
    # the test client would read the first part of //evil.example as a host
    response = member.get("/", PATH_INFO=path) if path.startswith("//") else member.get(path)

    assert response.status_code in {301, 302, 400, 404}
    assert "evil.example" not in response.get("Location", "")
    assert "\n" not in response.get("Location", "")


@pytest.mark.parametrize("path", PATHS)
def test_paths_for_visitors(client, path):
    assert client.get(path).status_code in {200, 301, 302, 400, 404}


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "X" * 50])
@pytest.mark.parametrize("path", OPEN)
def test_methods(client, method, path):
    response = client.generic(method, path)

    assert response.status_code in {302, 400, 404, 405} or path in SHOWN_FOR_ANY_METHOD
    if response.status_code == 405:
        assert "GET" in response["Allow"] or "POST" in response["Allow"]


@pytest.mark.parametrize("path", OPEN)
def test_head_is_get_without_the_page(client, path):
    head, get = client.head(path), client.get(path)

    assert head.status_code in {get.status_code, 405}
    assert head.content == b""


def test_pages_of_members_take_hostile_queries(member):
    for path in ("/home/", "/profile/", "/account/sessions/", "/account/2fa/", "/terms/accept/"):
        for query in QUERIES.values():
            assert member.get(f"{path}?{query}").status_code in ANSWERED, path
