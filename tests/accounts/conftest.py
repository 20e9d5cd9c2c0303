import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def _forget_limits():
    """Start each test with no tries counted."""
    cache.clear()
