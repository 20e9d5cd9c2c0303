"""A session may end because the carrier took the access away or stopped the agency."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_brokers_manage_nobody")]

    operations = [
        migrations.AlterField(
            model_name="endedsession",
            name="reason",
            field=models.CharField(
                choices=[
                    ("access_removed", "Access was removed"),
                    ("access_suspended", "Access was deactivated"),
                    ("carrier_removed", "We removed the access"),
                    ("carrier_stopped", "We stopped the access of the agency"),
                    ("password_reset", "The password must be set anew"),
                    ("account_closed", "The account was deactivated"),
                ],
                max_length=20,
            ),
        ),
    ]
