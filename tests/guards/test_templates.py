"""Templates: none forgotten, none that the Content-Security-Policy would break, no name that leads nowhere."""

import ast
import re
from functools import lru_cache
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.template.engine import Engine
from django.template.utils import get_app_template_dirs

from portal.help_topics import TOPICS
from tests.guards.sources import calls, modules, pages, strings, templates

INLINE = {
    "script without a file": re.compile(r"<script(?![^>]*\bsrc=)", re.IGNORECASE),
    "style element": re.compile(r"<style\b", re.IGNORECASE),
    "style attribute": re.compile(r"\sstyle\s*=", re.IGNORECASE),
    "handler attribute": re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "hx-on": re.compile(r"\bhx-on\b", re.IGNORECASE),
    "script address": re.compile(r"[\"']\s*(javascript|js):", re.IGNORECASE),
    "value from script": re.compile(r"hx-(vals|headers)\s*=\s*[\"']js:", re.IGNORECASE),
    "other site": re.compile(r"(<link[^>]*href|src|action)=[\"']https?://", re.IGNORECASE),
}
NAMED = re.compile(r"{%-?\s*(?:include|extends)\s+[\"']([^\"'#]+)")


def used_by_code():
    """Return the names that code gives: literals, letters, documents, help topics."""
    literals = set().union(*(strings(tree) for tree in modules().values()))
    letters = {f"email/{name}.txt" for name in literals} | {
        f"email/account/{name}.txt" for name in literals
    }
    documents = {f"pdf/{name}.html" for name in literals}
    return literals | letters | documents | {topic.template for topic in TOPICS}


def used_by_packages():
    """Return the names that stand for a template of Django, allauth or a package: ours come first."""
    roots = [*get_app_template_dirs("templates"), Engine.get_default().dirs[0]]
    theirs = {
        file.relative_to(root).as_posix()
        for root in roots
        if "site-packages" in str(root)
        for file in root.rglob("*")
        if file.is_file()
    }
    # allauth's letters are split in three; the adapter sends one of ours under the same name
    mails = {
        re.sub(r"^(account|mfa)/email/(\w+)_(subject|message)\.\w+$", r"email/account/\2.txt", name)
        for name in theirs
    }
    return (
        theirs
        | mails
        | {"400.html", "403.html", "403_csrf.html", "404.html", "429.html", "500.html"}
    )


def is_for_a_page_of_the_admin(name):
    """Tell whether the admin looks for *name* by app and model."""
    return bool(
        re.fullmatch(
            r"admin/\w+/\w+/(change_form|change_list|add_form|delete_confirmation)\.html", name
        )
    )


@lru_cache(maxsize=1)
def used():
    """Return every template that somebody asks for, directly or through another."""
    ours = templates()
    waiting = [
        name
        for name in ours
        if name in used_by_code() | used_by_packages() or is_for_a_page_of_the_admin(name)
    ]
    found = set()
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [other for other in NAMED.findall(ours[name]) if other in ours]
    return frozenset(found)


def test_no_template_is_forgotten():
    assert set(templates()) - used() == set()


def test_templates_name_templates_that_exist():
    for name, text in templates().items():
        for other in NAMED.findall(text):
            assert other in templates() or other in used_by_packages(), f"{name} asks for {other}"


@pytest.mark.parametrize("what", INLINE)
def test_nothing_inline(what):
    assert [name for name, text in pages().items() if INLINE[what].search(text)] == []


def partials():
    """Return (template, partial) of every call that offers partials."""
    return [
        (path, _template(node), name)
        for path, tree in modules().items()
        for called, node in calls(tree)
        if called.endswith("render")
        for keyword in node.keywords
        if keyword.arg == "partials"
        for name in _names(keyword.value, tree)
    ]


def _template(node):
    return next(
        arg.value
        for arg in node.args
        if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
    )


def _names(value, tree):
    """Return the names in the tuple, following a constant of the same module; none where it is only passed on."""
    if not isinstance(value, ast.Tuple):
        return []
    constants = {
        node.targets[0].id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Constant)
    }
    return [
        item.value if isinstance(item, ast.Constant) else constants[item.id] for item in value.elts
    ]


def test_partials_exist_under_the_name_of_their_element():
    assert partials()
    for path, template, name in partials():
        text = templates()[template]
        assert re.search(rf"{{%\s*partialdef {name}\b", text), (
            f"{path}: no partial {name} in {template}"
        )
        assert f'id="{name}"' in text, f"{path}: no element #{name} in {template}"
        assert f"#{name}" in text or 'hx-target="this"' in text, f"{path}: nothing asks for #{name}"


def test_partials_of_templates_are_offered():
    offered = {(template, name) for _path, template, name in partials()}
    defined = {
        (template, name)
        for template, text in templates().items()
        for name in re.findall(r"{%\s*partialdef ([\w-]+)", text)
    }

    assert defined == offered


def test_static_files_exist():
    for name, text in templates().items():
        for file in re.findall(r"{%\s*static\s+[\"']([^\"']+)[\"']", text):
            assert finders.find(file), f"{name} asks for {file}"


def test_icons_exist():
    sprite = Path(finders.find("img/icons.svg")).read_text()
    symbols = set(re.findall(r"<symbol[^>]*\bid=\"([\w-]+)\"", sprite))
    for name, text in templates().items():
        for symbol in re.findall(r"{%\s*icon\s+[\"']([\w-]+)[\"']", text):
            assert symbol in symbols, f"{name} asks for {symbol}"
