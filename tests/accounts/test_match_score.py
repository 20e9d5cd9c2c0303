import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.match_score import Claim, OnFile, plain_name, score

CLAIM = Claim(
    identifier="20533A",
    legal_name="Cedar Ridge Logistics, LLC",
    fein="041239031",
    email="teresa@cedarridgelogistics.example",
    phone="4135550188",
    signer_name="Paul Hendricks",
    signer_email="paul@cedarridgelogistics.example",
)
KNOWN = OnFile(
    identifiers=("20533A", "000020533"),
    legal_names=("Cedar Ridge Logistics",),
    fein="041239031",
    emails=("ruth@cedarridgelogistics.example",),
    phones=("4135550114",),
    signer_names=("Paul Hendricks",),
    signer_emails=(),
)


def part(result, name):
    return next(part for part in result.parts if part.name == name)


def test_all_the_same_is_a_hundred():
    known = dataclasses.replace(
        KNOWN,
        legal_names=(CLAIM.legal_name,),
        phones=(CLAIM.phone,),
        signer_emails=(CLAIM.signer_email,),
    )

    assert score(CLAIM, known).points == 100
    assert score(CLAIM, known).lowest is None


def test_close_name_other_phone():
    result = score(CLAIM, KNOWN)

    assert result.points == 86
    assert part(result, "legal_name").result == "close"
    assert part(result, "phone").result == "different"
    assert result.lowest.name == "phone"


def test_unknown_group_scores_nothing():
    result = score(CLAIM, None)

    assert result.points == 0
    assert {part.result for part in result.parts} == {"unknown"}


@pytest.mark.parametrize(
    ("email", "known", "points"),
    [
        ("teresa@gmail.com", ("ruth@gmail.com",), 0),
        ("teresa@gmail.com", ("Teresa@gmail.com",), 10),
        ("teresa@acme.example", ("ruth@ACME.example",), 20),
    ],
)
def test_a_free_domain_proves_no_company(email, known, points):
    result = score(
        dataclasses.replace(CLAIM, email=email), dataclasses.replace(KNOWN, emails=known)
    )

    assert part(result, "email_domain").points == points
    assert result.free_domain is email.endswith("gmail.com")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Cedar Ridge Logistics, LLC", "cedar ridge logistics"),
        ("Peña & Söhne, Inc.", "Pena and Sohne"),
        ("The O'Neill Company", "O NEILL"),
    ],
)
def test_names_alike_without_form_and_accents(first, second):
    assert plain_name(first) == plain_name(second)


words = st.text(max_size=30)


@given(st.builds(Claim, words, words, words, words, words, words, words))
def test_points_stay_between_nothing_and_all(claim):
    result = score(claim, KNOWN)

    assert 0 <= result.points <= 100
    assert all(0 <= part.points <= part.of for part in result.parts)
