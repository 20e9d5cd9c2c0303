"""What happens on a fresh machine; run inside it by prove.sh, by the system's own Python.

Everything that runs in this process namespace beside us belongs to the demo.
"""

import json
import os
import pwd
import re
import shlex
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

WHO = sys.argv[1]
USER = "root" if WHO == "root" else "ordinary"
HOME = Path(pwd.getpwnam(USER).pw_dir)
PROJECT = HOME / "employer-portal"
OUTPUT = Path("/opt/output.txt")
URL = "http://127.0.0.1:8000/"
SECONDS_TO_FIRST_READY, SECONDS_TO_READY_AGAIN = 900, 10


def tell(what, seconds=None):
    took = "" if seconds is None else f"{seconds:6.1f} s"
    print(f"RESULT {WHO:9} {what:62} {took}", flush=True)


def as_user(command, **options):
    account = pwd.getpwnam(USER)
    env = {**os.environ, "HOME": str(HOME), "USER": USER}
    rights = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    return subprocess.Popen(command, env=env, start_new_session=True, **rights, **options)


def start():
    with OUTPUT.open("wb") as output:
        return as_user(["make", "demo"], cwd=PROJECT, stdout=output, stderr=subprocess.STDOUT)


def wait_until_ready(make, seconds):
    began, shown = time.monotonic(), 0
    while True:
        text = OUTPUT.read_text(errors="replace")
        print(text[shown:], end="", flush=True)
        shown = len(text)
        if f"Ready: {URL}\n" in text:
            return time.monotonic() - began
        assert make.poll() is None, f"make demo ended with {make.returncode}"
        assert time.monotonic() - began < seconds, "not ready in time"
        time.sleep(0.1)


def others():
    """Return the living processes of this namespace, save us and those we run under."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) not in {1, os.getpid(), os.getppid()}:
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
            if line:  # a zombie has none
                found[int(entry.name)] = line
    return found


def wait_until_alone(seconds=20):
    until = time.monotonic() + seconds
    while left := others():
        assert time.monotonic() < until, f"left behind: {left}"
        time.sleep(0.1)


def fetch_pages():
    for path in ["", "healthz", "readyz", "register/", "sign-in/", "demo/mailbox/"]:
        with urllib.request.urlopen(URL + path) as answer:
            assert answer.status == 200
            assert answer.read()


def persons():
    process = as_user(["make", "-s", "persons"], cwd=PROJECT, stdout=subprocess.PIPE)
    return json.loads(process.communicate()[0])


def confirmations():
    """Return how many rows of the demo's data the database holds, by a program of its wheel."""
    program = (
        "import json, psycopg, pathlib, portal.devservices as d;"
        "url = json.loads((d.data_folder() / 'services.json').read_text())['owner_url'];"
        "print(psycopg.connect(url).execute('SELECT count(*) FROM committed').fetchone()[0])"
    )
    return int(run_python(program))


def commit_a_row():
    run_python(
        "import json, psycopg, portal.devservices as d;"
        "url = json.loads((d.data_folder() / 'services.json').read_text())['owner_url'];"
        "c = psycopg.connect(url, autocommit=True);"
        "c.execute('CREATE TABLE IF NOT EXISTS committed (x int)');"
        "c.execute('INSERT INTO committed VALUES (1)')"
    )


def run_python(program):
    process = as_user([".venv/bin/python", "-c", program], cwd=PROJECT, stdout=subprocess.PIPE)
    output = process.communicate()[0]
    assert process.returncode == 0
    return output


def do_as_told_about_pango():
    """An ordinary user gets one command to run; run it as root, as they would."""
    make = start()
    assert make.wait(60) != 0
    text = OUTPUT.read_text()
    print(text, flush=True)
    [command] = re.findall(r"^  sudo (.*)$", text, re.MULTILINE) or re.findall(
        r"^  (apt-get .*)$", text, re.MULTILINE
    )
    assert "Traceback" not in text
    tell("stops without Pango and names the one command")
    subprocess.run(shlex.split(command), check=True, stdout=subprocess.DEVNULL)


def main():
    clone = [
        "git",
        "-c",
        "advice.detachedHead=false",
        "clone",
        "--quiet",
        "/opt/source.bundle",
        str(PROJECT),
    ]
    assert as_user(clone).wait() == 0
    if USER != "root":
        do_as_told_about_pango()

    make = start()
    tell("make demo on the fresh machine: Ready", wait_until_ready(make, SECONDS_TO_FIRST_READY))
    fetch_pages()
    assert all(person["password"] in OUTPUT.read_text() for person in persons())
    tell(f"pages answer, {len(persons())} persons listed")
    commit_a_row()

    for number in (signal.SIGINT, signal.SIGTERM):
        began = time.monotonic()
        if number == signal.SIGINT:
            os.killpg(make.pid, number)  # Ctrl-C reaches the whole group
        else:
            make.send_signal(number)
        make.wait(30)
        wait_until_alone()
        tell(f"{number.name}: no process left", time.monotonic() - began)
        make = start()
        seconds = wait_until_ready(make, SECONDS_TO_READY_AGAIN)
        tell("next start: Ready", seconds)

    for number in others():
        os.kill(number, signal.SIGKILL)
    make.wait()
    make = start()
    tell(
        "kill -9 of all processes, next start: Ready",
        wait_until_ready(make, SECONDS_TO_READY_AGAIN),
    )
    fetch_pages()
    assert confirmations() == 1
    tell("no committed row is gone")
    os.killpg(make.pid, signal.SIGINT)
    make.wait(30)
    wait_until_alone()


if __name__ == "__main__":
    try:
        main()
    except BaseException as error:
        tell(f"FAILED: {error!r}"[:500])
        raise
