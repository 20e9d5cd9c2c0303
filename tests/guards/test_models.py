"""Facts about our tables that no single test of a table would notice."""

import ast
import inspect
import textwrap
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection, models
from django.db.migrations.loader import MigrationLoader

from groups.models import EmployerGroup, OwnedByGroup
from tests.guards.sources import APPS

MODELS = [model for app in APPS for model in apps.get_app_config(app).get_models()]
OWNED = [model for model in MODELS if issubclass(model, OwnedByGroup)]
# Rows that point to a group without belonging to it, each with its reason.
POINT_TO_A_GROUP = {
    "groups.EmployerGroup.main_group",  # a contract of the same company
    "accounts.RegistrationRequest.group",  # may name a group we do not know; staff link it
    "accounts.AccessImportRow.group",  # what a line of an uploaded list means, when it can be read
    "groups.RateLoadRow.group",  # what a line of an uploaded file means, when it can be read
    "accounts.GroupPermissionLine.content_object",  # guardian's name; its grant belongs to the group
}

# Tables of others, and what they hold of people; nobody can call their fields sensitive or plain.
OF_OTHERS = {
    "account.EmailAddress": "the address of an account, as in User",
    "account.EmailConfirmation": "nothing: addresses are confirmed by a code in the session",
    "admin.LogEntry": "nothing: the audit trail is ours",
    "auth.Group": "nothing: the roles of staff",
    "auth.Permission": "nothing",
    "contenttypes.ContentType": "nothing",
    "guardian.GroupObjectPermission": "nothing: grants write lines of our own",
    "guardian.UserObjectPermission": "nothing: grants write lines of our own",
    "mfa.Authenticator": "secrets of second steps, encrypted",
    "sessions.Session": "what visitors typed, until they are done; deleted when the session ends",
    "usersessions.UserSession": "address and browser of each session, deleted with it",
}


def label(model):
    return model._meta.label


def test_tables_of_others_are_known():
    ours = {model._meta.app_label for model in MODELS}
    others = {label(model) for model in apps.get_models() if model._meta.app_label not in ours}

    assert others == OF_OTHERS.keys()


@pytest.mark.parametrize("model", MODELS, ids=label)
def test_every_field_is_called_sensitive_or_plain(model):
    fields = {field.name for field in model._meta.get_fields() if not field.auto_created}
    sensitive, plain = set(model.sensitive), set(model.plain)

    assert fields - {"id"} - sensitive - plain == set(), "say whether they hold personal data"
    assert sensitive & plain == set()
    assert (sensitive | plain) - fields == set(), "no such field"


# Audited by a name that is sensitive elsewhere, each with its reason.
NAMED_IN_HISTORY = {
    "accounts.User": "who acted is what the audit trail is for",
    "portal.AuditEvent": "the trail itself, about which nothing is written",
    "accounts.Broker": "a professional in the carrier's directory, whose name is public",
}


@pytest.mark.parametrize("model", MODELS, ids=label)
def test_history_is_told_nothing_sensitive(model):
    name = "audit_label" if hasattr(model, "audit_label") else "__str__"

    read = _fields_read(model, name) & set(model.sensitive)

    assert read == set() or label(model) in NAMED_IN_HISTORY, "give the model an audit_label"


def _fields_read(model, name):
    """Return what a method or property reads of ``self``, and what those read that are its own."""
    found = inspect.getattr_static(model, name, None)
    function = found.fget if isinstance(found, property) else found
    if not inspect.isfunction(function) or not function.__module__.startswith(tuple(APPS)):
        return set()
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    read = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "self"
    }
    return read.union(*(_fields_read(model, one) for one in read - {name}))


@pytest.mark.parametrize("model", OWNED, ids=label)
def test_what_belongs_to_a_group_keeps_it(model):
    key = model._meta.get_field("group")

    assert key.null is False
    assert key.remote_field.on_delete is models.PROTECT


@pytest.mark.parametrize("model", MODELS, ids=label)
def test_rows_of_a_group_belong_to_it(model):
    keys = {
        f"{label(model)}.{field.name}"
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey) and field.related_model is EmployerGroup
    }
    if model in OWNED:
        keys -= {f"{label(model)}.group"}

    assert keys <= POINT_TO_A_GROUP, "inherit OwnedByGroup, or say here why not"


@pytest.mark.django_db
def test_no_migration_is_missing():
    said = StringIO()
    try:
        call_command("makemigrations", check=True, dry_run=True, stdout=said, stderr=said)
    except SystemExit:
        pytest.fail(said.getvalue())


@pytest.mark.parametrize("app", APPS)
def test_migrations_are_one_line(app):
    loader = MigrationLoader(None)
    own = [key for key in loader.disk_migrations if key[0] == app]
    forks = [
        key
        for key in own
        if sum(parent.key[0] == app for parent in loader.graph.node_map[key].parents) > 1
    ]

    assert len(loader.graph.leaf_nodes(app)) == (1 if own else 0)
    assert forks == []


@pytest.mark.django_db
def test_every_constraint_of_ours_is_in_the_database():
    with connection.cursor() as cursor:
        cursor.execute("SELECT conname FROM pg_constraint UNION SELECT indexname FROM pg_indexes")
        there = {name for (name,) in cursor.fetchall()}
    ours = {
        item.name for model in MODELS for item in [*model._meta.constraints, *model._meta.indexes]
    }

    assert ours - there == set()
