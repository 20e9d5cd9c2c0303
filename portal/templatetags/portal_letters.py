"""The text of a letter as HTML, for the mail itself and for the demo's mailbox."""

import re

from django import template
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

_PARTS = re.compile(
    r"(?P<url>https?://[^\s<>\"]*[^\s<>\".,;:!?)])"  # the full stop behind an address is not part of it
    r"|(?P<key>\b\d{4}(?:-\d{4}){3}\b)"
)
_CODE_LINE = re.compile(r"[A-Z0-9]{3,8}(?:-[A-Z0-9]{3,8})*")


@register.filter
def letter(body: str) -> SafeString:
    """Return paragraphs of plain text as HTML: addresses are links, access keys and codes are marked, the rest is escaped."""
    paragraphs = [part for part in re.split(r"\n\s*\n", body.strip()) if part.strip()]
    return format_html_join("\n", "<p>{}</p>", ((_lines(part),) for part in paragraphs))


def _lines(paragraph: str) -> SafeString:
    lines = (_line(line.strip()) for line in paragraph.strip().splitlines())
    return format_html_join(mark_safe("<br>"), "{}", ((line,) for line in lines))


def _line(line: str) -> SafeString:
    if _CODE_LINE.fullmatch(line) and any(char.isdigit() or char == "-" for char in line):
        return _code(line)
    done, at = [], 0
    for found in _PARTS.finditer(line):
        done += [escape(line[at : found.start()]), _part(found)]
        at = found.end()
    return format_html_join("", "{}", ((part,) for part in [*done, escape(line[at:])]))


def _part(found: re.Match[str]) -> SafeString:
    if found["key"]:
        return _code(found["key"])
    return format_html('<a href="{0}">{0}</a>', found["url"])


def _code(text: str) -> SafeString:
    return format_html('<b class="ep-code ep-copy">{}</b>', text)
