"""Groups and their units, addresses and contacts behind row-level security."""

from django.db import migrations

from portal.row_security import protect


class Migration(migrations.Migration):
    dependencies = [
        ("groups", "0002_permissions_of_units"),
        ("portal", "0004_database_roles"),
    ]

    operations = [
        protect("groups_employergroup", group="id"),
        protect("groups_subgroup", unit="id"),
        protect("groups_address"),
        protect("groups_contact"),
        # Named by foreign keys that pin a billing unit to its group
        migrations.RunSQL(
            "ALTER TABLE groups_subgroup ADD CONSTRAINT subgroup_with_its_group UNIQUE (id, group_id)",
            "ALTER TABLE groups_subgroup DROP CONSTRAINT subgroup_with_its_group",
        ),
    ]
