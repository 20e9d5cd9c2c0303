"""The history of one billing unit, as fast as that of the group."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("groups", "0015_folded_names")]

    operations = [
        migrations.AddIndex(
            model_name="transaction",
            index=models.Index(
                fields=["group", "subgroup", "-submitted_at", "-id"], name="transaction_by_unit"
            ),
        ),
    ]
