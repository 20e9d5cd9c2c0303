"""Wait for what another process does: ask again and again, with an end."""

import time


def wait_for(condition, what, *, seconds=60):
    """Return the first true answer of *condition*; fail with *what* did not come within *seconds*."""
    until = time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < until, f"waited {seconds} s in vain: {what}"
        time.sleep(0.02)
    return answer
