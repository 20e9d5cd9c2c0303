"""A tier of a renewal is of the group of its renewal; documents are found by their file."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("groups", "0012_rates_end_and_are_corrected")]

    operations = [
        # Named by the foreign key that pins a tier to the group of its renewal
        migrations.RunSQL(
            "ALTER TABLE groups_renewal ADD CONSTRAINT renewal_with_its_group UNIQUE (id, group_id)",
            "ALTER TABLE groups_renewal DROP CONSTRAINT renewal_with_its_group",
        ),
        migrations.RunSQL(
            "ALTER TABLE groups_renewalrate ADD CONSTRAINT renewalrate_of_its_renewal"
            " FOREIGN KEY (renewal_id, group_id) REFERENCES groups_renewal (id, group_id)"
            " DEFERRABLE INITIALLY DEFERRED",
            "ALTER TABLE groups_renewalrate DROP CONSTRAINT renewalrate_of_its_renewal",
        ),
        migrations.AddIndex(
            model_name="document",
            index=models.Index(fields=["file"], name="document_by_file"),
        ),
    ]
