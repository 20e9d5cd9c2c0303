"""App configuration."""

from django.apps import AppConfig


class BillingConfig(AppConfig):
    """Invoices and payments."""

    name = "billing"
