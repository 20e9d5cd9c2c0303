"""How far the letters of an announcement have got, so that a stopped worker goes on where it was."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("groups", "0006_row_security_of_coverage")]

    operations = [
        migrations.AddField(
            model_name="announcement",
            name="mailed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="announcement",
            name="mailed_to",
            field=models.BigIntegerField(default=0),
        ),
    ]
