"""Addresses below /g/<group_slug>/ that show the group itself."""

from django.urls import path

from groups import views

app_name = "groups"
urlpatterns = [path("g/<slug:group_slug>/", views.home, name="home")]
