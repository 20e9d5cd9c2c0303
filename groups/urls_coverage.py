"""Plans and rates of a group."""

from django.urls import path

from groups.views import coverage

urlpatterns = [
    path("g/<slug:group_slug>/plans/", coverage.plans, name="plans"),
    path("g/<slug:group_slug>/plans/<slug:code>/", coverage.plan, name="plan"),
]
