"""New words only: a list that the queue is taking over, and lines that make somebody primary administrator."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0007_sessions_ended_by_the_carrier")]

    operations = [
        migrations.AlterField(
            model_name="accessimport",
            name="state",
            field=models.CharField(
                choices=[
                    ("preview", "To be checked"),
                    ("committing", "Being taken over"),
                    ("committed", "Taken over"),
                    ("dropped", "Dropped"),
                ],
                default="preview",
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="accessimportrow",
            name="verdict",
            field=models.CharField(
                choices=[
                    ("new", "New access, with an Access Key"),
                    ("new_primary", "New primary administrator, with an Access Key"),
                    ("unknown_role", "New access as Viewer, old role unknown"),
                    ("has_access", "Has access already"),
                    ("twice", "Stands in the list before"),
                    ("unknown_group", "We know no such group"),
                    ("unreadable", "Cannot be read"),
                ],
                max_length=14,
            ),
        ),
    ]
