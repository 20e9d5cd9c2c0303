import pytest
from hypothesis import given
from hypothesis import strategies as st

from groups.identifiers import (
    IdentifierError,
    names_another_unit,
    normalize_group_id,
    normalize_policyholder_id,
)


@pytest.mark.parametrize(
    ("typed", "group_id"),
    [("20533A", "20533A"), (" 20533a ", "20533A"), ("205-33a", "20533A"), ("123456", "123456")],
)
def test_group_id_in_its_one_form(typed, group_id):
    assert normalize_group_id(typed) == group_id


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("2053A", "length"),
        ("20533AB", "length"),
        ("2053!A", "characters"),
        ("2053ÀA", "characters"),
        ("", "length"),
    ],
)
def test_group_id_that_cannot_be_one(typed, code):
    with pytest.raises(IdentifierError) as caught:
        normalize_group_id(typed)

    assert caught.value.code == code


@given(st.integers(1, 999_999_999))
def test_policyholder_id_has_nine_digits_and_the_same_number(number):
    padded = normalize_policyholder_id(str(number))

    assert len(padded) == 9
    assert int(padded) == number
    assert normalize_policyholder_id(padded) == padded


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("1234567890", "length"),
        ("000", "zeros"),
        ("12A", "characters"),
        ("", "characters"),
        ("١٢٣", "characters"),
    ],
)
def test_policyholder_id_that_cannot_be_one(typed, code):
    with pytest.raises(IdentifierError) as caught:
        normalize_policyholder_id(typed)

    assert caught.value.code == code


@given(st.text(max_size=60))
def test_any_text_is_normalized_or_refused(typed):
    for normalize, length in ((normalize_group_id, 6), (normalize_policyholder_id, 9)):
        try:
            normalized = normalize(typed)
        except IdentifierError:
            continue
        assert len(normalized) == length


@pytest.mark.parametrize(
    ("group_id", "another"), [("20533A", False), ("20533B", True), ("205331", False)]
)
def test_only_a_letter_other_than_a_means_the_a_group(group_id, another):
    assert names_another_unit(group_id) is another
