"""Messages between people and the carrier; so far: a report that something does not work."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class IssueReport(models.Model):
    """Somebody, signed in or not, tells us that something does not work."""

    class Category(models.TextChoices):
        REGISTRATION = "registration", _("Asking for access")
        SIGN_IN = "sign_in", _("Signing in, user name or password")
        ACCESS_KEY = "access_key", _("Access Key")
        PAGE = "page", _("A page does not work")
        ACCESSIBILITY = "accessibility", _("Accessibility")
        OTHER = "other", _("Something else")

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        RESOLVED = "resolved", _("Resolved")

    number = models.CharField(max_length=20, unique=True)
    category = models.CharField(max_length=20, choices=Category.choices)
    description = models.TextField()
    name = models.CharField(max_length=100)
    email = models.EmailField(max_length=254)
    phone = models.CharField(max_length=10, blank=True)
    page = models.CharField(max_length=300, blank=True)
    browser = models.CharField(max_length=200, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    reported_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    staff_note = models.TextField(blank=True)

    sensitive: ClassVar[set[str]] = {
        "description", "name", "email", "phone", "page", "browser", "staff_note",
    }  # fmt: skip
    plain: ClassVar[set[str]] = {
        "number", "category", "user", "state", "reported_at", "due_at", "resolved_at",
        "resolved_by",
    }  # fmt: skip

    class Meta:
        default_permissions = ("view", "change")
        ordering = ["due_at", "pk"]

    def __str__(self) -> str:
        return self.number
