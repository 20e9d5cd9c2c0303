"""Addresses of a group, its coverage, papers and history; each noun has a file of its own."""

from django.urls import include, path

app_name = "groups"
urlpatterns = [
    path("", include("groups.urls_overview")),
    path("", include("groups.urls_coverage")),
    path("", include("groups.urls_documents")),
    path("", include("groups.urls_renewals")),
    path("", include("groups.urls_transactions")),
    path("", include("groups.urls_announcements")),
]
