"""Pages that exist in the demo only: the mailbox, and the living page of components."""

import base64
import hashlib
import re

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from portal import htmx
from portal.demo import mailbox as spool

LETTERS_A_PAGE = 25
LIST = "letters"


@require_GET
@login_not_required
def mailbox(request: HttpRequest) -> HttpResponse:
    """List the letters, newest first. The list asks for itself every few seconds; 204 when nothing has come."""
    to = request.GET.get("to", "").strip()[:254]
    found = spool.letters(to)
    newest = found[0].name if found else "none"
    if request.GET.get("seen") == newest:
        return HttpResponse(status=204)
    page = Paginator(found, LETTERS_A_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "to": to, "newest": newest, "live": request.GET.get("live") != "off"}
    return htmx.render(
        request, "demo/mailbox.html", context | _pages(request, page), partials=(LIST,)
    )


def _pages(request: HttpRequest, page: Page) -> dict[str, str]:  # type: ignore[type-arg]
    """Return the addresses of the page before and the page after, empty at the ends."""
    query = request.GET.copy()
    query.pop("seen", None)

    def address(number: int) -> str:
        query["page"] = str(number)
        return f"?{query.urlencode()}"

    return {
        "previous_url": address(page.previous_page_number()) if page.has_previous() else "",
        "next_url": address(page.next_page_number()) if page.has_next() else "",
    }


@require_GET
@login_not_required
def letter(request: HttpRequest, name: str) -> HttpResponse:
    """Show one letter as text."""
    return render(request, "demo/letter.html", {"letter": _find(name)})


@require_GET
@login_not_required
def letter_html(_request: HttpRequest, name: str) -> HttpResponse:
    """Show the HTML of a letter as a mail program would; its one stylesheet is allowed by its hash."""
    html = _find(name).html
    hashes = [_hash(style) for style in re.findall(r"<style>(.*?)</style>", html, re.DOTALL)]
    policy = f"default-src 'none'; style-src {' '.join(hashes)}"
    return HttpResponse(html, headers={"Content-Security-Policy": policy})


def _hash(style: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}'"


def _find(name: str) -> spool.Letter:
    found = spool.find(name)
    if found is None:
        raise Http404
    return found


@require_GET
@login_not_required
def components(request: HttpRequest) -> HttpResponse:
    """Show every component in every state, for whoever builds the next screen."""
    return render(request, "portal/components.html")
