"""App configuration."""

from django.apps import AppConfig


class GroupsConfig(AppConfig):
    """Employer groups."""

    name = "groups"

    def ready(self) -> None:
        """Make the kinds of transactions of this app known."""
        from groups import kinds_contacts, kinds_papers  # noqa: PLC0415 - models must be loaded

        kinds_contacts.register_kinds()
        kinds_papers.register_kinds()
