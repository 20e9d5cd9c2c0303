"""All addresses of the portal; each app hangs its own in here."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from portal.views import brand, group_home, health, home, pages

urlpatterns = [
    path("", home.home, name="home"),
    path("tour/", pages.tour, name="tour"),
    path("help/", pages.help_index, name="help"),
    path("help/<slug:slug>/", pages.help_topic, name="help_topic"),
    path("privacy/", pages.privacy, name="privacy"),
    path("terms/", pages.terms, name="terms"),
    path("cookies/", pages.cookie_choices, name="cookies"),
    path("accessibility/", pages.accessibility, name="accessibility"),
    path("language-help/", pages.language_help, name="language_help"),
    path("region/", pages.region, name="region"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("brand.css", brand.brand_css, name="brand_css"),
    path("g/<slug:group_slug>/", group_home.home, name="group_home"),
    path("", include("groups.urls")),
    path("", include("accounts.urls")),
    path("", include("messaging.urls")),
    path("account/", include("allauth.urls")),
    path("staff/", admin.site.urls),
]
if settings.DEMO:
    urlpatterns.append(path("demo/", include("portal.demo.urls")))

handler400 = "portal.views.errors.bad_request"
handler403 = "portal.views.errors.forbidden"
handler404 = "portal.views.errors.not_found"
handler500 = "portal.views.errors.server_error"
# Asked for by allauth when one of its limits is reached
handler429 = "accounts.views.sign_in.slow_down"
