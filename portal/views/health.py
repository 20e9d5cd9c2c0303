"""Probes: is the process alive, and may it take traffic."""

import logging

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET
from redis import Redis
from redis.exceptions import RedisError

from portal.checks import database_roles

logger = logging.getLogger(__name__)


@require_GET
@login_not_required
def healthz(_request: HttpRequest) -> HttpResponse:
    """Answer 200 while the process can answer at all; nothing else is asked."""
    return HttpResponse("ok", content_type="text/plain")


@require_GET
@login_not_required
def readyz(_request: HttpRequest) -> HttpResponse:
    """Answer 200 when database, its role, Redis and migrations are as the code needs them, else 503 naming what is not."""
    checks = {"database": _database(), "redis": _redis()}
    checks["role"] = checks["database"] and _role()
    checks["migrations"] = checks["database"] and _migrated()
    status = 200 if all(checks.values()) else 503
    return JsonResponse(
        {name: "ok" if fine else "down" for name, fine in checks.items()}, status=status
    )


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        logger.warning("database unreachable", extra={"error": type(error).__name__})
        return False
    return True


def _role() -> bool:
    """Whether row-level security holds for us: whoever serves as an owner would show all rows to everybody."""
    errors = database_roles([DEFAULT_DB_ALIAS])
    for error in errors:
        logger.error("database role refused", extra={"error": error.id})
    return not errors


def _redis() -> bool:
    try:
        with Redis.from_url(
            settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=1
        ) as client:
            return bool(client.ping())
    except RedisError as error:
        logger.warning("redis unreachable", extra={"error": type(error).__name__})
        return False


def _migrated() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())
