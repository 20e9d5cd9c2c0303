import json
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from django import forms
from django.contrib.messages import constants
from django.contrib.messages.storage.base import Message
from django.contrib.staticfiles import finders
from django.http import HttpResponse
from django.template import Context
from django.template.loader import get_template, render_to_string
from django.test import RequestFactory
from django_htmx.middleware import HtmxDetails
from lxml import html

from portal import htmx
from portal.forms import ChoiceTiles
from portal.templatetags import portal_ui

EVIL = "<script>alert(1)</script>"


class PersonForm(forms.Form):
    name = forms.CharField(
        label="Name",
        help_text="As on the contract.",
        widget=forms.TextInput(attrs={"class": "ep-input--short"}),
    )
    password = forms.CharField(label="Password", required=False, widget=forms.PasswordInput)
    key = forms.ChoiceField(
        label="Access Key",
        choices=[("no", "No"), ("yes", "Yes")],
        widget=ChoiceTiles(hints={"no": "We email one."}),
    )
    topics = forms.MultipleChoiceField(
        label="Topics",
        required=False,
        choices=[("a", "Bills"), ("b", "Changes")],
        widget=forms.CheckboxSelectMultiple,
    )
    terms = forms.BooleanField(label="I agree")
    page = forms.CharField(required=False, widget=forms.HiddenInput)


def drawn(field):
    return html.fromstring(f"<div>{field.as_field_group()}</div>")


def one(tree, css):
    found = tree.cssselect(css)
    assert len(found) == 1, f"{css}: {len(found)}"
    return found[0]


# --- fields


def test_field_ties_label_hint_and_control_together():
    tree = drawn(PersonForm()["name"])

    control = one(tree, "input")
    assert one(tree, "label").get("for") == control.get("id") == "id_name"
    assert control.get("aria-describedby") == one(tree, ".usa-hint").get("id")
    assert control.get("class") == "usa-input ep-input--short"
    assert one(tree, ".ep-required").text == "*"
    assert tree.cssselect(".ep-field--error") == []


def test_field_error_stands_at_the_field_and_is_read_with_it():
    tree = drawn(PersonForm({"name": ""})["name"])

    control, error = one(tree, "input"), one(tree, "ul.errorlist")
    assert error.text_content().strip() == "This field is required."
    assert control.get("aria-describedby").split() == ["id_name_helptext", error.get("id")]
    assert control.get("aria-invalid") == "true"
    assert one(tree, ".ep-field--error") is not None


def test_what_was_typed_comes_back_as_text():
    tree = drawn(PersonForm({"name": EVIL})["name"])

    assert one(tree, "input").get("value") == EVIL
    assert tree.cssselect("script") == []


def test_password_gets_a_show_button_for_its_own_input():
    tree = drawn(PersonForm()["password"])

    button = one(tree, "button[data-reveal]")
    assert button.get("type") == "button"
    assert button.get("aria-controls") == one(tree, "input[type=password]").get("id")
    assert button.get("hidden") is not None


def test_tiles_are_a_group_of_radios_with_a_second_line():
    tree = drawn(PersonForm({"key": "yes"})["key"])

    assert one(tree, "fieldset > legend").text_content() == "Access Key*"
    assert one(tree, "input[checked]").get("value") == "yes"
    assert [tile.text_content().split() for tile in tree.cssselect("label.ep-tile")] == [
        ["NoWe", "email", "one."],
        ["Yes"],
    ]
    assert one(tree, "#id_key").get("class") == "ep-tiles"


def test_tiles_with_pictures_use_the_label_as_text_alternative():
    class SealForm(forms.Form):
        seal = forms.ChoiceField(
            choices=[("anchor", "An anchor")],
            widget=ChoiceTiles(pictures={"anchor": "img/seals/anchor.svg"}),
        )

    image = one(drawn(SealForm()["seal"]), ".ep-tiles--pictures img")

    assert image.get("alt") == "An anchor"
    assert image.get("src") == "/static/img/seals/anchor.svg"


def test_group_of_checkboxes_tells_its_error_once_for_all():
    tree = drawn(PersonForm({"topics": ["nothing"]})["topics"])

    assert one(tree, "fieldset").get("aria-describedby") == one(tree, "ul.errorlist").get("id")
    assert [box.get("value") for box in tree.cssselect("input[type=checkbox].ep-box")] == ["a", "b"]


def test_single_checkbox_has_its_label_after_it_and_its_error_before():
    tree = drawn(PersonForm({"terms": ""})["terms"])

    order = [element.tag for element in tree.iter() if element.tag in {"ul", "input", "label"}]
    assert order == ["ul", "input", "label"]


def test_hidden_field_draws_only_its_input():
    tree = drawn(PersonForm()["page"])

    assert [element.tag for element in tree] == ["input"]


# --- summary of errors


def test_summary_counts_and_links_to_every_field():
    form = PersonForm({"name": "", "key": "no", "terms": ""})
    form.add_error(None, "Both together cannot be.")

    tree = html.fromstring(render_to_string("components/error_summary.html", {"form": form}))

    assert one(tree, "h2").text_content() == "There are 3 problems on this page"
    assert [link.get("href") for link in tree.cssselect("a")] == ["#id_name", "#id_terms"]
    assert tree.get("role") == "alert"
    assert tree.cssselect("li")[0].text_content() == "Both together cannot be."


@pytest.mark.parametrize("data", [None, {"name": "Teresa", "key": "no", "terms": "on"}])
def test_summary_is_absent_without_errors(data):
    assert (
        render_to_string("components/error_summary.html", {"form": PersonForm(data)}).strip() == ""
    )


def test_summary_escapes_what_a_message_repeats():
    form = PersonForm({"name": "x", "key": "no", "terms": "on"})
    form.add_error("name", f"You entered {EVIL}")

    assert EVIL not in render_to_string("components/error_summary.html", {"form": form})


# --- small pieces


def test_icon_points_into_the_sprite_and_is_silent():
    svg = html.fromstring(portal_ui.icon("phone", "small"))

    assert one(svg, "use").get("href") == "/static/img/icons.svg#phone"
    assert (svg.get("aria-hidden"), svg.get("class")) == ("true", "ep-icon ep-icon--small")


@pytest.mark.parametrize(
    ("kind", "shape", "tone"),
    [("done", "check", "ok"), ("late", "triangle", "bad"), ("new kind", "dot", "quiet")],
)
def test_status_is_a_shape_and_a_word(kind, shape, tone):
    tree = html.fromstring(portal_ui.status(kind, "Same"))

    assert tree.get("class") == f"ep-status ep-status--{tone}"
    assert one(tree, "use").get("href").endswith(f"#shape-{shape}")
    assert tree.text_content() == "Same"


def test_every_status_and_pill_has_its_own_shape_in_the_sprite():
    sprite = Path(finders.find("img/icons.svg")).read_text(encoding="utf-8")
    symbols = set(re.findall(r'id="shape-(\w+)"', sprite))

    shapes = {shape for shape, _tone in portal_ui.STATUSES.values()} | set(
        portal_ui.PILL_SHAPES.values()
    )
    assert shapes <= symbols


@pytest.mark.parametrize("draw", [portal_ui.status, portal_ui.pill, portal_ui.due])
def test_words_are_escaped(draw):
    assert EVIL not in draw("ok", EVIL)


def test_due_says_distance_then_date():
    tree = html.fromstring(portal_ui.due("In 5 days", "Mon, Nov 23", "soon"))

    assert [(part.tag, part.text) for part in tree] == [
        ("b", "In 5 days"),
        ("small", "Mon, Nov 23"),
    ]
    assert tree.get("class") == "ep-due ep-due--soon"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Karen Mitchell", "KM"),
        ("Ana María de la Cruz", "AC"),
        ("kmitchell", "K"),
        ("", ""),
        (None, ""),
    ],
)
def test_initials(name, expected):
    assert portal_ui.initials(name) == expected


# --- components


def test_steps_mark_the_current_one():
    tree = html.fromstring(
        f"<div>{render_to_string('components/steps.html', {'labels': ['One', 'Two', 'Three'], 'current': 2})}</div>"
    )

    assert one(tree, "[aria-current=step]").text_content() == "Two"
    assert one(tree, ".ep-eyebrow").text_content() == "Step 2 of 3"


def test_clock_draws_widths_as_attributes():
    context = {
        "deadline": "Thursday",
        "segments": [{"label": "Day 1", "percent": 33.6}, {"label": "Day 2", "percent": 0}],
    }

    tree = html.fromstring(render_to_string("components/sla_clock.html", context))

    assert [bar.get("width") for bar in tree.cssselect("rect")] == ["34", "0"]


@pytest.mark.parametrize(("score", "low"), [(80, 0), (79, 1)])
def test_score_below_the_limit_looks_different(score, low):
    tree = html.fromstring(render_to_string("components/score.html", {"score": score, "limit": 80}))

    assert len(tree.cssselect(".ep-bar--low")) == low
    assert one(tree, "line").get("x1") == "80"


@pytest.mark.parametrize(
    ("level", "modifier"),
    [(constants.SUCCESS, "ok"), (constants.WARNING, "warn"), (constants.ERROR, "bad")],
)
def test_messages_take_the_tone_of_their_level(level, modifier):
    tree = html.fromstring(
        render_to_string("components/messages.html", {"messages": [Message(level, EVIL)]})
    )

    assert one(tree, f".ep-notice--{modifier} p").text == EVIL


# --- pages that must stand when nothing else does


@pytest.mark.parametrize("name", ["400.html", "500.html"])
def test_bare_pages_need_no_context(name, django_assert_num_queries):
    tree = html.fromstring(get_template(name).render())

    assert one(tree, "h1").text_content() == one(tree, "title").text
    assert tree.cssselect("script") == []


# --- frames


@pytest.fixture
def frame():
    """Draw a base template as a browser would get it, signed in or not, in a group or not."""

    def draw(name, *, person="", group=None, **context):
        user = SimpleNamespace(
            is_authenticated=bool(person), is_staff=False, get_full_name=person, get_username=person
        )
        request = SimpleNamespace(user=user, group=group, path="/somewhere/")
        bare = Context({**context, "request": request})  # no context processor has a say
        return html.fromstring(get_template(name).template.render(bare))

    return draw


GROUP = SimpleNamespace(name="Cedar Ridge Manufacturing", group_id="20418A", slug="20418a")


def test_visitors_choose_cookies_without_scripts_and_are_not_asked_again(frame):
    asked = one(frame("base_public.html", cookie_choice=""), ".ep-cookie form")

    assert asked.get("method") == "post"
    assert [button.get("value") for button in asked.cssselect("button")] == ["necessary", "all"]
    assert one(asked, "[name=next]").get("value") == "/somewhere/"
    assert frame("base_public.html", cookie_choice="necessary").cssselect(".ep-cookie") == []


def test_session_is_watched_only_for_who_is_signed_in(frame):
    limits = {"idle_seconds": 900, "idle_warning_seconds": 120}

    signed_in, visitor = (
        frame("base_app.html", person="Karen Mitchell", **limits),
        frame("base_app.html", **limits),
    )

    body = one(signed_in, "body")
    assert (body.get("data-session-seconds"), body.get("data-session-warn-seconds")) == (
        "900",
        "120",
    )
    assert one(signed_in, "dialog form").get("action") == body.get("data-sign-out-url")
    assert one(visitor, "body").get("data-session-seconds") is None
    assert visitor.cssselect("dialog") == []


def test_group_brings_its_navigation_and_name(frame):
    items = [{"url": "/g/20418a/", "label": "Home", "icon": "home", "current": True}]

    inside = frame("base_app.html", person="Karen", group=GROUP, navigation=items)

    assert one(inside, ".ep-shell__nav [aria-current=page]").text_content() == "Home"
    assert {box.text_content() for box in inside.cssselect(".ep-switcher")} == {
        "Cedar Ridge ManufacturingGroup ID 20418A"
    }
    assert (
        frame("base_app.html", person="Karen", navigation=items).cssselect(".ep-shell__nav") == []
    )


def test_staff_navigation_shows_counts(frame):
    items = [{"url": "/staff/requests/", "label": "Registrations", "count": 7, "current": True}]

    tree = frame("base_staff.html", person="Nora", staff_navigation=items)

    assert one(tree, ".ep-staff-nav [aria-current=page] .ep-count").text == "7"
    assert one(tree, ".ep-tag").text == "Staff only"


@pytest.mark.parametrize("name", ["base_public.html", "base_app.html", "base_staff.html"])
def test_every_frame_has_one_main_and_a_way_to_skip_to_it(frame, name):
    tree = frame(name, person="Karen")

    assert one(tree, "a.usa-skipnav").get("href") == "#" + one(tree, "main").get("id")
    assert json.loads(one(tree, "meta[name=htmx-config]").get("content"))["allowEval"] is False


# --- HTMX


@pytest.fixture
def ask():
    def request(target="", boosted=False, by_htmx=True):
        headers = {"HX-Request": "true", "HX-Target": target} if by_htmx else {}
        if boosted:
            headers["HX-Boosted"] = "true"
        request = RequestFactory().get("/", headers=headers)
        request.htmx = HtmxDetails(request)
        return request

    return request


@pytest.fixture
def rendered(monkeypatch):
    """Remember which template is drawn, instead of drawing it."""
    names = []

    def remember(request, template, context, status):
        names.append(template)
        return HttpResponse(status=status or 200)

    monkeypatch.setattr(htmx, "render_page", remember)
    return names


@pytest.mark.parametrize(
    ("asked", "template"),
    [
        ({"target": "list"}, "page.html#list"),
        ({"target": "other"}, "page.html"),
        ({"target": "list", "boosted": True}, "page.html"),
        ({"target": "list", "by_htmx": False}, "page.html"),
    ],
)
def test_partial_only_for_its_own_target(ask, rendered, asked, template):
    response = htmx.render(ask(**asked), "page.html", partials=("list",))

    assert rendered == [template]
    assert response["Vary"] == "HX-Request, HX-Target"


def test_redirect_as_the_caller_understands_it(ask):
    plain, by_htmx = htmx.redirect(ask(by_htmx=False), "/next/"), htmx.redirect(ask(), "/next/")

    assert (plain.status_code, plain["Location"]) == (302, "/next/")
    assert (by_htmx.status_code, by_htmx["HX-Redirect"]) == (200, "/next/")
