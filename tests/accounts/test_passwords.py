import pytest
from django.core.exceptions import ValidationError

from accounts.passwords import MaximumLengthValidator, VarietyValidator


@pytest.mark.parametrize(("length", "fine"), [(12, True), (128, True), (129, False)])
def test_at_most_128_characters(length, fine):
    assert accepts(MaximumLengthValidator(), "abcdefgh"[:8] * 20, length) is fine


@pytest.mark.parametrize(
    ("password", "fine"),
    [
        ("abcdabcdabcd", False),
        ("abcdeabcdeab", True),
        ("aaaaaaaaaaaa", False),
        ("ÄÖÜäö ÄÖÜäö", True),
    ],
)
def test_at_least_5_different_characters(password, fine):
    assert accepts(VarietyValidator(), password) is fine


def test_rules_are_told_in_words():
    assert MaximumLengthValidator().get_help_text() == "At most 128 characters."
    assert VarietyValidator().get_help_text() == "At least 5 different characters."


def accepts(validator, password, length=None):
    try:
        validator.validate(password[:length])
    except ValidationError:
        return False
    return True
