"""Addresses of asking for a right one lacks."""

from django.urls import path

from accounts.views import asking

urlpatterns = [path("g/<slug:group_slug>/ask/", asking.ask_for_right, name="ask_for_right")]
