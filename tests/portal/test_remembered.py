import re

import pytest
from django.test import Client

from portal import remembered
from tests.factories import UserFactory
from tests.html import select, text

pytestmark = pytest.mark.django_db
PAGES = ["/", "/register/", "/sign-in/", "/sign-in/seal/"]
TOKEN = re.compile(r'(name="csrfmiddlewaretoken" value=")[^"]+')


@pytest.fixture(autouse=True)
def _forget():
    remembered.forget()


def at(path, login="tquinn"):
    """Open *path* in a new browser, at the seal after giving the user name."""
    client = Client()
    if "seal" in path:
        client.post("/sign-in/", {"login": login})
    return client, client.get(path)


def same(response):
    """Return the page without the token, which is new each time."""
    return TOKEN.sub(r"\1…", response.content.decode())


@pytest.mark.parametrize("path", PAGES)
def test_a_remembered_page_is_the_page_drawn_anew(path):
    _client, first = at(path)
    _client, again = at(path)
    remembered.forget()
    _client, anew = at(path)

    assert same(first) == same(again) == same(anew)
    assert again.templates == []  # nothing was drawn
    assert anew.templates != []


@pytest.mark.parametrize("path", PAGES)
def test_every_visitor_gets_a_token_of_their_own(path):
    tokens = [
        {item.get("value") for item in select(at(path)[1], "[name=csrfmiddlewaretoken]")}
        for _ in range(2)
    ]

    assert [len(values) for values in tokens] == [1, 1]
    assert tokens[0] != tokens[1]


def test_forms_of_remembered_pages_are_accepted():
    at("/sign-in/")
    client = Client(enforce_csrf_checks=True)
    token = select(client.get("/sign-in/"), "[name=csrfmiddlewaretoken]")[0].get("value")

    sent = client.post("/sign-in/", {"login": "tquinn", "csrfmiddlewaretoken": token})
    assert sent.status_code == 302


def test_nothing_of_one_visitor_reaches_another():
    _client, first = at("/sign-in/seal/", "a.hole.for.me")
    _client, second = at("/sign-in/seal/", "a.hole.for.you")

    assert "a.hole.for.me" in first.content.decode()
    assert "a.hole.for.me" not in second.content.decode()
    kept = str(remembered._pages)
    assert "a.hole.for" not in kept
    assert text(first, ".ep-seal b") not in kept


def test_what_fills_a_hole_is_escaped():
    at("/sign-in/seal/")
    _client, page = at("/sign-in/seal/", "<script>alert(1)</script>\"'")

    assert "<script>alert" not in page.content.decode()
    assert 'value="&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#x27;"' in page.content.decode()


def test_a_name_like_a_hole_stays_a_name():
    _client, page = at("/sign-in/seal/", f"{remembered._MARK}00")

    assert f"{remembered._MARK}00" in page.content.decode()


def test_signed_in_people_see_their_own_page(client):
    at("/")
    client.force_login(UserFactory())
    page = client.get("/")

    assert same(page) != same(at("/")[1])
    assert page.templates != []


def test_choices_of_the_browser_show(client):
    at("/")
    client.post("/region/", {"region": "CT"})
    client.post("/cookies/", {"choice": "all"})
    page = client.get("/")

    assert "Connecticut" in page.content.decode()
    assert select(page, ".ep-cookie") == []
    assert "Connecticut" not in at("/")[1].content.decode()
    assert select(at("/")[1], ".ep-cookie") != []


def test_what_was_typed_before_shows(client):
    client.post(
        "/register/", {"identified_by": "group_id", "identifier": "20533A", "has_key": "no"}
    )

    assert select(client.get("/register/"), "#id_identifier")[0].get("value") == "20533A"
    assert not select(at("/register/")[1], "#id_identifier")[0].get("value")


def test_a_query_is_not_remembered(client):
    page = client.get("/register/?key=yes")

    assert select(page, "[name=has_key][value=yes]")[0].get("checked") is not None
    assert select(at("/register/")[1], "[name=has_key][value=yes]")[0].get("checked") is None


def test_another_brand_is_another_page(client, settings):
    at("/")
    settings.BRAND_NAME = "Blue Harbor Insurance"

    assert "Blue Harbor" in client.get("/").content.decode()


def test_memory_is_bounded(client, monkeypatch):
    monkeypatch.setattr(remembered, "LARGEST", 1)
    for path in PAGES[:3]:
        client.get(path)

    assert len(remembered._pages) == 1
    assert client.get("/sign-in/").status_code == 200
