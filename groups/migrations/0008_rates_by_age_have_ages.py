"""Refuse a rate by age without ages: the condition was unknown for it, which PostgreSQL takes for a yes."""

from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [("groups", "0007_announcements_by_email")]

    operations = [
        migrations.RemoveConstraint(model_name="rate", name="rate_ages_with_their_tier"),
        migrations.AddConstraint(
            model_name="rate",
            constraint=models.CheckConstraint(
                name="rate_ages_with_their_tier",
                condition=Q(
                    tier="AGE",
                    age_from__isnull=False,
                    age_to__isnull=False,
                    age_from__gte=0,
                    age_to__gte=F("age_from"),
                )
                | Q(~Q(tier="AGE"), age_from__isnull=True, age_to__isnull=True),
            ),
        ),
    ]
