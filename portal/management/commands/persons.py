"""Print the persons of the demo as JSON."""

import json
from typing import Any

from django.core.management.base import BaseCommand

from portal.demo.persons import persons


class Command(BaseCommand):
    """`make persons`; asks no database."""

    help = "Print the persons of the demo (role, user name, password, groups) as JSON."
    requires_system_checks: list[str] = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Write the table to standard output."""
        self.stdout.write(json.dumps(persons(), indent=2, ensure_ascii=False))
