"""`make bench [ONLY=name]`: one JSON line a figure; the exit code is 1 when a figure misses its target.

Names: pages, tenancy, book, group_home, expiry_sweep, statements, transactions, or one of them in full, such as pages:home.
"""

import os
import sys

from portal import devservices

NAMES = ("pages", "tenancy", "book", "group_home", "expiry_sweep", "statements", "transactions")


def main(only=""):
    """Start servers of its own, measure what *only* names (all when empty), say whether the targets are met."""
    if only and only.partition(":")[0] not in NAMES:
        sys.exit(f"Use: make bench [ONLY={'|'.join(NAMES)}]")
    services = devservices.start(throwaway=True)
    os.environ["DATABASE_URL"], os.environ["REDIS_URL"] = services.database_url, services.redis_url
    os.environ["DATABASE_OWNER_URL"] = services.owner_url
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.settings"
    import django
    from django.core.management import call_command

    django.setup()
    from tests import ambient
    from tests.bench import book, group_home, pages, statements, sweep, tenancy, transactions

    with ambient.as_owner():
        call_command("migrate", verbosity=0)
    fine = all([pages.measure(only), tenancy.measure(only)])
    fine = all([fine, book.measure(only), group_home.measure(only)])
    ambient.watch()  # only now: it adds a round trip to every request
    # the two with a million rows last: they fill the server's memory
    return all([
        fine, statements.measure(only), sweep.measure(only), transactions.measure(only),
    ])  # fmt: skip


if __name__ == "__main__":
    fine = main(*sys.argv[1:2])
    devservices.stop()
    sys.exit(0 if fine else 1)
