"""App configuration."""

from django.apps import AppConfig


class GroupsConfig(AppConfig):
    """Employer groups."""

    name = "groups"
