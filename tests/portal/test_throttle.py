from datetime import UTC, datetime

import pytest
import time_machine

from portal import throttle
from portal.models import ThrottleWindow
from portal.throttle import TooManyRequestsError

pytestmark = pytest.mark.django_db
START = datetime(2026, 11, 18, 12, 0, 0, tzinfo=UTC)


@pytest.fixture
def clock():
    with time_machine.travel(START, tick=False) as clock:
        yield clock


def test_counts_by_name_and_who(clock):
    assert [throttle.hit("key", "203.0.113.7", seconds=60) for _ in range(3)] == [1, 2, 3]
    assert throttle.hit("key", "203.0.113.8", seconds=60) == 1
    assert throttle.hit("other", "203.0.113.7", seconds=60) == 1


def test_the_last_allowed_try_passes_and_the_next_waits(clock):
    for _ in range(3):
        throttle.limit("key", "me", tries=3, seconds=60)
    with pytest.raises(TooManyRequestsError) as refused:
        throttle.limit("key", "me", tries=3, seconds=60)

    assert refused.value.seconds == 61


def test_nobody_waits_before_the_tries_are_used(clock):
    throttle.hit("key", "me", seconds=60)

    assert throttle.wait("key", "me", tries=2, seconds=60) == 0
    throttle.hit("key", "me", seconds=60)
    assert throttle.wait("key", "me", tries=2, seconds=60) == 61


def test_a_new_window_forgets(clock):
    for _ in range(2):
        throttle.hit("key", "me", seconds=60)
    clock.shift(59)
    assert throttle.wait("key", "me", tries=2, seconds=60) == 2
    clock.shift(1)
    assert throttle.wait("key", "me", tries=2, seconds=60) == 0


def test_asking_counts_nothing(clock):
    for _ in range(5):
        throttle.refuse_if_full("key", "me", "my browser", tries=1, seconds=60)

    assert not ThrottleWindow.objects.exists()


def test_one_of_several_is_enough_to_wait(clock):
    throttle.hit("key", "my browser", seconds=60)

    with pytest.raises(TooManyRequestsError):
        throttle.refuse_if_full("key", "me", "my browser", tries=1, seconds=60)


def test_addresses_are_not_kept(clock):
    throttle.hit("key", "203.0.113.7", seconds=60)
    row = ThrottleWindow.objects.get()

    assert "203" not in str(row)
    assert len(row.bucket) == 64
    assert "203.0.113.7" not in row.bucket


@pytest.mark.parametrize(
    ("address", "visitor"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("2001:0DB8:0001:0002::9", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("session:abc", "session:abc"),
        ("", ""),
    ],
)
def test_one_visitor_is_an_address_or_a_network(address, visitor):
    assert throttle.one_visitor(address) == visitor


def test_a_visitor_gains_nothing_by_the_many_addresses_of_one_line(clock):
    addresses = [f"2001:db8::{number:x}" for number in range(1, 4)]

    assert [throttle.hit("key", one, seconds=60) for one in addresses] == [1, 2, 3]
    assert throttle.wait("key", "2001:db8::ffff:0", tries=3, seconds=60) == 61
    assert throttle.hit("key", "2001:db8:0:1::1", seconds=60) == 1


def test_old_windows_are_deleted(clock):
    throttle.hit("key", "me", seconds=60)
    clock.shift(9 * 24 * 3600)
    throttle.hit("key", "me", seconds=60)

    assert throttle.forget_old() == 1
    assert ThrottleWindow.objects.count() == 1
