"""Addresses of the demo's own pages, below /demo/."""

from django.urls import path

from portal.demo import views

urlpatterns = [
    path("mailbox/", views.mailbox, name="mailbox"),
    path("mailbox/<slug:name>/", views.letter, name="letter"),
    path("mailbox/<slug:name>/html/", views.letter_html, name="letter_html"),
    path("components/", views.components, name="components"),
]
