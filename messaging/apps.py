"""App configuration."""

from django.apps import AppConfig


class MessagingConfig(AppConfig):
    """Messages."""

    name = "messaging"
