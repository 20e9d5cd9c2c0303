"""The rules of the rooms that a linter does not know (docs/rooms.md)."""

import ast
import re

import pytest
from django.conf import settings

from portal.celery import app
from tests.guards.sources import APPS, ROOT, calls, modules, public_functions, room

# Functions among the actions that are no decision of their own, each with its reason.
READERS = {
    "accounts/actions/submitted.py:state_of": "reads only",
    "groups/actions/transactions.py:already_submitted": "reads only",
    "accounts/actions/delegation.py:refusals_on_record": "wraps an action",
    "accounts/actions/delegation.py:lock_grant": "the first step of what an administrator does, in its transaction",
    "accounts/actions/grants.py:lock_group": "the first step of every change of access, in its transaction",
    "accounts/actions/grants.py:lock_groups": "as lock_group, for several",
    "accounts/actions/grants.py:require_running_agency": "reads only",
    "accounts/actions/delegation.py:giver_over": "reads only",
    "accounts/actions/colleagues.py:may_update_profile": "reads only, before the form is filled in",
    "accounts/actions/hand_over.py:may_offer": "reads only, before the form is filled in",
    "accounts/actions/codes.py:require_open": "reads a loaded row",
    "accounts/actions/codes.py:find_code": "reads only; a wrong try is counted by count_wrong_try",
    "accounts/actions/codes.py:find_code_for_person": "reads only",
    "accounts/actions/codes.py:find_code_of_address": "reads only; as find_code",
    "accounts/actions/codes.py:lock_code": "a part of redeem_code and create_account, in their transaction",
    "accounts/actions/review.py:needs_second_person": "reads only",
}
BY_NOBODY = {
    "accounts/actions/announcement_letters.py:write_announcements": "the clock",
    "accounts/actions/announcement_letters.py:write_letters": "the clock",
    "groups/actions/renewals.py:lapse_renewals": "the clock",
    "groups/actions/documents.py:scan_document": "the queue",
    "groups/actions/documents.py:scan_waiting_documents": "the clock; changes nothing itself",
    "groups/actions/transactions.py:escalate_pending": "the clock",
    "accounts/actions/codes.py:count_wrong_try": "a wrong key says nothing about who typed it",
    "accounts/actions/codes.py:expire_codes": "the clock; writes no history, the end stands in the row",
    "accounts/actions/codes.py:remind_of_expiring_codes": "the clock",
    "accounts/actions/access_reviews.py:open_reviews": "the clock; the row says when",
    "accounts/actions/access_reviews.py:remind": "the clock; the row counts",
    "accounts/actions/endings.py:announce_endings": "the clock; the row says when",
    "accounts/actions/imports.py:take_over": "the queue, for whoever decided; the list says who",
    "accounts/actions/imports.py:take_group": "a step of take_over",
}
IN_STEPS = {
    "accounts/actions/grants.py:expire_grants": "a transaction for each grant, so that one bad row stops no other",
    "accounts/actions/announcement_letters.py:write_announcements": "a savepoint for each, so that one that fails stops no other",
    "accounts/actions/imports.py:take_over": "a transaction for each group, so that none waits for another",
    "accounts/actions/review.py:close_unused_requests": "a transaction for each request, as for the grants",
}
# Modules beside the actions that write rows, each with its reason.
WRITERS = {
    "accounts/sessions.py": "the clock of a session and its end; decides nothing",
    "accounts/staff_roles.py": "puts the roles of the code into Django's groups after every migrate",
    "portal/audit.py": "the history itself",
    "portal/mail.py": "the outbox, the frame's one action",
    "portal/throttle.py": "counters of tries; they must stay when the page fails",
}
# Modules that name the tables of permission lines. Only one of them writes.
PERMISSION_LINES = {
    "accounts/models/__init__.py": "the tables",
    "accounts/models/grants.py": "the tables",
    "accounts/actions/grants.py": "the only writer",
    "accounts/management/commands/check_access.py": "counts them",
}
# Owners of a save, update or delete that are no rows.
NO_ROWS = {"session", "cache", "attrs", "options"}
CREATES = {"create", "bulk_create", "get_or_create", "update_or_create"}


def actions():
    found = room("actions")
    assert len(found) > 5
    return [
        pytest.param(f"{path}:{node.name}", node, id=f"{path}:{node.name}")
        for path, tree in found.items()
        for node in public_functions(tree)
    ]


def writes(tree):
    """Return every call in *tree* that changes a row, as (dotted name, node); sessions and caches are no rows."""
    return [(name, node) for name, node in calls(tree) if is_write(name, node)]


def is_write(name, node):
    owner, _dot, method = name.rpartition(".")
    if not owner or owner.startswith("super(") or NO_ROWS & set(owner.split(".")):
        return False
    if method in CREATES:
        return "objects" in owner.split(".") or "(" in owner
    if method in {
        "update",
        "bulk_update",
    }:  # a dict or set is updated with something, a row by keyword
        return method == "bulk_update" or (not node.args and bool(node.keywords))
    return method in {"save", "delete"}


def is_atomic(node):
    """Tell whether *node* is decorated, or does everything that leaves a trace inside ``with transaction.atomic()``."""
    if any(names_atomic(decorator) for decorator in node.decorator_list):
        return True
    inside = {
        inner
        for block in ast.walk(node)
        if isinstance(block, ast.With)
        and any(names_atomic(item.context_expr) for item in block.items)
        for inner in ast.walk(block)
    }
    traces = [call for name, call in calls(node) if name in {"audit.record", "mail.send"}]
    traces += [call for _name, call in writes(node)]
    return bool(inside) and all(call in inside for call in traces)


def names_atomic(expression):
    called = expression.func if isinstance(expression, ast.Call) else expression
    return ast.unparse(called) == "transaction.atomic"


@pytest.mark.parametrize(("name", "node"), actions())
def test_actions_say_what_they_do(name, node):
    words = ast.get_docstring(node)

    assert words
    assert words[0].isupper()


@pytest.mark.parametrize(("name", "node"), actions())
def test_actions_say_who_acts(name, node):
    if name in READERS or name in BY_NOBODY:
        return
    assert "by" in {argument.arg for argument in node.args.kwonlyargs}


@pytest.mark.parametrize(("name", "node"), actions())
def test_actions_are_all_or_nothing(name, node):
    if name in READERS or name in IN_STEPS:
        return
    assert is_atomic(node)


def test_exceptions_still_exist():
    known = {param.values[0] for param in actions()}

    assert (READERS | BY_NOBODY | IN_STEPS).keys() - known == set()


def test_only_actions_write():
    found = {
        path: [f"{name}, line {node.lineno}" for name, node in writes(tree)]
        for path, tree in modules().items()
        if writes(tree) and path not in room("actions") and "/demo/" not in path
    }

    assert {path: names for path, names in found.items() if path not in WRITERS} == {}
    assert WRITERS.keys() - found.keys() == set()


def test_only_grants_write_permission_lines():
    """Lines of others would be rights that no grant explains."""
    names = {"GroupPermissionLine", "SubgroupPermissionLine", "assign_perm", "remove_perm"}
    found = {
        path
        for path, tree in modules().items()
        for node in ast.walk(tree)
        if (isinstance(node, ast.Name) and node.id in names)
        or (isinstance(node, ast.Attribute) and node.attr in {*names, "lines", "unit_lines"})
        or (isinstance(node, ast.alias) and node.name in names)
        or (isinstance(node, ast.ClassDef) and node.name in names)
    }

    assert found == PERMISSION_LINES.keys()


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("Grant.objects.filter(pk=1).update(state='x')", True),
        ("rows.exclude(pk=1).delete()", True),
        ("user.emailaddress_set.filter(pk=1).update(verified=True)", True),
        ("Grant.objects.get_or_create(pk=1)", True),
        ("Grant.objects.select_for_update().create(pk=1)", True),
        ("row.save(update_fields=['x'])", True),
        ("context.update({'a': 1})", False),
        ("request.session.save()", False),
        ("cache.delete('x')", False),
        ("Grant.objects.filter(pk=1).first()", False),
    ],
)
def test_writes_are_seen(code, found):
    assert bool(writes(ast.parse(code))) is found


@pytest.mark.parametrize(
    ("code", "atomic"),
    [
        ("@transaction.atomic\ndef act(): row.save()", True),
        ("@transaction.atomic()\ndef act(): row.save()", True),
        ("def act():\n    'Runs in transaction.atomic.'\n    row.save()", False),
        ("def act():\n    with transaction.atomic():\n        row.save()", True),
        (
            "def act():\n    with transaction.atomic():\n        row.save()\n    audit.record()",
            False,
        ),
        ("def act():\n    transaction.atomic()\n    row.save()", False),
    ],
)
def test_atomic_is_what_the_code_does(code, atomic):
    assert is_atomic(ast.parse(code).body[0]) is atomic


def test_tasks_of_the_clock_exist():
    app.loader.import_default_modules()
    named = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}

    assert named
    assert named - set(app.tasks) == set()


def test_tasks_say_what_they_do():
    app.loader.import_default_modules()
    ours = {name: task for name, task in app.tasks.items() if name.partition(".")[0] in APPS}

    assert len(ours) >= 6
    assert [name for name, task in ours.items() if not task.run.__doc__] == []


def test_tasks_take_keys_and_text_only():
    odd = [
        f"{path}:{node.name}({argument.arg})"
        for path, tree in room("tasks").items()
        for node in public_functions(tree)
        for argument in [*node.args.args, *node.args.kwonlyargs]
        if ast.unparse(argument.annotation or ast.Name("nothing")) not in {"int", "str"}
    ]

    assert odd == []


def test_nothing_is_queued_before_the_commit():
    """A bare ``delay`` in a transaction runs before the commit, and breaks the page when the broker is down."""
    found = []
    for path, tree in modules().items():
        waiting = {
            inner
            for called, node in calls(tree)
            if called.endswith("on_commit")
            for inner in ast.walk(node)
        }
        found += [
            f"{path}:{node.lineno}"
            for called, node in calls(tree)
            if re.search(r"\.(delay|apply_async)$", called) and node not in waiting
        ]

    assert found == []


def test_no_drawer_for_everything():
    names = {"utils.py", "helpers.py", "services.py", "common.py", "misc.py"}

    assert [path for path in modules() if path.rpartition("/")[2] in names] == []


def test_lock_files_name_no_host():
    for file in ROOT.glob("requirements*.txt"):
        text = file.read_text()

        assert "://" not in text
        assert "--index-url" not in text
        assert "--hash=sha256:" in text
