import base64

import pytest
from django.core.exceptions import ImproperlyConfigured

from portal import env


@pytest.fixture
def given(monkeypatch):
    """Set the variable VALUE, or take it away with None."""

    def give(value):
        if value is None:
            monkeypatch.delenv("VALUE", raising=False)
        else:
            monkeypatch.setenv("VALUE", value)

    return give


def refuses(call, words):
    with pytest.raises(ImproperlyConfigured) as refused:
        call()
    assert str(refused.value) == words


def test_text(given):
    given("green")
    assert env.text("VALUE") == "green"
    refuses(lambda: env.text("VALUE", minimum=6), "VALUE needs at least 6 characters.")


@pytest.mark.parametrize("value", [None, ""])
def test_text_that_must_be_set(given, value):
    given(value)
    refuses(lambda: env.text("VALUE"), "Set the environment variable VALUE.")


def test_text_with_a_default(given):
    given(None)
    assert env.text("VALUE", "blue") == "blue"
    given("")
    assert env.text("VALUE", "blue") == ""


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ("yes", True),
        ("TRUE", True),
        (" on ", True),
        ("1", True),
        ("no", False),
        ("false", False),
        ("off", False),
        ("0", False),
    ],
)
def test_flag(given, value, meant):
    given(value)
    assert env.flag("VALUE", default=not meant) is meant


def test_flag_default_and_nonsense(given):
    given(None)
    assert env.flag("VALUE", default=True) is True
    given("maybe")
    refuses(lambda: env.flag("VALUE", default=True), "VALUE must be yes or no, not 'maybe'.")


@pytest.mark.parametrize(("value", "meant"), [("1", 1), ("9", 9), (" 5 ", 5)])
def test_integer_bounds_are_included(given, value, meant):
    given(value)
    assert env.integer("VALUE", 3, at_least=1, at_most=9) == meant


@pytest.mark.parametrize("value", ["0", "10", "", "x", "1.5", "-1", "٣x", "99999999999"])
def test_integer_refused(given, value):
    given(value)
    refuses(
        lambda: env.integer("VALUE", 3, at_least=1, at_most=9),
        f"VALUE must be a whole number from 1 to 9, not {value!r}.",
    )


def test_choice(given):
    given("two")
    assert env.choice("VALUE", "one", ["one", "two"]) == "two"
    given(None)
    assert env.choice("VALUE", "one", ["one", "two"]) == "one"
    given("three")
    refuses(
        lambda: env.choice("VALUE", "one", ["one", "two"]),
        "VALUE must be one of one, two, not 'three'.",
    )


def test_items(given):
    given(" a, b ,,c ")
    assert env.items("VALUE") == ["a", "b", "c"]
    given(" , ")
    refuses(lambda: env.items("VALUE"), "VALUE must hold at least one value.")
    assert env.items("VALUE", "") == []


def test_hosts(given):
    given("portal.example,www.portal.example")
    assert env.hosts("VALUE") == ["portal.example", "www.portal.example"]
    given("portal.example,*")
    refuses(lambda: env.hosts("VALUE"), "VALUE must name the hosts, not *.")


def test_keys(given):
    good = base64.b64encode(bytes(32)).decode()
    given(f"{good},{good}")
    assert env.keys("VALUE", size=32) == [good, good]


@pytest.mark.parametrize("value", ["hunter", base64.b64encode(bytes(31)).decode(), "ümlaut=="])
def test_keys_refused_without_repeating_them(given, value):
    given(value)
    refuses(
        lambda: env.keys("VALUE", size=32),
        "VALUE must hold keys of 32 bytes in base64, separated by commas.",
    )


def test_zone(given):
    given("America/Chicago")
    assert env.zone("VALUE", "UTC") == "America/Chicago"


@pytest.mark.parametrize("value", ["Mars/Olympus", "../etc/passwd", ""])
def test_zone_refused(given, value):
    given(value)
    refuses(lambda: env.zone("VALUE", "UTC"), f"VALUE must be a time zone, not {value!r}.")


def test_pairs(given):
    given("MA=Massachusetts, CT = Connecticut")
    assert env.pairs("VALUE", "") == [("MA", "Massachusetts"), ("CT", "Connecticut")]


@pytest.mark.parametrize("value", ["MA", "=Massachusetts", "MA="])
def test_pairs_refused(given, value):
    given(value)
    refuses(lambda: env.pairs("VALUE", ""), f"VALUE must be a list of KEY=Label, not {value!r}.")


def test_url(given):
    given("redis://127.0.0.1:1/0")
    assert env.url("VALUE", ["redis", "rediss"]) == "redis://127.0.0.1:1/0"
    refuses(lambda: env.url("VALUE", ["http", "https"]), "VALUE must begin with http or https://")
    given("redis://secret@127.0.0.1:port/0")
    refuses(lambda: env.url("VALUE", ["redis"]), "VALUE must be a complete address.")
