"""Addresses of messages."""

from django.urls import path

from messaging import views

app_name = "messaging"
urlpatterns = [
    path("report-an-issue/", views.report_issue, name="report_issue"),
    path("report-an-issue/sent/", views.issue_sent, name="issue_sent"),
]
