"""Addresses of brokers: the book of business and the switcher, authorize a broker, remove an agency."""

from django.urls import path

from accounts.views import book, brokers

GROUP = "g/<slug:group_slug>/users/"

urlpatterns = [
    path("home/", book.landing, name="landing"),
    path("home/switcher/", book.switcher, name="switcher"),
    path(f"{GROUP}broker/", brokers.authorize_broker, name="authorize_broker"),
    path(f"{GROUP}broker/access/", brokers.authorize_broker_access, name="authorize_broker_access"),
    path(f"{GROUP}broker/review/", brokers.authorize_broker_review, name="authorize_broker_review"),
    path(f"{GROUP}agency/<int:pk>/remove/", brokers.remove_agency, name="remove_agency"),
]
