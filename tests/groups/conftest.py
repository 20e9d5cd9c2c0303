"""What holds for every test of this app."""

import pytest

from groups.transaction_kinds import _kinds


@pytest.fixture(autouse=True)
def _kinds_of_one_test():
    """Forget after a test which kinds of transactions it has made known."""
    known = dict(_kinds)
    yield
    _kinds.clear()
    _kinds.update(known)
