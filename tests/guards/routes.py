"""Every address of the portal, walked from the root of the URL tree."""

import inspect
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

    @property
    def parameters(self):
        """Return what the pattern captures, as [(converter, name)]."""
        found = re.findall(r"<(?:(\w+):)?(\w+)>", self.pattern)
        return [(converter or "str", name) for converter, name in found]

    @property
    def methods(self):
        """Return the methods that ``require_http_methods`` and its short forms let in, None when any does."""
        methods = self._told("request_method_list")
        return None if methods is None else set(methods)

    @property
    def is_way_out(self):
        """Tell whether ``group_view`` opens it to somebody who views the group as another person."""
        return bool(self._told("while_viewing_as"))

    @property
    def is_export(self):
        """Tell whether ``group_view`` keeps it from somebody who views the group as another person."""
        return bool(self._told("export"))

    @property
    def works_after_end(self):
        """Tell whether ``group_view`` lets it change something in a terminated group."""
        return bool(self._told("after_end"))

    def _told(self, name):
        """Return what one of the decorators around the view was told; they keep it in their closures."""
        layer = self.view
        while layer is not None:
            told = inspect.getclosurevars(layer).nonlocals
            if name in told:
                return told[name]
            layer = getattr(layer, "__wrapped__", None)
        return None


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
    path = re.sub(r"<(?:(\w+):)?\w+>", lambda found: _sample(found[1] or "str"), path)
    return "/" + re.sub(r"[\^$]|\\Z|\\", "", path)


def _sample(converter):
    assert converter in SAMPLES, f"tests/guards/routes.py: SAMPLES has no value for <{converter}:>"
    return SAMPLES[converter]
