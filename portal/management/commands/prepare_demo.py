"""Bring the demo's database up to date: migrate, seed, and note the persons for the supervisor."""

import json
import os
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from portal.demo.persons import persons


class Command(BaseCommand):
    """Run by the demo's supervisor as one process: Django is imported once."""

    help = "Migrate and seed the demo (run by make demo)."
    requires_system_checks: list[str] = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Migrate, seed, and write persons.json into the folder DEMO_DATA."""
        call_command("migrate", interactive=False)
        call_command("seed_demo")
        file = Path(os.environ["DEMO_DATA"]) / "persons.json"
        file.touch(mode=0o600)
        file.write_text(json.dumps({"persons": persons()}))
