"""App configuration."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """People and their access."""

    name = "accounts"
