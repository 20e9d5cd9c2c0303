"""Access that ends soon is announced once, in time."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.actions.endings import announce_endings
from portal.models import OutboundEmail
from tests.access import given, primary_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def ending():
    primary = primary_of()
    return given(
        primary.group, "viewer", ends_at=timezone.now() + timedelta(days=60), parent=primary
    )


def announced(after):
    OutboundEmail.objects.all().delete()
    with time_machine.travel(timezone.now() + after):
        return announce_endings()


@pytest.mark.parametrize(
    ("after", "count"),
    [
        (timedelta(days=46, seconds=-1), 0),
        (timedelta(days=46), 1),
        (timedelta(days=59), 1),
        (timedelta(days=60), 0),
    ],
)
def test_from_fourteen_days_before_until_the_end(ending, after, count):
    assert announced(after) == count


def test_person_and_primary_administrator_are_told_once(ending):
    announced(timedelta(days=50))
    letters = dict(OutboundEmail.objects.values_list("template", "to"))

    assert letters == {
        "accounts/access_ending": ending.user.email,
        "accounts/access_ending_notice": ending.parent.user.email,
    }
    assert announced(timedelta(days=51)) == 0


def test_a_moved_end_is_announced_again(ending):
    from accounts.actions.delegation import change_access

    announced(timedelta(days=50))
    ending.refresh_from_db()
    day = timezone.localdate() + timedelta(days=90)
    change_access(
        ending, role="viewer", last_day=day, version=ending.version, by=ending.parent.user
    )

    assert announced(timedelta(days=80)) == 1


def test_what_was_given_for_a_few_days_is_not_announced():
    primary = primary_of()
    given(primary.group, "viewer", ends_at=timezone.now() + timedelta(days=5), parent=primary)

    announce_endings()

    assert not OutboundEmail.objects.filter(template="accounts/access_ending").exists()
