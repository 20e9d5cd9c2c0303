"""The demo's terminal: what its processes write, a name before each line."""

import contextlib
import os
import selectors
import sys
import time


def say(text: str) -> None:
    """Print *text* at once; a terminal that is gone must not keep us from stopping our processes."""
    with contextlib.suppress(OSError):
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()


class Console:
    """Reads the output of several processes and prints it line by line."""

    def __init__(self) -> None:
        self._pipes = selectors.DefaultSelector()
        self._rest: dict[int, bytes] = {}

    def open(self, name: str) -> int:
        """Return the end of a new pipe into which the process *name* writes; the caller closes it."""
        reader, writer = os.pipe()
        self._pipes.register(reader, selectors.EVENT_READ, name)
        return writer

    def pump(self, seconds: float) -> None:
        """Print what comes within *seconds*."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if not self._pipes.get_map():
                time.sleep(left)
            for key, _ in self._pipes.select(left):
                self._read(key.fd, str(key.data))

    def _read(self, reader: int, name: str) -> None:
        chunk = os.read(reader, 65536)
        *lines, rest = (self._rest.pop(reader, b"") + chunk).split(b"\n")
        if chunk:
            self._rest[reader] = rest
        else:
            self._pipes.unregister(reader)
            os.close(reader)
            lines += [rest] if rest else []
        for line in lines:
            say(f"{name:7} | {line.decode(errors='replace')}")
