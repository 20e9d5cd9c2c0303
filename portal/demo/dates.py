"""Calendar months: contracts begin on the first of a month and end on the last."""

from datetime import date, timedelta


def first_of_month(day: date, *, months: int = 0) -> date:
    """Return the first day of the month of *day*, moved by *months* (negative: back)."""
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def end_of_month(day: date, *, months: int = 0) -> date:
    """Return the last day of the month of *day*, moved by *months* (negative: back)."""
    return first_of_month(day, months=months + 1) - timedelta(days=1)


def next_anniversary(start: date, *, after: date) -> date:
    """Return the first yearly return of *start* (a first of month) later than *after*."""
    years = max(after.year - start.year, 1)
    candidate = start.replace(year=start.year + years)
    if candidate <= after:
        candidate = candidate.replace(year=candidate.year + 1)
    return candidate
