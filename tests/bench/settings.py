"""Settings of the measurements: the tests' own, with the cache, the templates and the addresses of production."""

from tests.settings import *  # noqa: F403
from tests.settings import DATABASES, REDIS_URL, TEMPLATES

# Name of a page -> static text as long as the page, filled by tests/bench/pages.py; and a plain loop.
STATIC_TEXTS: dict[str, str] = {
    "book.bench": """<!doctype html><title>Book</title><table>
{% for row in rows %}<tr>{% for value in row %}<td>{{ value }}</td>{% endfor %}</tr>
{% endfor %}</table>"""
}

# The statements of the book of business; filled by tests/bench/book.py.
BENCH_BOOK: list[str] = []
# Those of the home page of a group; filled by tests/bench/group_home.py.
BENCH_HOME: list[str] = []

ROOT_URLCONF = "tests.bench.urls"
CACHES = {"default": {"BACKEND": "portal.cache.ForgivingRedisCache", "LOCATION": REDIS_URL}}
TEMPLATES[0]["OPTIONS"]["loaders"][0][1][0][1].append(
    ("django.template.loaders.locmem.Loader", STATIC_TEXTS)
)
# The pool of production: without it every request pays for a connection of its own.
DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 1, "max_size": 4, "timeout": 10}
