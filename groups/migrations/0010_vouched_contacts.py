"""Contacts say whether the carrier vouches for them; one person is a contact of one kind in one place once.

The carrier vouches for what no employer has added or changed. Contract signers and brokers were always decided on by it.
"""

from django.db import migrations, models
from django.db.models.functions import Lower

VOUCH = """
UPDATE groups_contact AS c SET vouched_at = now()
WHERE c.kind IN ('contract_signer', 'broker') OR (c.version = 1 AND NOT EXISTS (
    SELECT FROM groups_transaction t
    WHERE t.group_id = c.group_id AND t.kind = 'groups.contact_added' AND t.after->>'contact' = c.id::text
));
UPDATE groups_contact AS c SET named_at = coalesce((
    SELECT max(t.submitted_at) FROM groups_transaction t
    WHERE t.group_id = c.group_id AND t.kind IN ('groups.contact_added', 'groups.contact_changed')
    AND t.after->>'contact' = c.id::text
), now())
WHERE vouched_at IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [("groups", "0009_extension_of_a_contact")]

    operations = [
        migrations.AlterModelOptions(
            name="contact",
            options={
                "default_permissions": ("view", "change"),
                "ordering": ["kind", "last_name", "first_name"],
            },
        ),
        migrations.AddField("contact", "vouched_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("contact", "named_at", models.DateTimeField(blank=True, null=True)),
        migrations.RunSQL(VOUCH, migrations.RunSQL.noop),
        migrations.AddConstraint(
            "contact",
            models.UniqueConstraint(
                "group",
                "subgroup",
                "kind",
                Lower("email"),
                condition=~models.Q(email=""),
                nulls_distinct=False,
                name="contact_once_per_kind_and_place",
            ),
        ),
    ]
