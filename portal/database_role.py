"""No process of the portal serves by a database role that row-level security does not hold."""

import logging
import sys
from typing import Any

from django.db import DEFAULT_DB_ALIAS, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from portal.checks import database_roles

logger = logging.getLogger(__name__)


class WrongRoleError(OperationalError):
    """The role that signed in sees the rows of every group, or of none."""


def refuse_wrong_role(**_signal: Any) -> None:
    """End the process when the role of DATABASE_URL is the wrong one; web, worker and clock call it at their start.

    With the database away the process starts, and the first connection that comes about is looked at. Leaves no
    connection behind: the process may fork.
    """
    connection_created.connect(_look_at, dispatch_uid=__name__)
    try:
        connections[DEFAULT_DB_ALIAS].ensure_connection()
    except WrongRoleError as error:
        sys.exit(f"The portal does not start: {error}")
    except OperationalError as error:
        logger.warning(
            "database away, its role not looked at", extra={"error": type(error).__name__}
        )
    finally:
        connections[DEFAULT_DB_ALIAS].close()
        connections[DEFAULT_DB_ALIAS].close_pool()  # type: ignore[attr-defined]  # of PostgreSQL


def _look_at(connection: BaseDatabaseWrapper, **_signal: Any) -> None:
    """Close a fresh connection whose role is the wrong one, and raise WrongRoleError."""
    if connection.alias != DEFAULT_DB_ALIAS:
        return
    errors = database_roles([DEFAULT_DB_ALIAS])
    if errors:
        connection.close()
        logger.critical("database role refused", extra={"error": errors[0].id})
        raise WrongRoleError(f"{errors[0].msg} ({errors[0].id}) {errors[0].hint}")
    connection_created.disconnect(dispatch_uid=__name__)  # asked once a process; /readyz asks on
