"""The demo's data folder: who holds it, its keys, and what its processes find in their environment."""

import base64
import contextlib
import hashlib
import json
import os
import secrets
import shutil
import time
from pathlib import Path
from typing import IO, Any

from portal import devservices
from portal.processes import MARK, StartError

BASE_DIR = Path(__file__).resolve().parent.parent.parent
CODE = ["portal", "groups", "accounts", "messaging", "roster", "billing", "requirements.txt"]
SECONDS_TO_RELEASE = 30  # how long an earlier demo may take to stop
FILES = ["state.json", "services.json", "keys.json", "persons.json"]
OURS = [
    "postgres-*",
    "redis",
    "mailbox",
    "static",
    "beat-schedule*",
    *FILES,
]  # what a reset removes


class Place:
    """One data folder, held by one demo at a time."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self.url = f"http://127.0.0.1:{port}"
        self._lock: IO[str] | None = None

    # --- Who holds it

    def hold(self) -> None:
        """Take the folder for this process; StartError when a demo runs on it already."""
        devservices.make_folder(self.folder, mode=devservices.PASSABLE)
        patient_until = time.monotonic() + 1.5
        while True:
            try:
                self._lock = devservices.lock(self.folder)
            except BlockingIOError:
                patient_until = self._patience(patient_until)
                time.sleep(0.1)
            else:
                self.tell()
                return

    def release(self) -> None:
        """Let the next demo have the folder."""
        if self._lock is not None:
            self._lock.close()

    def _patience(self, until: float) -> float:
        """Return until when to wait for the holder; StartError when it has no mind to stop."""
        holder = self.read("state")
        if holder.get("stopping_since", 0) > time.time() - SECONDS_TO_RELEASE:
            return time.monotonic() + 1
        if time.monotonic() > until:
            raise StartError(
                f"The demo is running already: {holder.get('url')}/ (process {holder.get('pid')})."
                " Stop that one with Ctrl-C, or start a second with PORTAL_DATA=/another/folder PORT=8001 make demo."
            )
        return until

    def tell(self, **more: float) -> None:
        """Note for others who holds the folder, and what else they should know."""
        self.write("state", {"pid": os.getpid(), "url": self.url, **more})

    def is_held(self) -> bool:
        """Whether a demo runs on the folder."""
        try:
            devservices.lock(self.folder).close()
        except BlockingIOError:
            return True
        except FileNotFoundError:
            pass
        return False

    # --- Files

    def write(self, name: str, value: object) -> None:
        """Store *value* as a JSON file that only we can read, whole or not at all."""
        fresh = self.folder / f"{name}.new.json"
        fresh.touch(mode=0o600)
        fresh.write_text(json.dumps(value, indent=1))
        fresh.rename(self.folder / f"{name}.json")

    def read(self, name: str) -> dict[str, Any]:
        """Return what ``write`` stored under *name*, or nothing."""
        with contextlib.suppress(FileNotFoundError, json.JSONDecodeError):
            return dict(json.loads((self.folder / f"{name}.json").read_text()))
        return {}

    def reset(self) -> None:
        """Remove all data of the demo; other files in the folder stay."""
        for entry in [path for pattern in OURS for path in self.folder.glob(pattern)]:
            if entry.is_dir():
                shutil.rmtree(entry)
            else:
                entry.unlink()

    # --- Environment

    def keys(self) -> dict[str, str]:
        """Return the secret keys of this folder, made at the first start."""
        if not (keys := self.read("keys")):
            keys = {
                "SECRET_KEY": secrets.token_urlsafe(50),
                "ACCESS_CODE_KEY": secrets.token_urlsafe(32),
                "SEALING_KEYS": base64.b64encode(secrets.token_bytes(32)).decode(),
            }
            self.write("keys", keys)
        return keys

    def environment(
        self, services: devservices.Services, *, migrates: bool = False
    ) -> dict[str, str]:
        """Return the environment of the demo's processes: ours, and what makes the portal a demo.

        Only a process that *migrates* learns how the owner of the tables signs in.
        """
        settings = {
            "DJANGO_SETTINGS_MODULE": "portal.settings",
            "PORTAL_ENV": "demo",
            "DATABASE_URL": services.database_url,
            "DATABASE_OWNER_URL": services.owner_url if migrates else "",
            "REDIS_URL": services.redis_url,
            "ALLOWED_HOSTS": "127.0.0.1,localhost",
            "BASE_URL": self.url,
            "MAIL_SPOOL": str(self.folder / "mailbox"),
            "DOCUMENT_FOLDER": str(self.folder / "documents"),
            "DEMO_DATA": str(self.folder),
            "LOG_LEVEL": os.environ.get("LOG_LEVEL", "WARNING"),
            "PYTHONUNBUFFERED": "1",
            # Celery warns of root, which a fresh container is run as; the demo has nothing to lose.
            "PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges",
            MARK: str(self.folder),
        }
        return {
            **os.environ,
            **{name: str(value) for name, value in self.keys().items()},
            **settings,
        }


def fingerprint() -> str:
    """Return a hash of the code that migrates and seeds: unchanged, a start can skip both."""
    found = hashlib.sha256()
    for name in CODE:
        path = BASE_DIR / name
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and "__pycache__" not in file.parts:
                found.update(str(file.relative_to(BASE_DIR)).encode() + file.read_bytes())
    return found.hexdigest()
