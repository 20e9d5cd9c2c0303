"""All addresses of the portal; each app hangs its own in here."""

from django.contrib import admin
from django.urls import include, path

from portal.views import brand, health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("brand.css", brand.brand_css, name="brand_css"),
    path("account/", include("allauth.urls")),
    path("staff/", admin.site.urls),
]

handler400 = "portal.views.errors.bad_request"
handler403 = "portal.views.errors.forbidden"
handler404 = "portal.views.errors.not_found"
handler500 = "portal.views.errors.server_error"
