"""Answers for HTMX: the named partial that was asked for, or the page; redirects that HTMX follows."""

from collections.abc import Iterable
from typing import Any, cast

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render as render_page
from django.shortcuts import resolve_url
from django.utils.cache import patch_vary_headers
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails


class HtmxRequest(HttpRequest):
    """A request that passed django-htmx's middleware."""

    htmx: HtmxDetails


def render(
    request: HttpRequest,
    template: str,
    context: dict[str, Any] | None = None,
    *,
    partials: Iterable[str] = (),
    status: int | None = None,
) -> HttpResponse:
    """Render *template*, or only its partial named like the target when that name is in *partials*.

    One name serves as DOM id, ``hx-target`` and partial. A boosted request gets the page. The answer
    varies by the headers that decide.
    """
    target = _target(request)
    if target in set(partials):
        template = f"{template}#{target}"
    response = render_page(request, template, context, status=status)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


def redirect(request: HttpRequest, to: Any, *args: Any, **kwargs: Any) -> HttpResponse:
    """Send the browser to *to* (anything ``resolve_url`` takes): 302, or ``HX-Redirect`` for HTMX."""
    url = resolve_url(to, *args, **kwargs)
    if _details(request):
        return HttpResponseClientRedirect(url)
    return HttpResponseRedirect(url)


def asks_for(request: HttpRequest, partial: str) -> bool:
    """Tell whether HTMX asks for *partial* alone, so that the rest of the page need not be made."""
    return _target(request) == partial


def _details(request: HttpRequest) -> HtmxDetails:
    return cast("HtmxRequest", request).htmx


def _target(request: HttpRequest) -> str:
    details = _details(request)
    if not details or details.boosted:
        return ""
    return details.target or ""
