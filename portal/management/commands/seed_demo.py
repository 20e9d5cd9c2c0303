"""Load the demo's companies, people and requests."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.demo.anchors import ANCHORS
from portal.demo.seed import COMPANIES, SEED, seed_demo


class Command(BaseCommand):
    """Idempotent: a database that has the demo's data is left as it is."""

    help = "Load the demo's companies, people and requests once."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Let the seed and the number of companies be chosen."""
        parser.add_argument("--seed", type=int, default=SEED)
        parser.add_argument("--companies", type=int, default=COMPANIES)

    def handle(self, *_args: Any, **options: Any) -> None:
        """Seed; refuse where real people are served."""
        if settings.PRODUCTION:
            raise CommandError("The passwords of the demo are public: it is not for production.")
        if options["companies"] < len(ANCHORS):
            raise CommandError(f"The people of the demo need at least {len(ANCHORS)} companies.")
        done = seed_demo(seed=options["seed"], companies=options["companies"])
        self.stdout.write("Demo data loaded." if done else "Demo data is there already.")
