"""The demo's mail folder and the pages that read it."""

import base64
import hashlib
import re
import stat
from threading import Thread

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from portal import mail, urls
from portal.brand import brand
from portal.demo import mailbox
from portal.models import OutboundEmail
from portal.templatetags.portal_letters import letter as letter_filter
from tests.html import select, text

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.portal.demo_urls")]
BOX = "/demo/mailbox/"
KEY = "1234-5678-9012-3456"


@pytest.fixture(autouse=True)
def spool(tmp_path, settings):
    settings.DEMO = True
    settings.MAIL_SPOOL = str(tmp_path / "mailbox")
    settings.EMAIL_BACKEND = "portal.demo.mailbox.SpoolBackend"
    return tmp_path / "mailbox"


def send(to="tquinn@cedarworks.example", subject="Your Access Key", body=f"Your key:\n{KEY}\n"):
    message = EmailMultiAlternatives(subject, body, "no-reply@evergreen.example", [to])
    message.attach_alternative("<style>p{color:red}</style><p>Your key</p>", "text/html")
    return mailbox.SpoolBackend().send_messages([message])


def rows(page):
    return [" ".join(link.text_content().split()) for link in select(page, "tbody th")]


def test_a_letter_is_one_private_file_without_anybody_in_its_name(spool):
    assert send() == 1

    (path,) = spool.iterdir()
    assert re.fullmatch(r"\d{19}-\d+-\d+\.eml", path.name)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert KEY in path.read_text()


def test_many_writers_lose_and_mix_nothing(spool):
    threads = [
        Thread(target=lambda: [send(subject=f"Letter {number}") for number in range(20)])
        for _ in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(mailbox.letters()) == 100
    assert not list(spool.glob(".*"))


def test_without_a_folder_the_start_of_sending_says_what_to_set(settings):
    settings.MAIL_SPOOL = ""

    with pytest.raises(ImproperlyConfigured, match="MAIL_SPOOL"):
        send()


def test_a_folder_that_cannot_be_written_keeps_the_letter_in_the_outbox(tmp_path, settings):
    (tmp_path / "file").write_text("")
    settings.MAIL_SPOOL = str(tmp_path / "file" / "mailbox")
    email = OutboundEmail.objects.create(
        key="k",
        to="t@x.example",
        template="messaging/issue_received",
        context={"number": "ISS-1", "due": "today"},
    )

    assert mail.deliver(email.pk) is False
    email.refresh_from_db()
    assert (email.state, email.attempts) == ("queued", 1)


def test_outbox_letter_arrives_whole(client):
    email = OutboundEmail.objects.create(
        key="k",
        to="t@x.example",
        template="messaging/issue_received",
        context={"number": "ISS-1", "due": "today"},
    )

    assert mail.deliver(email.pk) is True
    (found,) = mailbox.letters()
    assert (found.to, found.subject) == ("t@x.example", "We have your report ISS-1")
    assert "answer by today" in found.body
    assert "<h1>We have your report ISS-1</h1>" in found.html


def test_list_shows_the_newest_first_to_anybody(client):
    send(subject="First")
    send(to="ann@other.example", subject="Second <b>&")

    page = client.get(BOX)

    assert rows(page) == ["Second <b>&", "First"]
    assert [cell.text_content() for cell in select(page, "tbody td:nth-child(2)")] == [
        "ann@other.example",
        "tquinn@cedarworks.example",
    ]
    assert text(page, "[role=status]") == "2 letters"


def test_empty_box_says_how_it_fills(client):
    page = client.get(BOX)

    assert text(page, ".ep-empty h2") == "No letters yet"


@pytest.mark.parametrize(
    ("to", "found"),
    [
        ("CEDARWORKS", ["First"]),
        ("other.example", ["Second"]),
        ("nobody", []),
        ("\x00", []),
        ("<b>", []),
        ("x" * 10_000, []),
    ],
)
def test_filter_by_address(client, to, found):
    send(subject="First")
    send(to="ann@other.example", subject="Second")

    page = client.get(BOX, {"to": to})

    assert page.status_code == 200
    assert rows(page) == found


def test_pages_of_25_keep_the_filter(client):
    for number in range(26):
        send(subject=f"Letter {number}")

    first = client.get(BOX, {"to": "quinn"})
    second = client.get(BOX + select(first, "a[rel=next]")[0].get("href"))

    assert (len(rows(first)), rows(first)[0]) == (25, "Letter 25")
    assert rows(second) == ["Letter 0"]
    assert text(second, ".ep-pager p") == "26 to 26 of 26"


@pytest.mark.parametrize("page", ["0", "-1", "99", "x", "\x00", "1" * 5000])
def test_any_page_number_gives_a_page(client, page):
    send()

    assert rows(client.get(BOX, {"page": page})) == ["Your Access Key"]


def test_list_asks_for_itself_and_gets_nothing_until_a_letter_comes(client):
    send(subject="First")
    asked = select(client.get(BOX), "#letters")[0]
    headers = {"HX-Request": "true", "HX-Target": asked.get("data-hx-target").lstrip("#")}

    quiet = client.get(asked.get("data-hx-get"), headers=headers)
    send(subject="Second")
    news = client.get(asked.get("data-hx-get"), headers=headers)

    assert (asked.get("data-hx-trigger"), quiet.status_code) == ("every 3s", 204)
    assert rows(news) == ["Second", "First"]
    assert not select(news, "h1")
    assert select(news, "#letters[data-hx-get]")


def test_updating_can_be_stopped(client):
    page = client.get(BOX, {"live": "off"})

    assert not select(page, "[data-hx-trigger]")
    assert text(page, "#live") == "Let new letters appear"


def test_letter_shows_key_and_links_ready_to_take(client):
    send(
        body=f"Enter it at http://127.0.0.1:8000/register/key/.\n\n{KEY}\n\n<script>alert(1)</script>"
    )
    link = select(client.get(BOX), "tbody th a")[0].get("href")

    page = client.get(link)

    assert text(page, "h1") == "Your Access Key"
    assert text(page, ".ep-letter .ep-copy") == KEY
    assert text(page, ".ep-letter a[href='http://127.0.0.1:8000/register/key/']")
    assert b"<script>alert" not in page.content


@pytest.mark.parametrize("name", ["1", "..", "1790000000000000000-1-1", "a" * 300])
@pytest.mark.parametrize("end", ["", "html/"])
def test_unknown_letter_is_not_found(client, name, end):
    assert client.get(f"{BOX}{name}/{end}").status_code == 404


def test_html_is_shown_under_a_policy_that_allows_its_one_stylesheet_only(client):
    send()
    link = select(client.get(BOX), "tbody th a")[0].get("href")

    page = client.get(f"{link}html/")

    digest = base64.b64encode(hashlib.sha256(b"p{color:red}").digest()).decode()
    assert page["Content-Security-Policy"] == f"default-src 'none'; style-src 'sha256-{digest}'"


def test_the_demo_bar_leads_to_the_mailbox(client, settings):
    assert select(client.get("/"), ".ep-demo a")[0].get("href") == BOX
    settings.DEMO = False
    assert not select(client.get("/"), ".ep-demo")


def test_mailbox_and_components_exist_in_the_demo_only():
    assert not [pattern for pattern in urls.urlpatterns if str(pattern.pattern) == "demo/"]


def test_components_page_shows_every_state(client):
    page = client.get("/demo/components/")

    assert text(page, "h1") == "Components and states"
    assert len(select(page, ".ep-specimen")) > 8


@pytest.mark.parametrize(
    ("body", "html"),
    [
        ("one\ntwo", "<p>one<br>two</p>"),
        ("one\n\n\ntwo", "<p>one</p>\n<p>two</p>"),
        ("a < b & c", "<p>a &lt; b &amp; c</p>"),
        (KEY, f'<p><b class="ep-code ep-copy">{KEY}</b></p>'),
        (f"Key {KEY}.", f'<p>Key <b class="ep-code ep-copy">{KEY}</b>.</p>'),
        ("K7M-2QX", '<p><b class="ep-code ep-copy">K7M-2QX</b></p>'),
        ("123456", '<p><b class="ep-code ep-copy">123456</b></p>'),
        ("OK", "<p>OK</p>"),
        (
            "https://a.example/x?a=1&b=2.",
            '<p><a href="https://a.example/x?a=1&amp;b=2">https://a.example/x?a=1&amp;b=2</a>.</p>',
        ),
        ("javascript:alert(1)", "<p>javascript:alert(1)</p>"),
        ("", ""),
    ],
)
def test_plain_text_as_html(body, html):
    assert letter_filter(body) == html


def test_letter_frame_takes_name_and_color_from_the_brand(settings):
    settings.BRAND_NAME = "Bluewater & Mutual"
    settings.BRAND_COLORS = {**settings.BRAND_COLORS, "brand": "#112233"}

    html = render_to_string(
        "email/letter.html",
        {"subject": "A <b>", "body": "x", "brand": brand(), "base_url": "https://p.example"},
    )

    assert "<b>Bluewater</b> &amp; Mutual" in html
    assert "#112233" in html
    assert "<h1>A &lt;b&gt;</h1>" in html
