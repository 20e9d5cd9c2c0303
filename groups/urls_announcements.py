"""What the carrier tells a group."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
