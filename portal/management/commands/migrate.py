"""Migrate as the owner of the tables."""

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.core.management.commands import migrate
from django.db import DEFAULT_DB_ALIAS, ProgrammingError, connections
from psycopg.errors import InsufficientPrivilege


class Command(migrate.Command):
    """Django's own command, as the role of DATABASE_OWNER_URL where that is set.

    It is the one start that every release begins with, so it also refuses a role that the portal must not run as.
    """

    def add_arguments(self, parser: CommandParser) -> None:
        """Let ``--database`` be the owner's connection by default."""
        super().add_arguments(parser)
        if "owner" in connections:
            parser.set_defaults(database="owner")

    def get_check_kwargs(self, options: dict[str, Any]) -> dict[str | None, Any]:
        """Check the role that the portal runs as, too."""
        databases = sorted({options["database"], DEFAULT_DB_ALIAS})
        return {**super().get_check_kwargs(options), "databases": databases}

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate; say in one line that the role of DATABASE_URL may not."""
        try:
            super().handle(*args, **options)
        except ProgrammingError as error:
            if options["database"] == "owner" or not isinstance(
                error.__cause__, InsufficientPrivilege
            ):
                raise
            raise CommandError(
                "The role of DATABASE_URL changes no tables: set DATABASE_OWNER_URL for migrate"
                ' (docs/running.md, "Database roles").'
            ) from error
