"""The portal's addresses with those of the demo, which only a demo has."""

from django.urls import include, path

from portal import urls

urlpatterns = [*urls.urlpatterns, path("demo/", include("portal.demo.urls"))]
handler404 = urls.handler404
