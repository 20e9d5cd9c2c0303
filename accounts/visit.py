"""What waits in a visitor's session between the steps of registering; all of it is forgotten when the story ends.

A browser is often shared: what one person typed must not be there for the next.
"""

import hashlib
import json
from collections.abc import Mapping

from django.contrib.sessions.backends.base import SessionBase

GROUP, TYPED, SENT, OPENED = "register_group", "register_typed", "register_sent", "register_opened"
CODE, ACCOUNT, INVITED = (
    "key_code",
    "key_account",
    "key_invited",
)  # INVITED: the way of invited people
NOMINATION, WATCHING = (
    "nominate_typed",
    "register_watching",
)  # WATCHING: may read the request, not change it
EVERYTHING = (GROUP, TYPED, SENT, OPENED, CODE, ACCOUNT, INVITED, NOMINATION, WATCHING)


def fingerprint(shown: Mapping[str, object]) -> str:
    """Return a mark of what a review page shows, so that submitting it sends this and nothing typed in another tab."""
    return hashlib.sha256(json.dumps(shown, sort_keys=True, default=str).encode()).hexdigest()[:32]


def forget(session: SessionBase, *names: str) -> None:
    """Drop *names* from the session, or everything when none is named."""
    for name in names or EVERYTHING:
        session.pop(name, None)
