"""Transactions of a group, and of all groups of a person."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
