"""Around every request: an id, a log line, private caching, redirects that HTMX follows."""

import logging
import re
import time
import uuid
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from portal.request_info import RequestInfo, client_browser, client_ip, current
from portal.throttle import TooManyRequestsError

logger = logging.getLogger("portal.access")
# Anything else is a text of the visitor's.
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
# In UTF-8 these bytes are never part of another character. Tab and line ends may stay.
UNREADABLE = bytes(code for code in [*range(32), 127] if code not in b"\t\n\r")
GetResponse = Callable[[HttpRequest], HttpResponse]


class RequestId:
    """Name the request, remember who asks for logs and audit, and write one log line."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request under its id; the route is logged, never the path or the query."""
        started = time.perf_counter()
        request.request_id = _request_id(request)  # type: ignore[attr-defined]
        token = current.set(
            RequestInfo(
                request.request_id,  # type: ignore[attr-defined]
                client_ip(request),
                client_browser(request),
            )
        )
        try:
            response = self.get_response(request)
            match = request.resolver_match
            logger.info(
                "request",
                extra={
                    "method": request.method if request.method in METHODS else "other",
                    "route": match.route if match else "",
                    "status": response.status_code,
                    "ms": round((time.perf_counter() - started) * 1000, 1),
                },
            )
        finally:
            current.reset(token)
        response["X-Request-ID"] = request.request_id  # type: ignore[attr-defined]
        return response


def _request_id(request: HttpRequest) -> str:
    """Return the id a trusted proxy gave, or a new one."""
    given = request.headers.get("X-Request-ID", "")
    if settings.ALLAUTH_TRUSTED_PROXY_COUNT and re.fullmatch(r"[A-Za-z0-9-]{8,36}", given):
        return given
    return uuid.uuid4().hex


class PrivatePages:
    """Keep pages out of caches, and turn redirects of HTMX requests into ones the browser follows whole."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer 429 with Retry-After when somebody must slow down."""
        if not isinstance(exception, TooManyRequestsError):
            return None
        minutes = -(-exception.seconds // 60)
        response = render(request, "429.html", {"minutes": minutes}, status=429)
        response["Retry-After"] = str(exception.seconds)
        return response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer; every page may hold personal data, so none is stored unless its view said otherwise."""
        response = _readable(_spoken(request, self.get_response(request)))
        if not response.has_header("Cache-Control"):
            response["Cache-Control"] = "no-store"
        patch_vary_headers(response, ["HX-Request"])
        if getattr(request, "htmx", False) and response.status_code in {301, 302, 303, 307, 308}:
            led = HttpResponse(
                headers={"HX-Redirect": response["Location"], "Cache-Control": "no-store"}
            )
            led.cookies = response.cookies
            response = led
        return response


def _spoken(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Put a page in words in place of Django's blank answer to a method that an address does not take."""
    if not isinstance(response, HttpResponseNotAllowed) or response.content:
        return response
    if getattr(request, "htmx", False):
        return response
    match = request.resolver_match
    slug = match.kwargs.get("group_slug", "") if match else ""
    page = render(request, "405.html", {"slug": slug}, status=405)
    page["Allow"] = response["Allow"]
    return page


def _readable(response: HttpResponse) -> HttpResponse:
    """Drop control characters, which somebody typed and HTML cannot carry, from a page."""
    if not response.streaming and response.get("Content-Type", "").startswith("text/html"):
        response.content = response.content.translate(None, UNREADABLE)
    return response
