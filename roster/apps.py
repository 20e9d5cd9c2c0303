"""App configuration."""

from django.apps import AppConfig


class RosterConfig(AppConfig):
    """Members and coverage."""

    name = "roster"
