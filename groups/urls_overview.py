"""What is on file about a group and its billing units, and its contacts."""

from django.urls import path

from groups.views import overview

urlpatterns = [path("g/<slug:group_slug>/group/", overview.overview, name="overview")]
