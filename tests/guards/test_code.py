"""The rules of the rooms that a linter does not know (docs/rooms.md)."""

import ast
import re

import pytest
from django.conf import settings

from portal.celery import app
from tests.guards.sources import APPS, ROOT, calls, modules, public_functions, room

# Functions among the actions that are no decision of their own, each with its reason.
READERS = {
    "accounts/actions/codes.py:require_open": "reads a loaded row",
    "accounts/actions/codes.py:find_code": "reads only; a wrong try is counted by count_wrong_try",
    "accounts/actions/codes.py:find_code_for_person": "reads only",
    "accounts/actions/codes.py:lock_code": "a part of redeem_code and create_account, in their transaction",
    "accounts/actions/review.py:needs_second_person": "reads only",
}
BY_NOBODY = {
    "accounts/actions/codes.py:count_wrong_try": "a wrong key says nothing about who typed it",
    "accounts/actions/codes.py:expire_codes": "the clock; writes no history, the end stands in the row",
    "accounts/actions/codes.py:remind_of_expiring_codes": "the clock",
}
ONE_STATEMENT = {
    "accounts/actions/codes.py:expire_codes": "one UPDATE is atomic by itself",
}
WRITES = re.compile(
    r"\.objects\.(bulk_)?(create|get_or_create|update_or_create|update)$|\.(save|delete)$"
)
# Django's and allauth's own: they save a session, or a form that calls an action through the adapter.
NO_ROW = re.compile(r"^request\.session\.")


def actions():
    found = room("actions")
    assert len(found) > 5
    return [
        pytest.param(f"{path}:{node.name}", node, id=f"{path}:{node.name}")
        for path, tree in found.items()
        for node in public_functions(tree)
    ]


def is_atomic(node):
    return any(
        "transaction.atomic" in ast.unparse(part) for part in [*node.decorator_list, *node.body]
    )


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
    if name in READERS or name in ONE_STATEMENT:
        return
    assert is_atomic(node)


def test_exceptions_still_exist():
    known = {param.values[0] for param in actions()}

    assert (READERS | BY_NOBODY | ONE_STATEMENT).keys() - known == set()


@pytest.mark.parametrize("name", ["views", "admin", "forms", "templatetags", "middleware"])
def test_only_actions_write(name):
    found = [
        f"{path}:{node.lineno} {called}"
        for path, tree in room(name).items()
        for called, node in calls(tree)
        if WRITES.search(called) and not NO_ROW.search(called)
    ]

    assert found == []


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
