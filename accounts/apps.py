"""App configuration."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AccountsConfig(AppConfig):
    """People and their access."""

    name = "accounts"

    def ready(self) -> None:
        """Listen to allauth’s signals, let staff roles follow the code with ``migrate``, answer who wants which letter."""
        from accounts import kinds, preferences, receivers, staff_roles  # noqa: PLC0415 - models are loaded only now
        from groups import wanted_letters  # noqa: PLC0415

        receivers.connect()
        kinds.register_kinds()
        wanted_letters.answered_by(preferences.wants)
        post_migrate.connect(staff_roles.sync_after_migrate, sender=self)
