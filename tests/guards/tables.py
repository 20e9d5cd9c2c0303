"""The tables of groups: found by walking the models, asked from PostgreSQL, and filled."""

from datetime import timedelta
from functools import lru_cache

from django.apps import apps
from django.db import connection, models
from django.utils import timezone

from accounts.actions.codes import issue_code
from accounts.models import (
    AccessImport,
    AccessImportRow,
    AccessReviewItem,
    GroupPreference,
    HandOver,
    RegistrationEntry,
)
from groups.models import EmployerGroup, RateLoad, RateLoadRow
from portal import audit
from portal.models import AuditEvent
from tests.access import given, primary_of
from tests.factories import (
    AccessReviewFactory,
    AddressFactory,
    ContactFactory,
    DocumentFactory,
    EmployeeClassFactory,
    EmployerGroupFactory,
    GrantFactory,
    PlanOfferFactory,
    RateFactory,
    RegistrationRequestFactory,
    RenewalRateFactory,
    SubgroupFactory,
    TeamMemberFactory,
    TransactionFactory,
    UserFactory,
)

# Columns that name a group although no foreign key says so. What is called so and names another thing, such as
# Django's groups of permissions, has a foreign key to that.
NAMES = r"(^|_)(employer_group|group|subgroup|unit|tenant)_(id|key)$"
FROM_CATALOG = """
WITH RECURSIVE tenant (oid) AS (
    SELECT 'groups_employergroup'::regclass::oid
    UNION SELECT conrelid FROM pg_constraint JOIN tenant ON confrelid = tenant.oid WHERE contype = 'f'
)
SELECT oid::regclass::text FROM tenant
UNION
SELECT attrelid::regclass::text FROM pg_attribute AS col JOIN pg_class AS tab ON tab.oid = col.attrelid
WHERE tab.relkind IN ('r', 'p') AND tab.relnamespace = 'public'::regnamespace AND col.attname ~ %s
    AND NOT EXISTS (
        SELECT FROM pg_constraint WHERE contype = 'f' AND conrelid = tab.oid AND col.attnum = ANY (conkey))
"""


@lru_cache(maxsize=1)
def of_groups():
    """Return {table: column with the id of the group, or None} for models from which keys lead to a group."""
    found, waiting = {EmployerGroup}, [EmployerGroup]
    while waiting:
        led_to = waiting.pop()
        nearer = {model for model in _all_models() if led_to in map(_target, _keys(model))} - found
        found |= nearer
        waiting += nearer
    tables = {model._meta.db_table: _column(model) for model in found}
    return tables | {AuditEvent._meta.db_table: "group_key"}


def in_catalog():
    """Return the tables from which PostgreSQL knows a way to a group."""
    with connection.cursor() as cursor:
        cursor.execute(FROM_CATALOG, [NAMES])
        return {table for (table,) in cursor.fetchall()}


def filled():
    """Return a group that has at least one row in every table of groups."""
    group = EmployerGroupFactory()
    unit = SubgroupFactory(group=group)
    primary = primary_of(group)
    limited = given(group, atoms=["users_view"], units=[unit.pk], parent=primary)
    issue_code(GrantFactory(group=group, role="viewer"), by=None)
    AddressFactory(group=group)
    ContactFactory(group=group)
    EmployeeClassFactory(group=group)
    plan = PlanOfferFactory(group=group).plan
    RateFactory(group=group, plan=plan)
    TransactionFactory(group=group)
    DocumentFactory(group=group)
    RenewalRateFactory(renewal__group=group)
    TeamMemberFactory(group=group)
    GroupPreference.objects.create(group=group, user=primary.user, muted=["announcements"])
    load = RateLoad.objects.create(file_name="rates.csv", uploaded_by=primary.user)
    RateLoadRow.objects.create(load=load, line=2, verdict="new", group=group)
    review = AccessReviewFactory(group=group)
    AccessReviewItem.objects.create(
        group=group,
        review=review,
        grant=limited,
        decision="keep",
        held="x",
        decided_by=primary.user,
    )
    HandOver.objects.create(
        group=group,
        from_grant=primary,
        to_grant=limited,
        expires_at=timezone.now() + timedelta(days=7),
    )
    request = RegistrationRequestFactory(group=group)
    RegistrationEntry.objects.create(request=request, kind="note", text="x")
    batch = AccessImport.objects.create(file_name="old.csv", uploaded_by=UserFactory())
    AccessImportRow.objects.create(batch=batch, line=1, verdict="new", group=group)
    audit.record("groups.thing_done", by=primary.user, target=group, group_id=group.pk)
    return group, primary, limited


def _all_models():
    return apps.get_models(include_auto_created=True)


def _keys(model):
    return [one for one in model._meta.get_fields() if isinstance(one, models.ForeignKey)]


def _target(key):
    return key.related_model


def _column(model):
    if model is EmployerGroup:
        return "id"
    return next((key.column for key in _keys(model) if _target(key) is EmployerGroup), None)
