"""A real PostgreSQL and Redis for the whole run, started here unless DATABASE_URL names others.

A plugin and not conftest.py, because pytest-django reads the settings before any conftest.py is loaded.
"""

import os
import sys

import pytest

from portal import devservices


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests():
    if "DATABASE_URL" not in os.environ and not any("--help" in arg for arg in sys.argv):
        services = devservices.start(throwaway=True)  # ends with this process at the latest
        os.environ["DATABASE_URL"] = services.database_url  # workers of xdist inherit it
        os.environ["DATABASE_OWNER_URL"] = services.owner_url
        os.environ["REDIS_URL"] = services.redis_url
    return (yield)


def pytest_unconfigure(config):
    if not hasattr(config, "workerinput"):
        devservices.stop()
