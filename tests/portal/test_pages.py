"""The pages everybody may read: what stands on them, and the choices a browser keeps."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine
from django.conf import settings

from portal.help_topics import TOPICS, Audience, by_audience
from tests.factories import UserFactory
from tests.html import select, text

PATHS = [
    "/",
    "/tour/",
    "/help/",
    "/privacy/",
    "/terms/",
    "/cookies/",
    "/accessibility/",
    "/language-help/",
    "/region/",
    *(f"/help/{topic.slug}/" for topic in TOPICS),
]
pytestmark = pytest.mark.django_db


def hrefs(page, css="a"):
    return [link.get("href") for link in select(page, css)]


@pytest.mark.parametrize("path", PATHS)
def test_public_page_has_one_heading_a_title_and_asks_the_database_nothing(
    client, django_assert_num_queries, path
):
    with django_assert_num_queries(0):
        page = client.get(path)

    assert page.status_code == 200
    assert len(select(page, "main h1")) == 1
    assert text(page, "title").endswith(settings.BRAND_NAME)
    assert "portal_session" not in page.cookies


@pytest.mark.parametrize("path", PATHS)
def test_every_link_and_anchor_of_a_public_page_leads_somewhere(client, path):
    page = client.get(path)
    ids = {element.get("id") for element in select(page, "[id]")}

    for href in hrefs(page):
        if href.startswith("#"):
            assert href[1:] in ids
        elif href.startswith("/"):
            assert client.get(href).status_code in {200, 302}, href


@pytest.mark.parametrize("path", PATHS)
def test_page_asks_only_for_what_it_answers_to(client, path):
    assert client.delete(path).status_code == 405
    assert client.head(path).status_code == 200


# --- Home


def test_home_offers_a_visitor_sign_in_registration_and_help(client):
    page = client.get("/")

    form = select(page, "form[action='/sign-in/']")[0]
    assert form.get("method") == "post"
    assert form.cssselect("input[name=login]")
    assert {
        "/register/",
        "/register/key/",
        "/register/status/",
        "/sign-in/forgot-username/",
        "/account/password/reset/",
        "/tour/",
        "/report-an-issue/",
        "/region/",
    } <= set(hrefs(page))
    assert "Questions? Contact Account Management at 800-555-0142, Option 2" in text(page, "main")


def test_home_takes_numbers_contact_and_name_from_the_settings(client, settings):
    settings.REGISTRATION_BUSINESS_DAYS, settings.ACCESS_CODE_DAYS = 5, 1
    settings.BRAND_NAME, settings.BRAND_PHONE = "Bluewater <Mutual>", "800-555-0199"
    settings.BRAND_CONTACT_TEAM = "Employer desk"

    page = client.get("/")

    words = text(page, "main")
    assert "5 business days" in words
    assert "Valid for 1 day." in words
    assert "Contact Employer desk at 800-555-0199" in words
    assert text(page, "title").endswith("Bluewater <Mutual>")


def test_home_without_access_keys_for_primaries_promises_none(client, settings):
    settings.PRIMARY_NEEDS_ACCESS_CODE = False

    words = text(client.get("/"), ".ep-stories")

    assert "an Access Key is not required" in words
    assert "16 digits" not in words


def test_home_shows_what_is_to_come_without_promising_links(client):
    assert len(select(client.get("/"), ".ep-feature")) == 6
    assert not select(client.get("/"), ".ep-feature a")


def test_home_of_a_signed_in_person_leads_on(client):
    client.force_login(UserFactory())

    page = client.get("/")

    assert not select(page, "form[action='/sign-in/']")
    assert text(page, "a[href='/home/'].ep-button") == "Continue to your groups"
    assert text(page, "a[href='/enter-access-code/']") == "Enter your access code"
    assert text(page, "form[action='/account/logout/'] button") == "Sign out"


# --- Tour and help


def test_tour_walks_six_steps_each_with_a_described_picture_and_the_next(client):
    page = client.get("/tour/")

    assert len(select(page, ".ep-tour__step")) == 6
    assert all(picture.get("alt") for picture in select(page, ".ep-tour__step img"))
    steps = hrefs(page, ".ep-tour__nav a")
    assert hrefs(page, ".ep-tour__next a") == steps[1:]
    assert text(page, ".ep-tour__end a") == "Register for Access"


def test_every_picture_of_the_tour_exists(client):
    for picture in select(client.get("/tour/"), ".ep-tour__step img"):
        assert (settings.BASE_DIR / picture.get("src").lstrip("/")).is_file()


def test_help_lists_every_topic_under_its_heading(client):
    page = client.get("/help/")

    assert hrefs(page, ".ep-topics a") == [f"/help/{topic.slug}/" for topic in TOPICS]
    assert [heading.text for heading in select(page, ".ep-columns__main h2")] == [
        str(audience.value) for audience in Audience
    ]


def test_topics_and_templates_are_the_same_set():
    folder = Path(settings.BASE_DIR) / "templates/portal/help"

    assert {path.stem for path in folder.glob("*.html")} == {topic.slug for topic in TOPICS}
    assert sum(len(topics) for _audience, topics in by_audience()) == len(TOPICS)


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.slug)
def test_topic_tells_the_steps_and_ends_with_the_contact(client, topic):
    page = client.get(f"/help/{topic.slug}/")

    assert text(page, "h1") == str(topic.title)
    assert len(select(page, ".ep-topic li")) >= 2
    assert settings.BRAND_PHONE in text(page, ".ep-topic__foot")
    assert f"/report-an-issue/?page=/help/{topic.slug}/" in hrefs(page)


def test_topic_shows_a_signed_in_person_the_door(client):
    client.force_login(UserFactory())

    assert "/profile/" in hrefs(client.get("/help/manage-profile/"), ".ep-doors a")


@pytest.mark.parametrize("slug", ["nothing", "a" * 500, "..", "sign-in.html"])
def test_unknown_topic_is_not_found(client, slug):
    assert client.get(f"/help/{slug}/").status_code == 404


# --- Legal pages


def test_terms_name_their_version_and_the_duties(client, settings):
    settings.TERMS_VERSION = "2031-02"
    words = text(client.get("/terms/"), "main")

    for part in (
        "Version 2031-02",
        "in control of its electronic administration",
        "removes access on the day somebody leaves",
        "special enrollment rights under HIPAA",
        "We are not responsible for giving access",
        "You confirm that you may act for the group".lower(),
    ):
        assert part.lower() in words.lower()


def test_language_help_marks_every_language(client):
    items = select(client.get("/language-help/"), ".ep-languages li")

    assert len(items) >= 10
    assert all(item.get("lang") and settings.BRAND_PHONE in item.text_content() for item in items)
    assert [item.get("dir") for item in items if item.get("lang") == "ar"] == ["rtl"]


# --- Cookies


@pytest.mark.parametrize(("choice", "word"), [("all", "accepted"), ("necessary", "rejected")])
def test_cookie_choice_is_kept_with_version_and_date(client, choice, word):
    with time_machine.travel(datetime(2026, 11, 18, 2, 0, tzinfo=UTC)):  # still the 17th in Boston
        answer = client.post("/cookies/", {"choice": choice, "next": "/tour/"})
        page = client.get("/cookies/")

    assert answer.url == "/tour/"
    kept = answer.cookies["cookie_choice"]
    assert kept.value == f"1:{word}:2026-11-17"
    assert (kept["httponly"], kept["samesite"], kept["max-age"]) == (True, "Lax", 365 * 24 * 3600)
    assert f"You {word} optional cookies on November 17, 2026." in text(page, "main")


def test_notice_stays_until_chosen_and_weighs_both_the_same(client):
    before = select(client.get("/"), ".ep-cookie button")
    client.post("/cookies/", {"choice": "necessary"})

    assert len(before) == 2
    assert before[0].get("class") == before[1].get("class")
    assert not select(client.get("/"), ".ep-cookie")
    assert "/cookies/" in hrefs(client.get("/"), "footer a")


@pytest.mark.parametrize(
    "kept",
    ["0:accepted:2026-11-17", "1:maybe:2026-11-17", "1:accepted:2026-13-40", "1:accepted:", "<b>"],
)
def test_choice_of_an_older_notice_or_a_broken_one_is_asked_again(client, kept):
    client.cookies["cookie_choice"] = kept

    assert select(client.get("/"), ".ep-cookie")
    assert "You have not chosen yet" in text(client.get("/cookies/"), "main")


ELSEWHERE = [
    "https://evil.example/",
    "//evil.example",
    "/\\evil.example",
    "javascript:alert(1)",
    "/a\r\nSet-Cookie: a=b",
    "\x00",
    "/" + "a" * 5000,
    "",
]


@pytest.mark.parametrize("way_back", ELSEWHERE)
@pytest.mark.parametrize(
    ("path", "choice", "otherwise"),
    [("/cookies/", {"choice": "all"}, "/cookies/"), ("/region/", {"region": "MA"}, "/")],
)
def test_nobody_is_led_to_another_site(client, path, choice, otherwise, way_back):
    answer = client.post(path, {**choice, "next": way_back})

    assert (answer.status_code, answer.url) == (302, otherwise)


HOSTILE = ["", "maybe", "\x00", "\u202e", "👩‍💻", "<script>", "x" * 1_000_000]


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize(("path", "field"), [("/cookies/", "choice"), ("/region/", "region")])
def test_an_unclear_choice_is_said_on_the_page_and_changes_nothing(client, path, field, value):
    page = client.post(path, {field: value, "next": "/tour/"})

    assert page.status_code == 422
    assert select(page, "main [role=alert]")
    assert text(page, "title").startswith("Error:")
    assert select(page, "main input[name=next]")[0].get("value") == "/tour/"
    assert not page.cookies.get("cookie_choice")
    assert not page.cookies.get("region")


# --- Region


def test_region_is_kept_and_shown(client):
    answer = client.post("/region/", {"region": "CT"}, follow=True)

    assert client.cookies["region"].value == "CT"
    assert "Region: Connecticut. View another region" in text(answer, ".ep-home__region")
    assert select(client.get("/region/"), "#region-CT[checked]")


def test_an_unknown_region_in_the_cookie_is_not_shown(client):
    client.cookies["region"] = "<b>XX"

    page = client.get("/")

    assert page.status_code == 200
    assert text(page, ".ep-home__region") == "Region: not chosen. Choose your region"


def test_regions_come_from_the_settings(client, settings):
    settings.REGIONS = [("CA", "California")]

    assert [radio.get("value") for radio in select(client.get("/region/"), "[name=region]")] == [
        "CA"
    ]
