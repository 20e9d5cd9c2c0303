"""Pages that look the same to every visitor, drawn once and kept by the process; only their holes are filled anew.

Drawing the first pages takes longer than everything else a request does. A hole is a value of one visitor:
the CSRF token always, others by name. Nothing of one visitor is ever kept (docs/adr/0012-remembered-pages.md).
"""

import re
import secrets
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any

from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.html import conditional_escape
from django.utils.translation import get_language

from portal import brand, htmx

CSRF = "csrf_token"
LARGEST = 1000  # pages; a few kilobytes each
# What a hole looks like while a page is drawn: no filter of a template changes letters and digits.
_MARK = f"hole{secrets.token_hex(8)}n"
_HOLE = re.compile(rf"{_MARK}(\d\d)")
_OF_ONE_REQUEST = {"request_id", "cookie_choice", "regions", "brand"}
_pages: dict[Hashable, list[str]] = {}


def render(
    request: HttpRequest,
    template: str,
    context: Callable[[], dict[str, Any]],
    *,
    fill: Mapping[str, str] | None = None,
    vary: Hashable = None,
    partials: Iterable[str] = (),
) -> HttpResponse:
    """Render a page as ``htmx.render`` does, from memory when a visitor asks for it plainly.

    *context* is called when the page must be drawn. *fill* holds the strings that differ by visitor; they are
    escaped. What else the page depends on stands in *vary*: the path, the language, the brand and the region do
    already. Signed-in people, messages, queries and HTMX get a page of their own.
    """
    holes = dict(fill or {})
    if not _is_plain(request):
        return htmx.render(request, template, {**context(), **holes}, partials=partials)
    key = (template, request.path, vary, _surroundings(request))
    pieces = _pages.get(key)
    if pieces is None:
        pieces = _draw(request, template, context(), [CSRF, *holes])
        if len(_pages) < LARGEST:
            _pages[key] = pieces
    response = HttpResponse(_filled(request, pieces, list(holes.values())))
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


def forget() -> None:
    """Draw every page anew from now on."""
    _pages.clear()


def _is_plain(request: HttpRequest) -> bool:
    return (
        request.method == "GET"
        and not request.META.get("QUERY_STRING")
        and not getattr(request, "htmx", False)
        and not request.user.is_authenticated
        and not len(get_messages(request))
    )


def _surroundings(request: HttpRequest) -> Hashable:
    """Return everything that the layout of every page depends on."""
    shared = brand.context(request)
    plain = tuple(value for name, value in shared.items() if name not in _OF_ONE_REQUEST)
    asked = shared["cookie_choice"] is None
    return get_language(), timezone.localdate().year, shared["brand"], asked, plain


def _draw(
    request: HttpRequest, template: str, context: dict[str, Any], names: list[str]
) -> list[str]:
    """Return the page as texts with the numbers of holes between them."""
    marks = {name: f"{_MARK}{number:02d}" for number, name in enumerate(names)}
    return _HOLE.split(render_to_string(template, {**context, **marks}, request))


def _filled(request: HttpRequest, pieces: list[str], values: list[str]) -> str:
    if len(pieces) == 1:
        return pieces[0]
    texts = [get_token(request), *(conditional_escape(value) for value in values)]
    return "".join(
        texts[int(piece)] if number % 2 else piece for number, piece in enumerate(pieces)
    )
