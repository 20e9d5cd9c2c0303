"""Renewals of a group."""

from django.urls import path

from groups.views import renewals

RENEWAL = "g/<slug:group_slug>/renewals/<uuid:key>/"
urlpatterns = [
    path("g/<slug:group_slug>/renewals/", renewals.renewals, name="renewals"),
    path(RENEWAL, renewals.renewal, name="renewal"),
    path(f"{RENEWAL}accept/", renewals.accept, name="accept_renewal"),
    path(f"{RENEWAL}ask/", renewals.ask, name="ask_renewal"),
    path(f"{RENEWAL}renewal.pdf", renewals.renewal_pdf, name="renewal_pdf"),
]
