"""Which letters somebody wants about a group, behind row-level security as everything of a group."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from portal.row_security import protect

LETTERS = [
    ("announcements", "Announcements"),
    ("decisions", "Decisions about changes you submitted"),
    ("access_copies", "Copies of notices about other people’s access"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0008_imports_by_the_queue"),
        ("groups", "0007_announcements_by_email"),
    ]

    operations = [
        migrations.CreateModel(
            name="GroupPreference",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "muted",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(choices=LETTERS, max_length=20),
                        default=list,
                        size=None,
                    ),
                ),
                ("changed_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="groups.employergroup"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("user", "group"), name="preference_once_a_group"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "muted__contained_by",
                                ["announcements", "decisions", "access_copies"],
                            )
                        ),
                        name="preference_mutes_only_known_letters",
                    ),
                ],
            },
        ),
        protect("accounts_grouppreference"),
    ]
