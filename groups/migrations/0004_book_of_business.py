"""An index for the book of business: all it sorts and counts by."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("groups", "0003_row_security")]

    operations = [
        migrations.AddIndex(
            model_name="employergroup",
            index=models.Index(
                fields=["id"],
                include=["name", "group_id", "status", "renewal_date"],
                name="group_in_book",
            ),
        )
    ]
