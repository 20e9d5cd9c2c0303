"""The tables of coverage, transactions and documents behind row-level security.

What is the group's and not a single unit's own (its contacts, plans and rates) is open to people of every unit;
its transactions, renewals and, unless they say otherwise, documents to those who hold the whole group.
"""

from django.db import migrations

from portal.row_security import protect

# Everybody in the group sees the rows of no unit
OF_ALL_UNITS = "true"
PINNED = ("address", "contact", "planoffer", "rate", "transaction", "document")


def pin(name):
    """Let PostgreSQL refuse a billing unit of another group."""
    table, constraint = f"groups_{name}", f"{name}_unit_of_its_group"
    return migrations.RunSQL(
        f"ALTER TABLE {table} ADD CONSTRAINT {constraint} FOREIGN KEY (subgroup_id, group_id)"
        " REFERENCES groups_subgroup (id, group_id) DEFERRABLE INITIALLY DEFERRED",
        f"ALTER TABLE {table} DROP CONSTRAINT {constraint}",
    )


def unprotect(table):
    """Take away the policies of the first days, which knew no units of contacts and addresses."""
    before = protect(table)
    return migrations.RunSQL(before.reverse_sql, before.sql)


class Migration(migrations.Migration):
    dependencies = [("groups", "0005_coverage")]

    operations = [
        *map(pin, PINNED),
        unprotect("groups_address"),
        unprotect("groups_contact"),
        protect("groups_address", unit="subgroup_id", shared=OF_ALL_UNITS),
        protect("groups_contact", unit="subgroup_id", shared=OF_ALL_UNITS),
        protect("groups_employeeclass"),
        protect("groups_planoffer", unit="subgroup_id", shared=OF_ALL_UNITS),
        protect("groups_rate", unit="subgroup_id", shared=OF_ALL_UNITS),
        protect("groups_rateload", group=None),
        protect("groups_rateloadrow", group=None),
        protect("groups_transaction", unit="subgroup_id"),
        protect("groups_document", unit="subgroup_id", shared="for_all_units"),
        protect("groups_renewal", whole=True),
        protect("groups_renewalrate", whole=True),
        protect("groups_teammember"),
    ]
