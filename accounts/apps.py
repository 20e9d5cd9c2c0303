"""App configuration."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AccountsConfig(AppConfig):
    """People and their access."""

    name = "accounts"

    def ready(self) -> None:
        """Listen to what allauth tells only by signals, and let staff roles follow the code with ``migrate``."""
        from accounts import receivers, staff_roles  # noqa: PLC0415 - models are loaded only now

        receivers.connect()
        post_migrate.connect(staff_roles.sync_after_migrate, sender=self)
