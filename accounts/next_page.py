"""Where a person goes on to after signing in or accepting the terms: only ever a page of ours."""

from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponseRedirect, QueryDict
from django.shortcuts import resolve_url
from django.utils.http import url_has_allowed_host_and_scheme

LONGEST = 2000


def wanted(request: HttpRequest) -> str:
    """Return the page that ``next`` names, in the form or in the address; empty unless it is one of ours."""
    source: QueryDict = request.POST if "next" in request.POST else request.GET
    page = source.get("next", "")
    return page if len(page) <= LONGEST and _is_ours(request, page) else ""


def interrupted(request: HttpRequest) -> str:
    """Return the page the person was on: the address asked for, or for anything but a plain GET the one before."""
    if request.method == "GET" and not request.headers.get("HX-Request"):
        return request.get_full_path()
    before = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
    if not _is_ours(request, before):
        return ""
    return urlsplit(before)._replace(scheme="", netloc="", fragment="").geturl()


def redirect_with_next(to: str, page: str) -> HttpResponseRedirect:
    """Redirect to the view *to*, with *page* as ``next`` unless it is empty."""
    url = resolve_url(to)
    if page:
        query = QueryDict(mutable=True)
        query["next"] = page
        url = f"{url}?{query.urlencode(safe='/')}"
    return HttpResponseRedirect(url)


def _is_ours(request: HttpRequest, url: str) -> bool:
    return url_has_allowed_host_and_scheme(url, {request.get_host()}, request.is_secure())
