"""What holds for every test."""

import os

from hypothesis import settings

pytest_plugins = ["tests.ambient", "tests.stack"]

# No deadline: machines are noisy, and time is measured by `make bench`. A build tries the same examples each time.
settings.register_profile("here", deadline=None)
settings.register_profile("build", deadline=None, derandomize=True)
settings.load_profile("build" if os.environ.get("CI") == "true" else "here")
