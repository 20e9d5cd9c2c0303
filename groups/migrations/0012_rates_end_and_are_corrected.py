"""Lines of rate files that lengthen, correct and end; versions of plans."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("groups", "0011_versions_of_announcements")]

    operations = [
        migrations.AddField(
            model_name="plan",
            name="version",
            field=models.PositiveIntegerField(default=1),
        ),
        migrations.AlterField(
            model_name="rateloadrow",
            name="verdict",
            field=models.CharField(
                max_length=10,
                choices=[
                    ("new", "New rate"),
                    ("replaces", "Follows a rate"),
                    ("extends", "Lasts longer"),
                    ("corrects", "Corrects a rate"),
                    ("ends", "Ends"),
                    ("same", "Already so"),
                    ("wrong", "Cannot be taken"),
                ],
            ),
        ),
    ]
