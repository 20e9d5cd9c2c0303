"""Small pieces of the staff side's lists."""

import re

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeData, SafeString

register = template.Library()
# Longer words may be cut into pieces of this many characters at the end of a line.
LONGEST_WORD, PIECE = 30, 15


@register.filter
def breakable(text: object) -> object:
    """Let a table break words that would burst it; marked-up text stays as it is."""
    if isinstance(text, SafeData) or not (text := str(text)):
        return text
    if max(map(len, text.split()), default=0) <= LONGEST_WORD:
        return text
    return _cut(text)


def _cut(text: str) -> SafeString:
    pieces = re.findall(rf"\s+|[^\s@]{{1,{PIECE}}}@?|@", text)
    return format_html_join("", "{}<wbr>", ((piece,) for piece in pieces))
