"""Which letters somebody wants about a group, of those that may be switched off."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from groups.models import OwnedByGroup


class GroupPreference(OwnedByGroup):
    """What one person has switched off in one group. Without a row everything is on.

    What is not a ``Letters`` cannot be switched off: whatever is about the person's own account and access, what asks
    them to act, and that the carrier's own people enter the group.
    """

    class Letters(models.TextChoices):
        ANNOUNCEMENTS = "announcements", _("Announcements")
        DECISIONS = "decisions", _("Decisions about changes you submitted")
        ACCESS_COPIES = "access_copies", _("Copies of notices about other people’s access")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    muted = ArrayField(models.CharField(max_length=20, choices=Letters.choices), default=list)
    changed_at = models.DateTimeField(default=timezone.now)

    sensitive: ClassVar[set[str]] = set()
    plain: ClassVar[set[str]] = {"group", "user", "muted", "changed_at"}

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["user", "group"], name="preference_once_a_group"),
            models.CheckConstraint(
                name="preference_mutes_only_known_letters",
                condition=Q(
                    muted__contained_by=["announcements", "decisions", "access_copies"],
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"Preference of {self.user_id}"
