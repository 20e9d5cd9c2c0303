"""What PostgreSQL needs to refuse two rows for the same thing on the same day.

An exclusion constraint compares by overlap (``&&``), and that alone needs no extension: what must be equal is
written as a range of one point.
"""

from django.contrib.postgres.fields import BigIntegerRangeField, DateRangeField, IntegerRangeField
from django.db.models import BigIntegerField, F, Func, Value
from django.db.models.functions import Coalesce


def same(column: str) -> Func:
    """Return the range that overlaps another exactly when *column* (an id, or no id) is the same."""
    return _point(Coalesce(F(column), Value(0), output_field=BigIntegerField()))


def same_text(column: str) -> Func:
    """Return the range that overlaps another exactly when the text in *column* is the same (64 bits of it)."""
    return _point(
        Func(F(column), Value(0), function="hashtextextended", output_field=BigIntegerField())
    )


def days(first: str, last: str) -> Func:
    """Return the days from the column *first* to the column *last*, both inclusive; no last day means for good."""
    return Func(F(first), F(last), Value("[]"), function="daterange", output_field=DateRangeField())


def whole_numbers(first: str, last: str) -> Func:
    """Return the numbers from the column *first* to the column *last*, both inclusive; none set means all."""
    return Func(
        F(first), F(last), Value("[]"), function="int4range", output_field=IntegerRangeField()
    )


def _point(key: Func) -> Func:
    return Func(key, key, Value("[]"), function="int8range", output_field=BigIntegerRangeField())
