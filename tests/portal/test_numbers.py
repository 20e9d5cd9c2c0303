import threading
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction

from portal.models import DailyNumber
from portal.numbers import next_number

NOON = datetime(2026, 11, 17, 17, 0, tzinfo=UTC)


@pytest.mark.django_db
def test_numbers_count_up_by_prefix_and_day():
    assert [next_number("REG", NOON) for _ in range(2)] == ["REG-261117-0001", "REG-261117-0002"]
    assert next_number("ISS", NOON) == "ISS-261117-0001"
    assert str(DailyNumber.objects.get(prefix="REG")) == "REG 2026-11-17: 2"


@pytest.mark.django_db
def test_the_day_is_the_carriers():
    evening_in_boston = datetime(2026, 11, 18, 3, 0, tzinfo=UTC)

    assert next_number("REG", evening_in_boston) == "REG-261117-0001"


@pytest.mark.django_db
def test_more_than_four_digits_on_a_busy_day():
    DailyNumber.objects.create(prefix="REG", day="2026-11-17", last=9999)

    assert next_number("REG", NOON) == "REG-261117-10000"


@pytest.mark.django_db(transaction=True)
def test_a_caller_that_fails_leaves_no_gap():
    with transaction.atomic():
        next_number("REG", NOON)
        transaction.set_rollback(True)

    assert next_number("REG", NOON) == "REG-261117-0001"


@pytest.mark.django_db(transaction=True)
def test_two_callers_at_once_never_get_the_same():
    numbers, ready = [], threading.Barrier(2)

    def take():
        ready.wait()
        numbers.extend(next_number("REG", NOON) for _ in range(10))
        connection.close()

    threads = [threading.Thread(target=take) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(numbers)) == 20
