"""Where a person goes on to after signing in or accepting the terms: only ever a page of ours."""

from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponseRedirect, QueryDict
from django.shortcuts import resolve_url
from django.utils.http import url_has_allowed_host_and_scheme

from portal.own_pages import is_own_path


def wanted(request: HttpRequest) -> str:
    """Return the page that ``next`` names, in the form or in the address; empty unless it is one of ours."""
    source: QueryDict = request.POST if "next" in request.POST else request.GET
    page = source.get("next", "")
    return page if is_own_path(request, page) else ""


def interrupted(request: HttpRequest) -> str:
    """Return the page the person was on: the address asked for, or for anything but a plain GET the one before."""
    if request.method == "GET" and not request.headers.get("HX-Request"):
        return request.get_full_path()
    before = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(before, {request.get_host()}, request.is_secure()):
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
