"""App configuration of the frame and of the staff site."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class PortalConfig(AppConfig):
    """The frame: audit trail, outbox, numbers, throttle."""

    name = "portal"

    def ready(self) -> None:
        """Register the start-up checks."""
        from portal import checks  # noqa: F401, PLC0415 - checks register themselves on import


class StaffAdminConfig(AdminConfig):
    """Django's admin as the staff side of the portal."""

    default_site = "portal.staff.StaffSite"
