import base64

import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import given
from hypothesis import strategies as st

from portal.sealed import seal, unseal

OLD, NEW = (base64.b64encode(bytes([number]) * 32).decode() for number in (1, 2))


@given(
    data=st.binary(max_size=300), place=st.text(max_size=40).filter(lambda text: text.isprintable())
)
def test_what_was_sealed_comes_back(data, place):
    assert unseal(seal(data, place=place), place=place) == data


def test_sealing_twice_looks_different():
    assert seal(b"key", place="mail:1") != seal(b"key", place="mail:1")


def test_the_text_cannot_be_read():
    assert b"1234-5678" not in seal(b"1234-5678", place="mail:1")


def test_another_place_does_not_open_it():
    with pytest.raises(InvalidTag):
        unseal(seal(b"key", place="mail:1"), place="mail:2")


@pytest.mark.parametrize("at", [4, 16, -1], ids=["nonce", "text", "tag"])
def test_a_changed_byte_does_not_open(at):
    blob = bytearray(seal(b"key", place="mail:1"))
    blob[at] ^= 1
    with pytest.raises(InvalidTag):
        unseal(bytes(blob), place="mail:1")


def test_keys_are_rotated_by_putting_a_new_one_in_front(settings):
    settings.SEALING_KEYS = [OLD]
    blob = seal(b"key", place="mail:1")
    settings.SEALING_KEYS = [NEW, OLD]

    assert unseal(blob, place="mail:1") == b"key"
    assert seal(b"key", place="mail:1")[:4] != blob[:4]


def test_a_key_that_is_gone_is_named_so(settings):
    settings.SEALING_KEYS = [OLD]
    blob = seal(b"key", place="mail:1")
    settings.SEALING_KEYS = [NEW]

    with pytest.raises(LookupError, match="No key in SEALING_KEYS"):
        unseal(blob, place="mail:1")


def test_database_drivers_give_memory_not_bytes():
    assert unseal(memoryview(seal(b"key", place="mail:1")), place="mail:1") == b"key"
