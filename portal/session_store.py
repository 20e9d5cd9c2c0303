"""Sessions in the database, for keys that can be ours."""

import re
from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore


class SessionStore(DatabaseStore):
    """Django's store, where a cookie that we cannot have given counts as none.

    Its value is the visitor's: PostgreSQL would refuse a NUL in it, on every page that reads the session.
    """

    def _validate_session_key(self, key: Any) -> bool:
        return bool(key and re.fullmatch(r"[a-z0-9]{32}", key))
