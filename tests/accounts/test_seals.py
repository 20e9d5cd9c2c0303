import itertools
import re
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.seals import PATTERNS, SEALS, Seal, made_up_seal

PICTURES = Path(__file__).parents[2] / "static" / "img" / "seals"
SECRET = b"only for tests"
SVG = "{http://www.w3.org/2000/svg}"
DRAWING = {"svg", "g", "rect", "circle", "ellipse", "path"}


def test_every_key_has_its_picture_and_every_picture_its_key():
    assert {path.stem for path in PICTURES.iterdir()} == set(SEALS)
    assert [seal.image for seal in SEALS.values()] == [f"img/seals/{key}.svg" for key in SEALS]


def test_the_choice_is_wide():
    assert len(SEALS) >= 24


def test_keys_stay_where_they_are():
    # Accounts store the key and made-up seals depend on the order: new pictures go to the end.
    assert list(SEALS)[:28] == [
        "lighthouse", "loon", "sailboat", "mountain", "barn", "bicycle", "teapot", "owl", "fox", "whale",
        "maple-leaf", "windmill", "lantern", "kite", "balloon", "tractor", "violin", "cactus", "umbrella",
        "mitten", "pumpkin", "sunflower", "train", "canoe", "turtle", "acorn", "hummingbird", "anchor",
    ]  # fmt: skip


def test_names_and_text_alternatives_are_there_and_different():
    names = [str(seal.name) for seal in SEALS.values()]
    alternatives = [str(seal.alt) for seal in SEALS.values()]

    assert all(names)
    assert all(re.fullmatch(r"An? [^.]+\.", text) for text in alternatives)
    assert len(set(names)) == len(set(alternatives)) == len(SEALS)


@pytest.mark.parametrize("key", SEALS)
def test_picture_is_a_small_drawing_and_nothing_else(key):
    content = (PICTURES / f"{key}.svg").read_bytes()
    root = ET.fromstring(content)
    elements = list(root.iter())
    attributes = {name for element in elements for name in element.attrib}

    assert root.get("viewBox") == "0 0 112 112"
    assert {element.tag.removeprefix(SVG) for element in elements} <= DRAWING
    assert not {
        name for name in attributes if "href" in name or name[:2] == "on" or name == "style"
    }
    assert b"url(" not in content
    assert len(content) < 3000


def test_pictures_have_different_backgrounds():
    first_shapes = [ET.parse(PICTURES / f"{key}.svg").getroot()[0] for key in SEALS]

    assert {(shape.tag, shape.get("width"), shape.get("height")) for shape in first_shapes} == {
        (f"{SVG}rect", "112", "112")
    }
    assert len({shape.get("fill") for shape in first_shapes}) == len(SEALS)


@given(name=st.text(alphabet=st.characters()))
def test_any_text_gets_the_same_seal_each_time(name):
    seal, phrase = made_up_seal(name, SECRET)

    assert isinstance(seal, Seal)
    assert SEALS[seal.key] is seal
    assert made_up_seal(name, SECRET) == (seal, phrase)


@pytest.mark.parametrize("name", ["", "\x00", "\ud800", "🦊🦊", "\u202eadmin", "a" * 1_000_000])
def test_strange_names_get_an_ordinary_phrase(name):
    _seal, phrase = made_up_seal(name, SECRET)

    assert re.fullmatch(r"[A-Za-z0-9' ]{5,39}[A-Za-z0-9.!]", phrase)


@given(name=st.text())
def test_phrase_looks_like_one_that_people_write(name):
    _seal, phrase = made_up_seal(name, SECRET)

    assert re.fullmatch(r"[A-Za-z0-9']+( [A-Za-z0-9']+){1,4}[.!]?", phrase)
    assert len(phrase) <= 40


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("kmitchell", "KMitchell"),
        ("kim", "\uff4b\uff49\uff4d"),  # full-width letters
        ("jos\u00e9", "jose\u0301"),
        ("stra\u00dfe", "STRASSE"),
    ],
)
def test_ways_to_write_one_name_share_a_seal(left, right):
    assert made_up_seal(left, SECRET) == made_up_seal(right, SECRET)


@given(name=st.from_regex(r"[a-z0-9@.+_-]+", fullmatch=True))
def test_case_does_not_matter(name):
    assert made_up_seal(name.upper(), SECRET) == made_up_seal(name, SECRET)


def test_another_secret_gives_other_seals():
    names = [f"user{number}" for number in range(50)]

    same = [name for name in names if made_up_seal(name, SECRET) == made_up_seal(name, b"another")]

    assert same == []


def test_known_answer():
    # A release that changes this would show every visitor a new made-up seal, and so tell who exists.
    seal, phrase = made_up_seal("kmitchell", SECRET)

    assert (seal.key, phrase) == ("sunflower", "The lucky wagon.")


def test_pictures_are_about_equally_frequent():
    count = 400 * len(SEALS)

    seen = Counter(made_up_seal(f"user{number}", SECRET)[0].key for number in range(count))

    assert set(seen) == set(SEALS)
    assert 300 < min(seen.values()) <= max(seen.values()) < 500  # five standard deviations of 400


def test_phrases_vary_in_words_casing_and_punctuation():
    phrases = {made_up_seal(f"user{number}", SECRET)[1] for number in range(5_000)}

    assert len(phrases) > 4_000
    assert {phrase[-1] in ".!" for phrase in phrases} == {True, False}
    assert {phrase[0].islower() for phrase in phrases} == {True, False}


def test_there_are_enough_phrases():
    written = (words for pattern in PATTERNS for words in itertools.product(*pattern))
    phrases = {" ".join(words).lower() for words in written}

    assert len(phrases) >= 200_000
