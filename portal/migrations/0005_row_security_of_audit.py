"""Audit events of a group are seen by whoever may see the group; anybody may add one about anything."""

from django.db import migrations

from portal.row_security import ids
from portal.tenancy import STAFF_ROLE

POLICIES = f"""
ALTER TABLE portal_auditevent ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_person ON portal_auditevent FOR SELECT USING (group_key = ANY ({ids("groups")}));
CREATE POLICY of_anybody ON portal_auditevent FOR INSERT WITH CHECK (true);
CREATE POLICY of_carrier ON portal_auditevent FOR SELECT TO {STAFF_ROLE} USING (true);
"""
REVERSE = """
DROP POLICY of_carrier ON portal_auditevent;
DROP POLICY of_anybody ON portal_auditevent;
DROP POLICY of_person ON portal_auditevent;
ALTER TABLE portal_auditevent DISABLE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    dependencies = [("portal", "0004_database_roles")]

    operations = [migrations.RunSQL(POLICIES, REVERSE)]
