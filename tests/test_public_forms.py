"""Whatever somebody puts into a form: a page with a clear message comes back, and never an error of ours."""

import copy
from contextlib import contextmanager
from html.parser import HTMLParser
from urllib.parse import quote_plus, urlencode

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import html

from tests.guards.routes import all_routes
from tests.public_forms import BY_NAME, FORMS

pytestmark = pytest.mark.django_db

ANSWERED = {200, 302, 400, 403, 413, 422, 429}
SCRIPT = "<script>alert(1)</script>\"'><b onmouseover=x>"
TEXTS = {
    "empty": "",
    "blank": " \t ",
    "long": "a" * 5000,
    "long digits": "9" * 5000,
    "one megabyte": "x" * 1_000_000,
    "control": "a\x01\x02\x1b[31m\x7f",
    "NUL": "a\x00b",
    "only NUL": "\x00",
    "line breaks": "a\r\nb\rc\nd\u2028e",
    "right to left": "\u202eevil\u202c\u200f",
    "zero width": "a\u200b\ufeffb",
    "HTML": SCRIPT,
    "template": "{{ 7|add:7 }}{% debug %}${7*7}%s%(x)s%n",
    "SQL": "' OR 1=1; --",
    "emoji": "👩‍👩‍👧‍👦 🏳️‍🌈",
    "combining": "Z" + "͑ͫ̓" * 80,
    "other digits": "١٢٣٤٥٦٧٨٩",
    "fullwidth": "\uff11\uff12\uff13\uff14\uff15\uff16",
    "number": "-1e999",
    "JSON": '{"a": [1, null]}',
    "nested": "[" * 60_000,
    "long number": "1" * 50_000,
    "path": "../../../../etc/passwd",
    "address": "javascript:alert(1)",
    "private use": "\ue000\U0010ffff",
    "email": "a@b@c..d",
    "header": "a@b.example\r\nBcc: all@b.example",
}
RAW = {
    "lone surrogate": "%ED%A0%80",
    "broken UTF-8": "%FF%FE%C3",
    "overlong NUL": "%C0%80",
    "percent": "%",
    "half": "%E2%82",
}
VOID = {
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "use", "wbr",
    "path", "circle", "rect", "line", "polyline", "polygon", "ellipse",
}  # fmt: skip


class Nesting(HTMLParser):
    """Read a page and remember elements that are not closed, or not in order."""

    def __init__(self):
        super().__init__()
        self.open, self.wrong = [], []

    def handle_starttag(self, tag, attrs):
        names = [name for name, _value in attrs]
        if len(names) != len(set(names)):
            self.wrong.append(f"<{tag}> has an attribute twice")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}>")


def assert_well_formed(page):
    reader = Nesting()
    reader.feed(page)
    reader.close()
    assert reader.wrong == []
    assert reader.open == []
    assert "\x00" not in page


@contextmanager
def undone(client):
    """Forget whatever the block did: rows, session, cookies, counters of allauth."""
    kept = copy.deepcopy(client.cookies)
    cache.clear()
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    client.cookies = kept


@pytest.fixture
def at(client):
    """Bring a browser to a form; return it with the names of the form's fields."""

    def bring(form):
        cache.clear()
        form.prepare(client)
        page = client.get(form.path)
        assert page.status_code == 200, f"{form}: not reached, {page.get('Location')}"
        return client, fields_of(page, form)

    return bring


def fields_of(page, form):
    """Return the names that the browser would send, and the ones the form takes without showing them."""
    elements = html.fromstring(page.content.decode()).cssselect("form[method=post]")
    here = [
        item
        for item in elements
        if (item.get("action") or form.path).partition("?")[0] == form.target
    ]
    named = {
        field.get("name")
        for item in here
        for field in item.cssselect("input[name], select[name], textarea[name], button[name]")
    }
    return sorted(
        (named | set(form.valid)) - {"csrfmiddlewaretoken", "credential"}
        | ({"credential"} & set(form.valid))
    )


def filled(form, **changes):
    return {"csrfmiddlewaretoken": "x", **form.valid, **changes}


def invalid_fields(page):
    """Return the names of the fields that the page marks as wrong."""
    marked = page.cssselect(
        "[aria-invalid=true], .ep-field--error input, .ep-field--error select, .ep-field--error textarea"
    )
    return {item.get("name") for item in marked}


def check(form, field, response, *, sent=None):
    """Judge an answer; *sent* is the text in *field* that must not be lost."""
    assert response.status_code in ANSWERED
    if response.status_code == 302 or not response["Content-Type"].startswith("text/html"):
        return
    text = response.content.decode()
    assert SCRIPT not in text
    if form.name != "check_identifier":
        assert_well_formed(text)
    page = html.fromstring(text)
    if response.status_code in {400, 403, 413, 429} or form.plain:
        return
    wrong = invalid_fields(page)
    said = page.cssselect("[data-error-summary] a, [data-error-summary] li")
    assert said, "redisplayed without saying why"
    assert wrong & ({field} | form.partners.get(field, set())), f"the error stands at {wrong}"
    if sent is not None:
        assert_kept(page, field, sent)


def assert_kept(page, field, sent):
    for item in page.cssselect(f"input[name={field}], textarea[name={field}]"):
        if item.get("type") not in {"text", "email", "tel", None} and item.tag == "input":
            continue
        shown = (
            item.text_content().lstrip("\n") if item.tag == "textarea" else item.get("value", "")
        )
        assert (
            shown == sent.replace("\r\n", "\n").replace("\r", "\n")
            if item.tag == "textarea"
            else shown == sent
        )


def is_readable(text):
    """Tell whether HTML can carry the text: no characters that parsers drop or turn into others."""
    return all(char.isprintable() for char in text) and len(text) <= 5000


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_every_field_takes_whatever_is_typed(at, form):
    client, fields = at(form)
    for field in fields:
        for kind, text in TEXTS.items():
            with undone(client):
                response = client.post(form.target, filled(form, **{field: text}))
                try:
                    check(
                        form,
                        field,
                        response,
                        sent=text if is_readable(text) and text.strip() == text else None,
                    )
                except AssertionError as error:
                    raise AssertionError(f"{form}.{field} with {kind}: {error}") from error


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_every_field_takes_what_is_no_text(at, form):
    client, fields = at(form)
    for field in fields:
        without = {name: value for name, value in filled(form).items() if name != field}
        for kind, body in {
            "missing": without,
            "list": {**without, field: ["a", "b", form.valid.get(field, "")]},
            "file": {**without, field: SimpleUploadedFile("x.png", b"\x89PNG\x00" * 50)},
            "brackets": {**without, f"{field}[]": "a", f"{field}[a][b]": "c"},
        }.items():
            with undone(client):
                response = client.post(form.target, body)
                assert response.status_code in ANSWERED, f"{form}.{field} with {kind}"
        for kind, raw in RAW.items():
            with undone(client):
                body = f"{urlencode(without)}&{quote_plus(field)}={raw}"
                response = client.generic(
                    "POST", form.target, body, "application/x-www-form-urlencoded"
                )
                try:
                    check(form, field, response)
                except AssertionError as error:
                    raise AssertionError(f"{form}.{field} with {kind}: {error}") from error


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_everything_wrong_at_once(at, form):
    client, fields = at(form)
    for text in TEXTS.values():
        with undone(client):
            response = client.post(
                form.target, {"csrfmiddlewaretoken": "x", **dict.fromkeys(fields, text)}
            )
            assert response.status_code in ANSWERED


@pytest.mark.parametrize("form", [form for form in FORMS if form.valid and not form.plain], ids=str)
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_any_text_in_any_field(client, form, data):
    with undone(client):
        form.prepare(client)
        field = data.draw(st.sampled_from(sorted(form.valid)), label="field")
        text = data.draw(st.text(max_size=120), label="text")
        check(form, field, client.post(form.target, filled(form, **{field: text})))


BODIES = {
    "no boundary": (b"x", "multipart/form-data"),
    "cut off": (
        b'--b\r\nContent-Disposition: form-data; name="login"\r\n\r\nab',
        "multipart/form-data; boundary=b",
    ),
    "broken header": (
        b"--b\r\nContent-Disposition: \xff\xfe\r\n\r\nx\r\n--b--",
        "multipart/form-data; boundary=b",
    ),
    "boundary of 300": (b"--" + b"b" * 300 + b"--", "multipart/form-data; boundary=" + "b" * 300),
    "bad transfer": (
        b'--b\r\nContent-Disposition: form-data; name="login"\r\nContent-Transfer-Encoding: base64\r\n\r\n***\r\n--b--',
        "multipart/form-data; boundary=b",
    ),
    "too many fields": (
        urlencode([(f"a{n}", n) for n in range(600)]).encode(),
        "application/x-www-form-urlencoded",
    ),
    "three megabytes": (b"login=" + b"x" * 3_000_000, "application/x-www-form-urlencoded"),
    "JSON": (b'{"login": "tquinn"}', "application/json"),
    "unknown charset": (b"login=tquinn", "application/x-www-form-urlencoded; charset=nonsense"),
    "UTF-16": (
        "login=tquinn".encode("utf-16"),
        "application/x-www-form-urlencoded; charset=utf-16",
    ),
    "no type": (b"login=tquinn", ""),
    "nothing": (b"", "application/x-www-form-urlencoded"),
    "ampersands": (b"&" * 5000, "application/x-www-form-urlencoded"),
}


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_bodies_that_no_browser_sends(at, form):
    client, _fields = at(form)
    for kind, (body, content_type) in BODIES.items():
        with undone(client):
            response = client.generic("POST", form.target, body, content_type)
            assert response.status_code in ANSWERED, f"{form}: {kind} got {response.status_code}"


@pytest.mark.parametrize("form", [form for form in FORMS if form.name != "passkey"], ids=str)
def test_no_form_is_taken_from_another_site(form):
    client = Client(enforce_csrf_checks=True)
    response = client.post(form.target, form.valid)

    assert response.status_code == 403


# Addresses that answer a POST and are no form, or none that is open.
NO_FORM = {
    "/account/signup/",  # always closed
    "/staff/login/", "/account/login/",  # lead to sign-in
    "/account/confirm-email/",  # only while a new address waits to be confirmed
}  # fmt: skip
NEEDS_SIGN_IN = {route.path for route in all_routes() if not route.is_public}


def test_every_public_form_is_here(client):
    """Ask each public address whether it takes a POST: a new form must join the list."""
    taking = {
        route.path
        for route in all_routes()
        if route.is_public and client.post(route.path).status_code not in {404, 405}
    }

    assert taking - NO_FORM == {form.target for form in FORMS} - NEEDS_SIGN_IN


@pytest.mark.parametrize("name", ["request_access", "create_account", "report_issue", "register"])
def test_right_input_goes_through(at, name):
    form = BY_NAME[name]
    client, _fields = at(form)

    assert client.post(form.target, filled(form)).status_code == 302
