"""The first page: what the portal is, sign in, or ask for access."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from portal import remembered


@require_safe
@login_not_required
def home(request: HttpRequest) -> HttpResponse:
    """Show the first page; it asks the database nothing but who is signed in."""
    needs_code = settings.PRIMARY_NEEDS_ACCESS_CODE
    return remembered.render(
        request, "portal/home.html", lambda: {"needs_access_code": needs_code}, vary=needs_code
    )
