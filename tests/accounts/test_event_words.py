"""Every audit event reads as words: staff see them in histories, employers in the activity of their group."""

import ast

from portal.staff import event_words
from tests.guards.sources import APPS, modules, strings

# How the name of an event ends: with a verb of the past.
PAST = ("ed", "_sent", "_opened", "_taken_back", "_in", "_out")


def test_every_event_that_is_written_has_words():
    known = set(event_words())
    written = {
        text
        for tree in modules().values()
        if "audit" in names_in(tree)
        for text in strings(tree)
        if text.partition(".")[0] in APPS and text.endswith(PAST)
    }

    assert {
        "accounts.grant_offered",
        "accounts.grant_revoked",
        "accounts.activity_exported",
    } <= written
    assert written - known == set()


def names_in(tree):
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
