"""Acceptances of renewals and questions about them name the renewal, and not its day alone."""

from django.db import migrations

KINDS = "('groups.renewal_accepted', 'groups.renewal_question_asked')"
# One that was withdrawn has no acceptance that waits, and another of the day may stand beside it
NAME_THEM = f"""
UPDATE groups_transaction AS t
SET before = t.before || jsonb_build_object('renewal', r.key),
    after = t.after || jsonb_build_object('renewal', r.key)
FROM groups_renewal AS r
WHERE t.kind IN {KINDS} AND r.group_id = t.group_id AND r.renewal_date = t.effective_date AND r.state <> 'withdrawn';
"""
FORGET_THEM = f"""
UPDATE groups_transaction SET before = before - 'renewal', after = after - 'renewal' WHERE kind IN {KINDS};
"""


class Migration(migrations.Migration):
    dependencies = [("groups", "0016_transactions_by_unit")]

    operations = [migrations.RunSQL(NAME_THEM, FORGET_THEM)]
