"""What the roles that the portal runs as may do: rows, never tables (docs/running.md, "Database roles").

Written as the owner's default privileges too, so that tables of later migrations need no grant of their own.
"""

from django.core.management import CommandError
from django.db import migrations

ROLES = ("portal_app", "portal_staff")
GRANT = """
GRANT USAGE ON SCHEMA public TO portal_app, portal_staff;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO portal_app, portal_staff;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO portal_app, portal_staff;
ALTER DEFAULT PRIVILEGES IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO portal_app, portal_staff;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO portal_app, portal_staff;
-- History is append-only: the trigger refuses everybody, this refuses before it is asked.
REVOKE UPDATE, DELETE, TRUNCATE ON portal_auditevent FROM portal_app, portal_staff;
-- Which migrations are applied is for their owner to say.
REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM portal_app, portal_staff;
"""
REVOKE = """
ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON SEQUENCES FROM portal_app, portal_staff;
ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON TABLES FROM portal_app, portal_staff;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM portal_app, portal_staff;
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM portal_app, portal_staff;
REVOKE USAGE ON SCHEMA public FROM portal_app, portal_staff;
"""


def require_roles(_apps, schema_editor):
    """Stop with a sentence where PostgreSQL would only say that a role does not exist."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT rolname FROM pg_roles WHERE rolname = ANY (%s)", [list(ROLES)])
        missing = sorted(set(ROLES) - {name for (name,) in cursor.fetchall()})
    if missing:
        raise CommandError(
            f"The database server has no role {' and no role '.join(missing)}:"
            ' docs/running.md, "Database roles", has the statements that make them.'
        )


class Migration(migrations.Migration):
    dependencies = [("portal", "0003_letters_are_given_up")]

    operations = [
        migrations.RunPython(require_roles, migrations.RunPython.noop),
        migrations.RunSQL(GRANT, REVOKE),
    ]
