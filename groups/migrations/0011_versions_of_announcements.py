"""Announcements have versions, days of our calendar, and somebody who published them."""

from datetime import date

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("groups", "0010_vouched_contacts")]

    operations = [
        migrations.AddField("announcement", "version", models.PositiveIntegerField(default=1)),
        migrations.AddConstraint(
            "announcement",
            models.CheckConstraint(
                name="announcement_published_by_somebody",
                condition=Q(published_at__isnull=True, published_by__isnull=True)
                | Q(published_at__isnull=False, published_by__isnull=False),
            ),
        ),
        migrations.AddConstraint(
            "announcement",
            models.CheckConstraint(
                name="announcement_days_of_our_calendar",
                condition=Q(starts_on__gte=date(2000, 1, 1))
                & Q(starts_on__lte=date(2199, 12, 31))
                & (Q(ends_on__isnull=True) | Q(ends_on__lte=date(2199, 12, 31))),
            ),
        ),
    ]
