"""What the guards read: our modules as syntax trees, our templates as text."""

import ast
import re
from functools import lru_cache
from pathlib import Path

from django.conf import settings

ROOT = settings.BASE_DIR
APPS = ("portal", "groups", "accounts", "messaging", "roster", "billing")
TEMPLATES = ROOT / "templates"
# Letters and documents are read by mail programs and the PDF writer: no stylesheet reaches them.
WITHOUT_OUR_STYLESHEET = ("email/", "pdf/")


@lru_cache(maxsize=1)
def modules():
    """Return every module of ours as {path from the root: syntax tree}, migrations apart."""
    return {
        file.relative_to(ROOT).as_posix(): ast.parse(file.read_text())
        for app in APPS
        for file in sorted((ROOT / app).rglob("*.py"))
        if "migrations" not in file.parts
    }


def room(name):
    """Return the modules of one room: ``views`` is <app>/views.py and everything below <app>/views/."""
    pattern = re.compile(rf"^\w+(/demo)?/{name}(\.py$|/)")
    return {path: tree for path, tree in modules().items() if pattern.search(path)}


def strings(tree):
    """Return every string literal of a module."""
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def public_functions(tree):
    """Return the functions at the top of a module that other rooms may call."""
    return [
        node
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    ]


def calls(tree):
    """Return every call in a module as (dotted name, node)."""
    return [(ast.unparse(node.func), node) for node in ast.walk(tree) if isinstance(node, ast.Call)]


@lru_cache(maxsize=1)
def templates():
    """Return our templates as {name: text}."""
    return {
        file.relative_to(TEMPLATES).as_posix(): file.read_text()
        for file in sorted(Path(TEMPLATES).rglob("*"))
        if file.is_file()
    }


def pages():
    """Return the templates a browser gets."""
    return {
        name: text
        for name, text in templates().items()
        if not name.startswith(WITHOUT_OUR_STYLESHEET)
    }
