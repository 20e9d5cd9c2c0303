"""The tables of access behind row-level security; lines and units that can only be their grant's."""

from django.db import migrations

from portal.row_security import protect

PINS = [
    ("accounts_grant", "grant_with_its_group", "UNIQUE (id, group_id)"),
    ("accounts_grant", "grant_with_its_user", "UNIQUE (id, user_id)"),
    ("accounts_grantunit", "grant_unit_in_group_of_grant",
     "FOREIGN KEY (grant_id, group_id) REFERENCES accounts_grant (id, group_id)"),
    ("accounts_grantunit", "grant_unit_in_group_of_unit",
     "FOREIGN KEY (subgroup_id, group_id) REFERENCES groups_subgroup (id, group_id)"),
    ("accounts_grouppermissionline", "group_line_of_group_of_grant",
     "FOREIGN KEY (grant_id, content_object_id) REFERENCES accounts_grant (id, group_id)"),
    ("accounts_grouppermissionline", "group_line_of_user_of_grant",
     "FOREIGN KEY (grant_id, user_id) REFERENCES accounts_grant (id, user_id)"),
    ("accounts_subgrouppermissionline", "unit_line_of_group_of_grant",
     "FOREIGN KEY (grant_id, group_id) REFERENCES accounts_grant (id, group_id)"),
    ("accounts_subgrouppermissionline", "unit_line_of_user_of_grant",
     "FOREIGN KEY (grant_id, user_id) REFERENCES accounts_grant (id, user_id)"),
    ("accounts_subgrouppermissionline", "unit_line_of_unit_of_grant",
     "FOREIGN KEY (grant_id, content_object_id) REFERENCES accounts_grantunit (grant_id, subgroup_id)"),
]  # fmt: skip


def pin(table: str, name: str, rule: str) -> migrations.RunSQL:
    """Return the operation that adds a constraint; foreign keys are checked at the commit, as Django's are."""
    late = " DEFERRABLE INITIALLY DEFERRED" if rule.startswith("FOREIGN KEY") else ""
    return migrations.RunSQL(
        f"ALTER TABLE {table} ADD CONSTRAINT {name} {rule}{late}",
        f"ALTER TABLE {table} DROP CONSTRAINT {name}",
    )


# As its owner the function reads past the policies: it is what the policies are made from. With an address it
# answers for one group, by two index look-ups, whatever the number of groups the person has.
SCOPE = """
CREATE FUNCTION portal_scope_of(person bigint, address text, moment timestamptz)
RETURNS TABLE (group_id bigint, whole boolean, unit_ids bigint[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT g.group_id, g.all_units,
        CASE WHEN g.all_units THEN '{}'::bigint[]
        ELSE ARRAY(SELECT u.subgroup_id FROM accounts_grantunit AS u WHERE u.grant_id = g.id) END
    FROM accounts_grant AS g
    WHERE g.user_id = person AND g.state = 'active' AND (g.ends_at IS NULL OR g.ends_at > moment)
        AND (address IS NULL
            OR g.group_id = (SELECT e.id FROM groups_employergroup AS e WHERE e.slug = address))
$$;
CREATE FUNCTION portal_has_other_groups(person bigint, here bigint, moment timestamptz) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM accounts_grant AS g
        WHERE g.user_id = person AND g.group_id <> here AND g.state = 'active'
            AND (g.ends_at IS NULL OR g.ends_at > moment))
$$;
REVOKE ALL ON FUNCTION portal_scope_of(bigint, text, timestamptz) FROM PUBLIC;
REVOKE ALL ON FUNCTION portal_has_other_groups(bigint, bigint, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION portal_scope_of(bigint, text, timestamptz) TO portal_app, portal_staff;
GRANT EXECUTE ON FUNCTION portal_has_other_groups(bigint, bigint, timestamptz) TO portal_app, portal_staff;
"""
NO_SCOPE = """
DROP FUNCTION portal_has_other_groups(bigint, bigint, timestamptz);
DROP FUNCTION portal_scope_of(bigint, text, timestamptz);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_grants_hold_atoms"),
        ("groups", "0003_row_security"),
        ("portal", "0005_row_security_of_audit"),
    ]

    operations = [
        *(pin(*rule) for rule in PINS),
        migrations.RunSQL(SCOPE, NO_SCOPE),
        protect("accounts_grant"),
        protect("accounts_grantunit"),
        protect("accounts_grouppermissionline", group="content_object_id"),
        protect("accounts_subgrouppermissionline"),
        protect("accounts_accesscode"),
        protect("accounts_handover"),
        protect("accounts_accessreview"),
        protect("accounts_accessreviewitem"),
        protect("accounts_registrationrequest"),
        protect("accounts_registrationentry", group=None),
        protect("accounts_accessimport", group=None),
        protect("accounts_accessimportrow", group=None),
    ]
