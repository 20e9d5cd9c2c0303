"""The audit trail is append-only: PostgreSQL itself refuses to change or delete an event."""

from django.db import migrations

GUARD = """
CREATE FUNCTION portal_audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The audit trail is append-only.' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE ON portal_auditevent
    FOR EACH ROW EXECUTE FUNCTION portal_audit_is_append_only();
"""
UNGUARD = """
DROP TRIGGER audit_is_append_only ON portal_auditevent;
DROP FUNCTION portal_audit_is_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("portal", "0001_initial")]

    operations = [migrations.RunSQL(GUARD, UNGUARD)]
