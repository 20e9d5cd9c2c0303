"""From a fresh machine to a filled .venv: the first thing every make target runs.

Called as ``python3 -I portal/bootstrap.py TARGET [ARGS]`` with nothing installed, perhaps by a Python
that is too old; so it needs only the standard library, and its syntax must parse on Python 3.6.

TARGET: ``ready`` (install only), ``demo``, ``test``, ``run PROGRAM``.
"""
# ruff: noqa: E402 - a too old Python must be told before an import fails on it

import sys

NEEDED = (3, 11)
if sys.version_info < NEEDED:
    sys.exit(
        "Python %d.%d is too old: the portal needs %d.%d or newer. Install one and run"
        " make PYTHON=python%d.%d ..." % (sys.version_info[:2] + NEEDED + NEEDED)
    )

import contextlib
import ctypes
import fcntl
import hashlib
import importlib.util
import os
import platform
import shutil
import signal
import subprocess
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LOCKS = [ROOT / "requirements.txt", ROOT / "requirements-dev.txt"]
STAMP = VENV / ".installed"  # what is installed: hash of the lock files and of the Python
UNFINISHED = VENV / ".installing"  # stands there while pip works
PANGO = ["libpango-1.0.so.0", "libpangoft2-1.0.so.0", "libharfbuzz-subset.so.0"]
PANGO_PACKAGES = {
    "apt-get": "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core",
    "dnf": "pango harfbuzz dejavu-sans-fonts",
    "apk": "pango harfbuzz-subset font-dejavu",
    "pacman": "pango ttf-dejavu",
    "brew": "pango",
}
INSTALL = {
    "apt-get": "apt-get update && apt-get install -y --no-install-recommends",
    "dnf": "dnf install -y",
    "apk": "apk add",
    "pacman": "pacman -S --noconfirm",
    "brew": "brew install",
}
BROWSERS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
MAC_BROWSER = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
MOST_WORKERS = 4  # of the whole test run; each has a database of its own


def say(text: str) -> None:
    """Print a line of progress at once."""
    print(text, flush=True)


def stop(text: str) -> NoReturn:
    """End with one clear line that says what to do."""
    sys.exit(text)


# --- The virtual environment ---------------------------------------------------------------------


def fingerprint() -> str:
    """Return a hash of all that decides what .venv must contain."""
    found = hashlib.sha256(
        "\0".join([sys.version, sys.prefix, platform.machine(), str(ROOT)]).encode()
    )
    for file in LOCKS:
        found.update(file.read_bytes())
    return found.hexdigest()


def installed() -> bool:
    """Whether .venv is whole and up to date."""
    try:
        return STAMP.read_text() == fingerprint() and not UNFINISHED.exists()
    except OSError:
        return False


@contextlib.contextmanager
def alone() -> Iterator[int]:
    """Let one bootstrap work at a time, the others wait; give the descriptor that holds the lock."""
    descriptor = os.open(str(ROOT), os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Waiting for another make to finish installing ...")
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def make_venv() -> None:
    """Create .venv, anew when an earlier installation was interrupted or used another Python."""
    version = "python%d.%d" % sys.version_info[:2]
    if UNFINISHED.exists():
        say("An earlier installation was interrupted: starting .venv anew.")
    elif (VENV / "bin" / version).exists() and (VENV / "bin" / "pip").exists():
        return
    if importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None:
        as_root = "" if os.geteuid() == 0 else "sudo "
        stop(
            "Python has no venv module: install it (Debian, Ubuntu: %sapt-get install -y %s-venv) and try again."
            % (as_root, version)
        )
    say("Making .venv with Python %s ..." % platform.python_version())
    command = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    done = subprocess.run(
        command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if done.returncode:
        stop(
            "Could not make %s: %s"
            % (VENV, (done.stdout.strip().splitlines() or ["no reason given"])[-1])
        )


def show(command: list[str], marks: dict[str, str], **options: Any) -> tuple[int, list[str]]:
    """Run *command* and tell its progress; return its exit code and its last lines.

    *marks*: beginning of an output line -> what to show for it, with its {count} and its next {word}.
    """
    last: deque[str] = deque(maxlen=15)
    counts = dict.fromkeys(marks, 0)
    options.update(stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    with subprocess.Popen(command, text=True, errors="replace", **options) as process:
        for line in process.stdout or ():
            last.append(line.strip())
            for mark in filter(last[-1].startswith, marks):
                counts[mark] += 1
                word = (last[-1][len(mark) :].split() or [""])[0]
                tick(marks[mark].format(count=counts[mark], word=word), counts[mark])
    if sys.stdout.isatty():
        say("")
    return process.returncode, list(last)


def tick(text: str, count: int) -> None:
    """Show *text* in place on a terminal; in a log the first and every tenth only."""
    if sys.stdout.isatty():
        print("\r  %-70.70s" % text, end="", flush=True)
    elif count == 1 or count % 10 == 0:
        say("  %.70s" % text)


def install_packages(lock: int) -> None:
    """Install the locked packages, every file checked against its hash."""
    UNFINISHED.touch()
    python = str(VENV / "bin" / "python")
    requirements = ["--require-hashes"] + [part for file in LOCKS for part in ("-r", str(file))]
    say("Installing the locked Python packages (a minute or two, once) ...")
    uv = shutil.which("uv")
    if (
        uv
        and subprocess.call([uv, "pip", "install", "--quiet", "--python", python, *requirements])
        == 0
    ):
        return
    command = [
        python,
        "-m",
        "pip",
        "install",
        "--disable-pip-version-check",
        "--no-input",
        *requirements,
    ]
    marks = {"Collecting": "package {count}: {word}", "Installing collected": "unpacking them"}
    # The lock goes along: should we be killed, nobody else starts while pip still writes.
    code, last = show(command, marks, pass_fds=[lock])
    if code:
        errors = [line for line in last if line.startswith("ERROR")] or last
        say("\n".join(last))
        stop(
            "Could not install the Python packages (%s). Check the network and pip's settings, then run make again."
            % (errors or ["no reason given"])[0]
        )


def ensure_venv() -> None:
    """Fill .venv unless it is up to date, which is seen in milliseconds."""
    missing = [file.name for file in LOCKS if not file.exists()]
    if missing:
        stop("%s is missing: run make lock, or get the file from git." % missing[0])
    if installed():
        return
    with alone() as lock:
        if installed():  # the other make did it
            return
        make_venv()
        install_packages(lock)
        UNFINISHED.unlink()
        STAMP.write_text(fingerprint())


# --- What the system lacks -----------------------------------------------------------------------


def loads(library: str) -> bool:
    """Whether the dynamic linker finds *library*."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def pango_is_there() -> bool:
    """Whether WeasyPrint will find the libraries it draws PDFs with."""
    if sys.platform == "darwin":
        places = ["/opt/homebrew/lib", "/usr/local/lib"]
        return any(Path(place, "libpango-1.0.dylib").exists() for place in places)
    return all(map(loads, PANGO))


def is_debian() -> bool:
    """Whether this is Debian itself, whose chromium is a package and not a snap."""
    with contextlib.suppress(OSError):
        return "ID=debian" in Path("/etc/os-release").read_text().splitlines()
    return False


def advice(packages: dict[str, str]) -> str:
    """Return the one command that installs *packages* (package manager -> names) on this machine."""
    for manager, names in packages.items():
        if shutil.which(manager):
            command = "%s %s" % (INSTALL[manager], names)
            if os.geteuid() == 0 or manager == "brew":
                return command
            return 'sudo sh -c "%s"' % command if "&&" in command else "sudo " + command
    return "(the package manager of your system) install " + next(iter(packages.values()))


def apt_install(packages: str, why: str) -> bool:
    """Install Debian *packages* when we are root and apt is there; return whether that worked."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    say("Installing %s ..." % why)
    env = dict(os.environ, DEBIAN_FRONTEND="noninteractive", LC_ALL="C.UTF-8")
    wait = ["-q", "-o", "DPkg::Lock::Timeout=300"]
    marks = {"Unpacking": "unpacking {word}", "Setting up": "setting up {word}"}
    show(["apt-get", "update", *wait], {}, env=env)  # a list that fails may not be the one we need
    command = ["apt-get", "install", "-y", "--no-install-recommends", *wait, *packages.split()]
    code, last = show(command, marks, env=env)
    if code:
        say("\n".join(last))
    return code == 0


def ensure_pango() -> None:
    """Install Pango, or stop with the command that does."""
    if pango_is_there():
        return
    what = "Pango, which draws the PDFs"
    if not (apt_install(PANGO_PACKAGES["apt-get"], what) and pango_is_there()):
        stop(
            "Pango is missing, which draws the PDFs. Install it and run make again:\n  "
            + advice(PANGO_PACKAGES)
        )


def find_browser() -> str:
    """Return the path of a Chromium: PORTAL_CHROMIUM, one on the PATH, Playwright's own, or ""."""
    wanted = [os.environ.get("PORTAL_CHROMIUM", ""), *BROWSERS, MAC_BROWSER]
    found = [path for path in map(shutil.which, filter(None, wanted)) if path]
    caches = [Path.home() / ".cache/ms-playwright", Path.home() / "Library/Caches/ms-playwright"]
    found += [
        str(path)
        for cache in caches
        for path in sorted(cache.glob("chromium-*/chrome-linux*/chrome"))
    ]
    return found[0] if found else ""


def ensure_test_tools() -> None:
    """Get a browser and Java for the tests, or say loudly what they will skip; with CI=true, stop."""
    if not find_browser() and is_debian():
        apt_install("chromium fonts-dejavu-core", "Chromium, which the browser journeys drive")
    if not shutil.which("java"):
        apt_install("default-jre-headless", "Java, which the HTML checker needs")
    os.environ["PORTAL_CHROMIUM"] = find_browser()
    if not os.environ["PORTAL_CHROMIUM"]:
        chromium = {"apt-get": "chromium"} if is_debian() else {}
        how = advice(chromium) if chromium else ".venv/bin/playwright install --with-deps chromium"
        skipped("the browser journeys and the accessibility checks", "no Chromium", how)
    if not shutil.which("java"):
        java = {
            "apt-get": "default-jre-headless",
            "dnf": "java-headless",
            "apk": "openjdk21-jre-headless",
            "brew": "openjdk",
        }
        skipped("the check of every page's HTML", "no Java", advice(java))


def skipped(what: str, why: str, how: str) -> None:
    """Say loudly that tests will be skipped; with CI=true stop instead."""
    if os.environ.get("CI", "").lower() in ("true", "1", "yes"):
        stop("CI must not skip %s (%s). Install what is missing:\n  %s" % (what, why, how))
    line = "=" * 78
    say(
        "%s\nSKIPPED: %s, because there is %s. To run them:\n  %s\n%s"
        % (line, what, why, how, line)
    )


# --- Targets -------------------------------------------------------------------------------------


def become(program: str, *arguments: str) -> NoReturn:
    """Replace this process by *program* of .venv."""
    path = VENV / "bin" / program
    if not path.exists():
        stop("There is no %s in .venv." % program)
    os.chdir(str(ROOT))
    sys.stdout.flush()
    os.execv(str(path), [str(path), *arguments])


def end_with_parent() -> None:
    """Have the kernel send SIGTERM when make dies: a killed make leaves no demo behind."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM, 0, 0, 0)


def ready() -> None:
    """Install what everything needs."""
    ensure_pango()
    ensure_venv()


def demo(*arguments: str) -> NoReturn:
    """Start the demo."""
    ready()
    end_with_parent()
    become("python", "-m", "portal.demo", *arguments)


def test(*arguments: str) -> NoReturn:
    """Run the tests: all of them on several cores, a chosen few on one, which starts faster."""
    ready()
    ensure_test_tools()
    cores = min(os.cpu_count() or 1, MOST_WORKERS)
    shared = [] if arguments or cores == 1 else ["-n", str(cores)]
    become("python", "-m", "pytest", *shared, *arguments)


def run(program: str = "python", *arguments: str) -> NoReturn:
    """Run any program of .venv."""
    ensure_venv()
    become(program, *arguments)


def main(arguments: list[str]) -> None:
    """Do what the first argument names; errors end in one line."""
    targets = {"ready": ready, "demo": demo, "test": test, "run": run}
    if not arguments or arguments[0] not in targets:
        stop("Use: bootstrap.py %s" % "|".join(targets))
    try:
        targets[arguments[0]](*arguments[1:])
    except KeyboardInterrupt:
        stop("Interrupted; run make again to go on.")
    except OSError as error:
        stop("%s. Mend that and run make again." % error)


if __name__ == "__main__":
    main(sys.argv[1:])
