"""Letters about a change of access reach those who answer for the group, and nobody whose account is closed."""

import pytest

from accounts.actions.asking import ask_for_right
from accounts.actions.delegation import add_user, change_access
from accounts.notices import tell, tell_primaries, write_to_primaries
from portal import mail
from portal.models import OutboundEmail
from tests.access import given, primary_of
from tests.factories import EmployerGroupFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def primary():
    return primary_of()


@pytest.fixture
def closed(primary):
    """Return the grant of a second primary administrator, whose account is closed."""
    grant = primary_of(primary.group)
    close(grant)
    return grant


def close(grant):
    grant.user.is_active = False
    grant.user.save()


def readers(template):
    return sorted(OutboundEmail.objects.filter(template=template).values_list("to", flat=True))


def test_a_change_is_told_to_no_closed_account(primary, closed):
    colleague = given(primary.group, "viewer", parent=primary)

    change_access(colleague, role="billing_viewer", version=colleague.version, by=primary.user)

    assert readers("accounts/access_notice") == [primary.user.email]


def test_nor_to_the_person_whose_account_is_closed(primary):
    colleague = given(primary.group, "viewer", parent=primary)
    close(colleague)

    change_access(colleague, role="billing_viewer", version=colleague.version, by=primary.user)

    assert readers("accounts/access_changed") == []
    assert readers("accounts/access_notice") == [primary.user.email]


def test_nobody_asks_a_closed_account_for_access(primary, closed):
    colleague = given(primary.group, atoms=["billing_view"], parent=primary)

    assert ask_for_right(primary.group, atom="users_view", by=colleague.user) == 1
    assert readers("accounts/access_asked") == [primary.user.email]


def test_whom_it_is_about_reads_no_notice_of_it(primary):
    other = primary_of(primary.group)

    tell_primaries(primary.group, other)

    assert readers("accounts/access_notice") == [primary.user.email]


def test_one_letter_for_each_group_and_each_occasion(primary):
    second = primary_of(EmployerGroupFactory(), user=primary.user)
    groups = [primary.group_id, second.group_id]

    counts = [
        write_to_primaries(groups, "accounts/access_notice", key=f"test:{occasion}")
        for occasion in ("first", "first", "second")
    ]

    letters = OutboundEmail.objects.filter(template="accounts/access_notice")
    assert counts == [2, 2, 2]
    assert sorted(letter.context["slug"] for letter in letters) == sorted(
        [primary.group.slug, second.group.slug] * 2
    )


def test_the_same_few_statements_for_any_number(django_assert_num_queries):
    groups = [primary_of().group_id for _number in range(5)]

    with django_assert_num_queries(3):
        write_to_primaries(groups, "accounts/access_notice", key="test:many")


@pytest.mark.parametrize(
    "letter",
    [
        "access_changed", "access_removed", "access_suspended", "access_resumed", "access_revoked", "access_ending",
        "invitation_cancelled", "invitation_withdrawn", "password_reset", "profile_changed", "welcome",
    ],
)  # fmt: skip
def test_letters_to_people_name_the_group_and_nobody(letter):
    group = EmployerGroupFactory(name="Smith & Sons")
    grant = given(group, "viewer", parent=primary_of(group))

    tell(grant, f"accounts/{letter}")

    subject, body, _html = mail.render(OutboundEmail.objects.get(to=grant.user.email))
    assert "Smith & Sons" in body
    assert grant.user.last_name not in subject + body


def test_an_invitation_names_the_group():
    group = EmployerGroupFactory(name="Smith & Sons")
    add_user(
        group, first_name="Mark", last_name="Johnson", email="mark@c.example", role="viewer",
        by=primary_of(group).user,
    )  # fmt: skip

    _subject, body, _html = mail.render(OutboundEmail.objects.get(template="accounts/invitation"))

    assert "An administrator gave you access to Smith & Sons." in body
