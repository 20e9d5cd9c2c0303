"""App configuration."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """People and their access."""

    name = "accounts"

    def ready(self) -> None:
        """Listen to what allauth tells only by signals."""
        from accounts import receivers  # noqa: PLC0415 - models are loaded only now

        receivers.connect()
