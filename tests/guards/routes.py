"""Every address of the portal, walked from the root of the URL tree."""

import re
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, get_resolver

# What stands in for a converter; each is a value the converter takes and no row has.
SAMPLES = {
    "slug": "zz999z",
    "int": "987654",
    "str": "nothing",
    "path": "nothing",
    "request_number": "REG-000000-0000",
    "uuid": "0" * 8 + "-0000-4000-8000-" + "0" * 12,
}


@dataclass(frozen=True)
class Route:
    """One address: its full name, its pattern, the view, and a path that leads there."""

    name: str
    pattern: str
    view: Any
    path: str

    @property
    def is_public(self):
        """Tell whether LoginRequiredMiddleware lets visitors in."""
        return not getattr(self.view, "login_required", True)


def all_routes():
    """Return every route, the admin's and allauth's included."""
    return list(_walk(get_resolver().url_patterns, "", ()))


def of_groups():
    """Return the routes below one group."""
    return [route for route in all_routes() if "<slug:group_slug>" in route.pattern]


def _walk(patterns, prefix, names):
    for entry in patterns:
        pattern = prefix + str(entry.pattern)
        if isinstance(entry, URLPattern):
            name = ":".join([*names, entry.name or entry.lookup_str])
            yield Route(name, pattern, entry.callback, _path(pattern))
        else:
            inner = (*names, entry.namespace) if entry.namespace else names
            yield from _walk(entry.url_patterns, pattern, inner)


def _path(pattern):
    """Return a path that the pattern matches; regular expressions of the admin and allauth included."""
    path = re.sub(r"\(\?P<\w+>(\w+)?[^)]*\)", lambda found: found[1] or "nothing", pattern)
    path = re.sub(r"<(?:(\w+):)?\w+>", lambda found: SAMPLES[found[1] or "str"], path)
    return "/" + re.sub(r"[\^$]|\\Z|\\", "", path)
