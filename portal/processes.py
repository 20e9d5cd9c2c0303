"""Child processes that never outlive the process that started them.

Used by the demo and the tests only. On Linux the kernel ends a child when its parent dies, even by
``kill -9``; elsewhere a killed parent leaves its children to the next start (``end_leftovers``).
"""

import contextlib
import ctypes
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import IO, Any

PR_SET_PDEATHSIG = 1
LINUX = sys.platform == "linux"
# Marks the processes of one data folder, so that the next start finds what a kill -9 left behind.
MARK = "EMPLOYER_PORTAL_DATA"


class StartError(Exception):
    """Something a person can mend; its text is one line that says how."""


def _ends_with_parent(parent: int, number: int) -> Callable[[], None]:
    """Return a function for the forked child that ties its life to *parent* by signal *number*."""
    libc = ctypes.CDLL(None, use_errno=True) if LINUX else None

    def tie() -> None:
        if libc is not None:
            libc.prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)
            if os.getppid() != parent:  # it died before we could ask
                os._exit(1)

    return tie


def identity(user: str | None) -> dict[str, Any]:
    """Return the arguments of subprocess that drop root's rights to those of *user* (None: keep)."""
    if user is None:
        return {}
    entry = pwd.getpwnam(user)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


class Child:
    """One long-running process in a session of its own.

    *stop_signal* asks it to end, after *patience* seconds SIGKILL goes to its whole process group.
    *death_signal* is what the kernel sends when our own process dies. Start it from a thread that
    lives as long as the child shall: the kernel watches the thread, not the process.
    """

    def __init__(
        self,
        name: str,
        command: list[str],
        *,
        env: Mapping[str, str],
        cwd: Path,
        user: str | None = None,
        stop_signal: int = signal.SIGTERM,
        death_signal: int = signal.SIGTERM,
        patience: float = 15,
    ) -> None:
        self.name, self.command, self.env, self.cwd, self.user = name, command, env, cwd, user
        self.stop_signal, self.death_signal, self.patience = stop_signal, death_signal, patience
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, output: IO[bytes] | int | None = None) -> subprocess.Popen[bytes]:
        """Start the process; *output* takes what it writes to stdout and stderr."""
        self.process = subprocess.Popen(  # noqa: S603 - our own command lines
            self.command,
            env=dict(self.env),
            cwd=self.cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_ends_with_parent(os.getpid(), self.death_signal),  # noqa: PLW1509 - before any thread of ours
            **identity(self.user),
        )
        return self.process

    @property
    def ended(self) -> bool:
        """Whether the process was started and is gone."""
        return self.process is not None and self.process.poll() is not None

    def describe_end(self) -> str:
        """Return how the process ended, for people: "exit code 3" or "killed by SIGKILL"."""
        code = self.process.returncode if self.process else None
        return (
            f"killed by {signal.Signals(-code).name}" if code and code < 0 else f"exit code {code}"
        )

    def send(self, number: int) -> None:
        """Send the signal *number*; harmless when the process is gone."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)

    def stop(self) -> None:
        """Stop the process and whatever it left in its process group; harmless when it is gone."""
        self.send(self.stop_signal)
        if self.process is None:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(self.patience)
        # Also after an orderly end: a pool process of a killed worker may have stayed.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def _belongs(process: Path, mark: bytes, folders: set[Path]) -> bool:
    """Whether /proc entry *process* carries *mark*, or is a server working in one of *folders*."""
    try:
        if mark in (process / "environ").read_bytes().split(b"\0"):
            return True
        # Servers overwrite their environment with a title; their working directory tells instead.
        is_server = (process / "exe").readlink().name.split()[0] in {"postgres", "redis-server"}
        return is_server and (process / "cwd").readlink() in folders
    except OSError:  # gone meanwhile, or another user's
        return False


def running_on(data: Path | None, folders: Iterable[Path]) -> list[int]:
    """Return the process ids marked with *data*, and of servers working in *folders*; ours is not in it."""
    mark, places = f"{MARK}={data}".encode(), {folder.resolve() for folder in folders}
    numbers = [entry for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    others = [entry for entry in numbers if int(entry.name) != os.getpid()]
    return [int(entry.name) for entry in others if _belongs(entry, mark, places)]


def end_leftovers(
    data: Path | None = None, *, folders: Iterable[Path] = (), patience: float = 5
) -> None:
    """End what a killed start left running: processes marked with *data*, servers working in *folders*.

    They get *patience* seconds to end by themselves (their parent's death has told them), then
    SIGKILL. The caller holds the lock of the folder, so that nobody else's processes can be meant.
    Without /proc this does nothing.
    """
    if not LINUX:
        return
    places, deadline = list(folders), time.monotonic() + patience
    while found := running_on(data, places):
        if time.monotonic() > deadline:
            for number in found:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(number, signal.SIGKILL)
        time.sleep(0.1)
