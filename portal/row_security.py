"""Migration operations that put a table behind row-level security.

Every table with a key to a group has one (a guard test asks PostgreSQL). Two policies each: people see the rows
of the groups and units in the settings of ``portal.tenancy``; the role portal_staff sees all. The setting is read
once per statement, by a sub-select, and the comparison can use an index.
"""

from django.db import migrations

from portal.tenancy import STAFF_ROLE


def ids(setting: str) -> str:
    """Return SQL for the ids in ``portal.<setting>``; nothing set means none."""
    return f"(SELECT nullif(current_setting('portal.{setting}', true), '')::bigint[])::bigint[]"


def protect(
    table: str,
    *,
    group: str | None = "group_id",
    whole: bool = False,
    unit: str | None = None,
    shared: str | None = None,
) -> migrations.RunSQL:
    """Let people see and write rows of *table* whose column *group* is a group open to them; *whole*: open whole.

    With *unit*, the column of a billing unit, the group must be open whole or the unit be one of theirs; a row of no
    unit is open to everybody in the group where the condition *shared* (SQL) holds.
    With *group* None nobody but the carrier sees a row.
    """
    allowed = "false"
    if group:
        allowed = f"{group} = ANY ({ids('whole_groups' if unit or whole else 'groups')})"
    if unit:
        allowed += f" OR {unit} = ANY ({ids('units')})"
    if shared:
        allowed += f" OR ({unit} IS NULL AND {shared} AND {group} = ANY ({ids('groups')}))"
    return migrations.RunSQL(
        f"""
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        CREATE POLICY of_person ON {table} USING ({allowed}) WITH CHECK ({allowed});
        CREATE POLICY of_carrier ON {table} TO {STAFF_ROLE} USING (true) WITH CHECK (true);
        """,
        f"""
        DROP POLICY of_carrier ON {table};
        DROP POLICY of_person ON {table};
        ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;
        """,
    )
