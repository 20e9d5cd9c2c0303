"""The book of business finds and orders groups by their names as people type them: no accents, no capitals."""

from django.db import migrations

# As in 0005, but for what is compared; what was typed is folded once.
BY_FOLDED_NAME = """
CREATE OR REPLACE FUNCTION portal_book_of(
    person bigint, moment timestamptz, renews_by date, ends_by timestamptz, sorted_by text, search text, start text)
RETURNS TABLE (grant_id bigint, place text, flags integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH asked AS MATERIALIZED (SELECT portal_folded(search) AS words)
    SELECT g.id,
        CASE sorted_by WHEN 'number' THEN e.group_id WHEN 'renewal' THEN e.renewal_date::text ELSE e.name_folded END
            COLLATE "C",
        (e.status IN ('grace', 'suspended'))::integer
            + 2 * (e.renewal_date <= renews_by AND e.status <> 'terminated')::integer
            + 4 * coalesce(g.ends_at <= ends_by, false)::integer
            + 8 * (strpos(e.name_folded, asked.words) > 0 OR strpos(lower(e.group_id), asked.words) = 1)::integer
            + 16 * (e.group_id = start)::integer
    FROM accounts_grant AS g JOIN groups_employergroup AS e ON e.id = g.group_id CROSS JOIN asked
    WHERE g.user_id = person AND g.state = 'active' AND (g.ends_at IS NULL OR g.ends_at > moment)
$$;
"""
BY_NAME = """
CREATE OR REPLACE FUNCTION portal_book_of(
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
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0009_preferences"), ("groups", "0015_folded_names")]

    operations = [migrations.RunSQL(BY_FOLDED_NAME, BY_NAME)]
