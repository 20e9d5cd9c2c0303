"""What the book of business and the switcher read before they open a scope of the few groups they show."""

from django.db import migrations

# As their owner they read past the policies, like portal_scope_of: a scope of thousands of groups would be compared
# with every row of every table, and PostgreSQL cannot guess how many there are. So the page asks for the ids of the
# grants it will show, and reads these with their groups in a scope of theirs alone. (MATERIALIZED: look these grants
# up, never all of the person.)
# The flags are those of accounts/book.py: troubled, renewing, ending, found by the search, the one to start at.
READINGS = """
CREATE FUNCTION portal_book_of(
    person bigint, moment timestamptz, renews_by date, ends_by timestamptz, sorted_by text, search text, start text)
RETURNS TABLE (grant_id bigint, place text, flags integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT g.id,
        CASE sorted_by WHEN 'number' THEN e.group_id WHEN 'renewal' THEN e.renewal_date::text ELSE lower(e.name) END
            COLLATE "C",
        (e.status IN ('grace', 'suspended'))::integer
            + 2 * (e.renewal_date <= renews_by AND e.status <> 'terminated')::integer
            + 4 * coalesce(g.ends_at <= ends_by, false)::integer
            + 8 * (search = '' OR strpos(lower(e.name), lower(search)) > 0
                OR strpos(lower(e.group_id), lower(search)) = 1)::integer
            + 16 * (e.group_id = start)::integer
    FROM accounts_grant AS g JOIN groups_employergroup AS e ON e.id = g.group_id
    WHERE g.user_id = person AND g.state = 'active' AND (g.ends_at IS NULL OR g.ends_at > moment)
$$;
CREATE FUNCTION portal_is_broker(person bigint, moment timestamptz) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM accounts_grant AS g
        WHERE g.user_id = person AND g.state = 'active' AND (g.ends_at IS NULL OR g.ends_at > moment)
            AND (g.agency_id IS NOT NULL OR g.role IN ('broker_full', 'broker_view')))
$$;
CREATE FUNCTION portal_scope_among(person bigint, grants bigint[], moment timestamptz)
RETURNS TABLE (group_id bigint, whole boolean, unit_ids bigint[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH named AS MATERIALIZED (SELECT * FROM accounts_grant AS g WHERE g.id = ANY (grants))
    SELECT g.group_id, g.all_units,
        CASE WHEN g.all_units THEN '{}'::bigint[]
        ELSE ARRAY(SELECT u.subgroup_id FROM accounts_grantunit AS u WHERE u.grant_id = g.id) END
    FROM named AS g
    WHERE g.user_id = person AND g.state = 'active' AND (g.ends_at IS NULL OR g.ends_at > moment)
$$;
REVOKE ALL ON FUNCTION portal_book_of(bigint, timestamptz, date, timestamptz, text, text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION portal_is_broker(bigint, timestamptz) FROM PUBLIC;
REVOKE ALL ON FUNCTION portal_scope_among(bigint, bigint[], timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION portal_book_of(bigint, timestamptz, date, timestamptz, text, text, text) TO portal_app, portal_staff;
GRANT EXECUTE ON FUNCTION portal_is_broker(bigint, timestamptz) TO portal_app, portal_staff;
GRANT EXECUTE ON FUNCTION portal_scope_among(bigint, bigint[], timestamptz) TO portal_app, portal_staff;
"""
NO_READINGS = """
DROP FUNCTION portal_scope_among(bigint, bigint[], timestamptz);
DROP FUNCTION portal_is_broker(bigint, timestamptz);
DROP FUNCTION portal_book_of(bigint, timestamptz, date, timestamptz, text, text, text);
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_row_security"), ("groups", "0004_book_of_business")]

    operations = [migrations.RunSQL(READINGS, NO_READINGS)]
