from datetime import UTC, datetime

import pytest
from django.utils import translation
from django.utils.formats import date_format

from portal.moments import clock_time, written

EVENING = datetime(2026, 11, 19, 22, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (EVENING, "Thursday, November 19, 2026, 5:00 p.m. ET"),
        (datetime(2026, 7, 4, 4, 5, tzinfo=UTC), "Saturday, July 4, 2026, 12:05 a.m. ET"),
        (datetime(2026, 3, 1, 17, 30, tzinfo=UTC), "Sunday, March 1, 2026, 12:30 p.m. ET"),
    ],
)
def test_written_in_the_carriers_time(moment, words):
    assert written(moment) == words
    assert words.endswith(clock_time(moment))


def test_written_in_the_readers_language():
    with translation.override("es"):
        words = written(EVENING)

        assert date_format(EVENING, "l") in words
        assert date_format(EVENING, "F") in words
    assert "Thursday" not in words
    assert "November" not in words
