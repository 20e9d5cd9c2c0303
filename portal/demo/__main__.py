"""The demo: ``python -m portal.demo``, which ``make demo`` runs.

A module of its own and no management command: Django's manage.py would want all settings first, and
it is the supervisor that makes them.
"""

import sys

from portal.demo import supervisor
from portal.processes import StartError

if __name__ == "__main__":
    try:
        sys.exit(supervisor.main(sys.argv[1:]))
    except StartError as error:
        sys.exit(f"\n{error}")
    except KeyboardInterrupt:
        sys.exit(130)
