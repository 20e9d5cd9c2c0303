"""The carrier's colors as a stylesheet of their own."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from portal.brand import stylesheet


@require_GET
@login_not_required
def brand_css(_request: HttpRequest) -> HttpResponse:
    """Answer the five brand colors as custom properties; cached for an hour."""
    return HttpResponse(
        stylesheet(), content_type="text/css", headers={"Cache-Control": "public, max-age=3600"}
    )
