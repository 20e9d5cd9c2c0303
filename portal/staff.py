"""The staff side: Django's admin, behind the portal's own sign-in, in the staff look."""

from typing import Any

from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


class StaffSite(AdminSite):
    """The admin for account management; people sign in where everybody signs in, second step included."""

    site_title = _("Staff")
    site_header = _("Staff")
    index_title = _("Staff home")
    site_url = "/"
    enable_nav_sidebar = False

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Send visitors to the portal's sign-in; tell signed-in people without the right that they have none."""
        if request.user.is_authenticated:
            raise PermissionDenied
        return redirect_to_login(reverse("admin:index"), resolve_url(settings.LOGIN_URL))
