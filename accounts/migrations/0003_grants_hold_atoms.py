"""Grants made before they held their rights themselves get them: from their lines, or from their role."""

from django.db import migrations

from accounts.roles import ROLES

FROM_LINES = """
UPDATE accounts_grant AS g SET atoms = held.atoms FROM (
    SELECT line.grant_id, array_agg(p.codename::varchar(30) ORDER BY p.codename) AS atoms
    FROM accounts_grouppermissionline AS line JOIN auth_permission AS p ON p.id = line.permission_id
    GROUP BY line.grant_id
) AS held WHERE held.grant_id = g.id AND 'group_view' = ANY (held.atoms)
"""


def from_roles(apps, schema_editor):
    """Fill grants without lines, whatever their state, from the preset of their role."""
    grants = apps.get_model("accounts", "Grant").objects.using(schema_editor.connection.alias)
    for role in ROLES.values():
        if role.atoms:
            grants.filter(role=role.key, lines__isnull=True).update(atoms=sorted(role.atoms))


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_delegation")]

    operations = [
        migrations.RunSQL(FROM_LINES, migrations.RunSQL.noop),
        migrations.RunPython(from_roles, migrations.RunPython.noop),
    ]
