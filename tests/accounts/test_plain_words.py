from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.plain_words import abilities, and_list, in_full, in_short, limits
from accounts.roles import BILLING_VIEWER, BROKER_FULL, ENROLLMENT_MANAGER, ROLES, VIEWER
from groups.atoms import ALL_ATOMS, BASE, with_needs

sets_of_atoms = st.sets(st.sampled_from(sorted(ALL_ATOMS)))


@pytest.mark.parametrize("atom", sorted(ALL_ATOMS - {BASE}))
def test_every_right_has_words(atom):
    """Each right, with what it needs, says something that its needs alone do not say."""
    assert abilities({atom}) != abilities(with_needs({atom}) - {atom})


def test_pairs_are_said_once():
    assert abilities({"subscriber_add", "dependent_add"}) == ["enroll people"]
    assert abilities({"subscriber_add"}) == ["add employees"]


def test_what_goes_without_saying_is_left_out():
    assert abilities({"payment_make"}) == ["pay bills"]
    assert abilities({"billing_view"}) == ["see bills"]


def test_nothing_but_the_base():
    assert abilities(set()) == ["open the group’s home page"]
    assert abilities(ALL_ATOMS) == ["do everything"]


def test_masked_ids_are_not_promised_to_who_reveals_them():
    assert "see members with masked IDs" not in abilities({"member_pii_reveal"})
    assert "see full Social Security numbers" not in limits({"member_pii_reveal"})


def test_limits_speak_of_what_is_near():
    assert limits(VIEWER.atoms) == [
        "see full Social Security numbers", "enroll people", "end coverage", "see bills",
        "decide who has access",
    ]  # fmt: skip
    assert limits(BILLING_VIEWER.atoms, one_unit_only=True) == [
        "see the roster", "pay", "change bank accounts", "decide who has access",
        "see other billing units",
    ]  # fmt: skip
    assert limits(ALL_ATOMS) == []


@pytest.mark.parametrize("role", [ENROLLMENT_MANAGER, BROKER_FULL, VIEWER])
def test_presets_keep_their_own_words(role):
    assert in_short(role.key, role.atoms) == role.hint


def test_everything_in_short():
    assert in_short("primary_administrator", ALL_ATOMS) == "Everything"


def test_single_rights_in_short():
    assert in_short("custom", {"billing_view", "plans_view"}) == "See bills, see plans"
    assert (
        in_short("custom", ENROLLMENT_MANAGER.atoms | {"billing_view"})
        == "Enroll people, change member details and addresses and 10 more"
    )


def test_a_preset_that_was_changed_is_told_by_its_rights():
    assert in_short("viewer", {BASE, "billing_view"}) == "See bills"


def test_in_full():
    words = in_full(
        {"idcard_order", "billing_view"}, units=["Main plant (0001)"], last_day=date(2027, 6, 30)
    )

    assert words.can == "order ID cards and see bills"
    assert words.cannot.endswith("decide who has access or see other billing units")
    assert (words.units, words.until) == ("Main plant (0001)", "Wednesday, June 30, 2027")


def test_in_full_without_limits():
    words = in_full({"billing_view"}, units=None, last_day=None)

    assert (words.units, words.until) == ("every billing unit", "")
    assert "other billing units" not in words.cannot


@pytest.mark.parametrize(
    ("words", "listed"),
    [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")],
)
def test_enumerations(words, listed):
    assert and_list(words) == listed


@given(sets_of_atoms)
def test_nobody_is_told_that_they_can_and_cannot(atoms):
    assert not set(abilities(atoms)) & set(limits(atoms))


@given(sets_of_atoms)
def test_something_is_always_said_once(atoms):
    said = abilities(atoms)

    assert said
    assert len(said) == len(set(said))


@given(sets_of_atoms, st.sampled_from(sorted(ROLES)))
def test_in_short_always_says_something(atoms, role):
    assert in_short(role, atoms)


@given(st.sets(st.sampled_from(sorted(ALL_ATOMS - {BASE})), min_size=1))
def test_more_rights_change_the_words(atoms):
    """No right is given silently: taking all of them away changes what is said."""
    assert abilities(atoms) != abilities(set())
