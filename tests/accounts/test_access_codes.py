import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.access_codes import MistypedError, digest, generate, normalize, present

digits16 = st.builds(lambda _: generate(), st.integers())


@given(digits16)
def test_a_key_reads_back_however_it_is_written(digits):
    shown = present(digits)

    assert len(digits) == 16
    assert [len(part) for part in shown.split("-")] == [4, 4, 4, 4]
    for written in (shown, digits, shown.replace("-", " "), f"  {shown} ", shown.replace("-", "–")):
        assert normalize(written) == digits


@given(digits16, st.integers(0, 15), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(digits, place, shift):
    wrong = digits[:place] + str((int(digits[place]) + shift) % 10) + digits[place + 1 :]

    with pytest.raises(MistypedError) as caught:
        normalize(wrong)
    assert caught.value.code == "check_digit"


@given(st.text(max_size=40))
def test_any_text_is_a_key_or_refused(typed):
    try:
        digits = normalize(typed)
    except MistypedError:
        return
    assert len(digits) == 16


@pytest.mark.parametrize(
    "typed", ["", "1234", "1234-5678-9012-345", "1234-5678-9012-34567", "abcd-5678-9012-3456"]
)
def test_not_sixteen_digits(typed):
    with pytest.raises(MistypedError) as caught:
        normalize(typed)
    assert caught.value.code == "length"


def test_the_hash_depends_on_the_key_of_the_server():
    digits = generate()

    assert digest(digits, key="a" * 32) == digest(digits, key="a" * 32)
    assert digest(digits, key="a" * 32) != digest(digits, key="b" * 32)
    assert digits not in digest(digits, key="a" * 32)
