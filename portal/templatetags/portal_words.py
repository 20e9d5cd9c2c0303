"""How numbers and times of the trade are written: phone, tax number, hour, date."""

import re
from datetime import datetime
from decimal import Decimal

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from portal.moments import clock_time
from portal.moments import written as written_moment

register = template.Library()


@register.filter
def phone(digits: object) -> str:
    """Return 10 digits as (413) 555-0114; anything else as it is."""
    text = str(digits or "")
    return f"({text[:3]}) {text[3:6]}-{text[6:]}" if len(text) == 10 and text.isdigit() else text


@register.filter
def breakable(address: object) -> SafeString:
    """Return an e-mail address that may go on in the next line before its @ and its dots, and only there."""
    parts = re.split(r"(?=[@.])", str(address or ""))
    return mark_safe("<wbr>".join(escape(part) for part in parts))  # noqa: S308 - each part is escaped


@register.filter
def fein(digits: object) -> str:
    """Return 9 digits as 04-1234567; anything else as it is."""
    text = str(digits or "")
    return f"{text[:2]}-{text[2:]}" if len(text) == 9 and text.isdigit() else text


@register.filter
def written(moment: datetime) -> str:
    """Return a moment as letters print it, in the carrier's time zone."""
    return written_moment(moment)


@register.filter
def clock(moment: datetime) -> str:
    """Return the hour of a moment with its zone: "5:00 p.m. ET"."""
    return clock_time(moment)


@register.filter
def money(amount: Decimal | None) -> str:
    """Return dollars with cents: $1,234.56, negative with a minus sign before the dollar; nothing for no amount."""
    if amount is None:
        return ""
    sign = "−" if amount < 0 else ""
    return f"{sign}${abs(amount):,.2f}"


@register.filter
def difference(amount: Decimal) -> str:
    """Return dollars with the sign of a difference: +$36.74, −$5.00; $0.00 for none."""
    return f"+{money(amount)}" if amount > 0 else money(amount)


@register.filter
def percent(number: Decimal | None) -> str:
    """Return a difference in percent: +6.0%, −1.5%; nothing for none known."""
    if number is None:
        return ""
    sign = "+" if number > 0 else "−" if number < 0 else ""
    return f"{sign}{abs(number)}%"
