"""What waits in a person's session between the steps of a change in one group: typed, but not done yet.

A draft has a name (what is being done) and a place (the group, or the grant it is about), so that two tabs in two
groups do not mix. It is forgotten at the end, and all of it with the session.
"""

from typing import Any

from django.contrib.sessions.backends.base import SessionBase

Draft = dict[str, Any]
# More places than anybody works on at a time; the one that waits longest goes first.
PLACES = 8


def read(session: SessionBase, name: str, place: str) -> Draft:
    """Return a copy of the draft *name* of *place*; empty when there is none."""
    return dict(session.get(name, {}).get(place, {}))


def keep(session: SessionBase, name: str, place: str, **parts: Any) -> Draft:
    """Put *parts* (JSON) into the draft, beside what it holds already; return it."""
    drafts: dict[str, Draft] = dict(session.get(name, {}))
    draft = {**drafts.pop(place, {}), **parts}
    session[name] = {**dict(list(drafts.items())[1 - PLACES :]), place: draft}
    return draft


def forget(session: SessionBase, name: str, place: str) -> None:
    """Drop the draft."""
    drafts: dict[str, Draft] = dict(session.get(name, {}))
    if drafts.pop(place, None) is not None:
        session[name] = drafts
