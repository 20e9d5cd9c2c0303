"""What waits in a visitor's session between the steps of registering; all of it is forgotten when the story ends.

A browser is often shared: what one person typed must not be there for the next.
"""

from django.contrib.sessions.backends.base import SessionBase

GROUP, TYPED, SENT, OPENED = "register_group", "register_typed", "register_sent", "register_opened"
CODE, ACCOUNT = "key_code", "key_account"
EVERYTHING = (GROUP, TYPED, SENT, OPENED, CODE, ACCOUNT)


def forget(session: SessionBase, *names: str) -> None:
    """Drop *names* from the session, or everything when none is named."""
    for name in names or EVERYTHING:
        session.pop(name, None)
