import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
import redis

from portal import devservices
from portal.processes import Child, StartError, running_on

pytestmark = pytest.mark.servers

NO_PASSWORDS = [
    ("postgres", ""),
    ("postgres", "postgres"),
    ("portal_owner", "portal_owner"),
    ("portal_app", "portal_app"),
    ("portal_staff", ""),
]
ROLES = """
SELECT me.rolname::text, me.rolcanlogin, me.rolcreatedb,
    EXISTS (SELECT FROM pg_database WHERE datname = 'portal' AND datdba = me.oid),
    pg_has_role(me.oid, staff.oid, 'SET'), pg_has_role(me.oid, staff.oid, 'USAGE')
FROM pg_roles AS me, pg_roles AS staff
WHERE me.rolname ~ '^portal' AND staff.rolname = 'portal_staff' ORDER BY 1
"""


@pytest.fixture
def folder():
    with devservices.throwaway_folder() as made:
        yield made


def rows(server, statement, *, owner=False):
    with psycopg.connect(server.owner_url if owner else server.url) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def living(number):
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until_gone(numbers, seconds=10):
    until = time.monotonic() + seconds
    while any(map(living, numbers)):
        assert time.monotonic() < until, numbers
        time.sleep(0.02)


@pytest.mark.parametrize("major", ["16", "18"])
def test_postgres_of_either_version_has_three_roles_without_special_rights(
    folder, monkeypatch, major
):
    monkeypatch.setenv("PORTAL_PG_MAJOR", major)
    with devservices.Postgres(folder / "pg", throwaway=True) as server:
        version = rows(
            server,
            "SELECT current_setting('server_version_num')::int / 10000,"
            " current_setting('listen_addresses')",
        )
        assert version == [(int(major), "127.0.0.1")]
        assert rows(server, ROLES) == [
            # name, signs in, makes databases, owns this one, may become staff, is staff already
            ("portal_app", True, False, False, True, False),
            ("portal_owner", True, True, True, True, False),
            ("portal_staff", False, False, False, True, True),
        ]
        special = (
            "SELECT count(*) FROM pg_roles WHERE rolname ~ '^portal' AND (rolsuper OR rolbypassrls)"
        )
        assert rows(server, special) == [(0,)]


def test_the_portals_own_role_makes_no_table(folder):
    with devservices.Postgres(folder / "pg", throwaway=True) as server:
        assert rows(server, "SELECT current_user::text") == [("portal_app",)]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            rows(server, "CREATE TABLE mine (number int)")


@pytest.mark.parametrize("major", ["16", "18"])
def test_a_cluster_with_the_one_role_of_before_gets_three(folder, monkeypatch, major):
    monkeypatch.setenv("PORTAL_PG_MAJOR", major)
    server = devservices.Postgres(folder / "pg").start()
    try:
        rows(server, "CREATE TABLE kept AS SELECT 7 AS number", owner=True)
        server.stop()
        make_as_before(server)

        server.start()

        assert rows(server, "SELECT number FROM kept", owner=True) == [(7,)]
        assert len(rows(server, ROLES)) == 3
        assert not (server.folder / "password").exists()
        server.stop()
        passwords = (server.folder / "passwords.json").read_text()
        server.start()
        assert (server.folder / "passwords.json").read_text() == passwords
    finally:
        server.stop()


def make_as_before(server):
    """Leave the stopped cluster as the first version did: one role that owns everything, and its password."""
    server._make_roles(
        server.home,
        "DROP ROLE portal_app",
        "DROP ROLE portal_staff",
        "ALTER ROLE portal_owner RENAME TO portal",
    )
    (server.folder / "passwords.json").unlink()
    (server.folder / "password").write_text("as before")


def test_nobody_signs_in_as_the_superuser_or_without_the_password(folder):
    with devservices.Postgres(folder / "pg", throwaway=True) as server:
        for user, password in NO_PASSWORDS:
            with pytest.raises(psycopg.OperationalError):
                psycopg.connect(
                    host="127.0.0.1",
                    port=server.port,
                    dbname="portal",
                    user=user,
                    password=password,
                )


def test_only_we_can_read_the_password_and_the_logs(folder):
    with devservices.Postgres(folder / "pg", throwaway=True), devservices.Redis(folder / "redis"):
        pass
    files = ["pg/passwords.json", "pg/postgres.log", "redis/redis.log", "redis/redis.conf"]
    assert [(folder / name).stat().st_mode & 0o077 for name in files] == [0, 0, 0, 0]


def test_committed_rows_survive_kill_9(folder):
    server = devservices.Postgres(folder / "pg").start()
    try:
        rows(server, "CREATE TABLE kept (number int)", owner=True)
        rows(server, "INSERT INTO kept VALUES (7)", owner=True)
        server.kill()
        server.start()
        assert rows(server, "SELECT number FROM kept", owner=True) == [(7,)]
    finally:
        server.stop()


def test_a_stale_pid_file_with_the_number_of_a_stranger_does_not_hinder_the_start(folder):
    server = devservices.Postgres(folder / "pg", throwaway=True).start()
    pid_file = server.home / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    server.kill()
    stranger = Child("stranger", ["sleep", "60"], env={}, cwd=folder, user=devservices.SERVER_USER)
    try:
        pid_file.write_text("\n".join([str(stranger.start().pid), *lines[1:]]))
        with server:
            assert rows(server, "SELECT 1") == [(1,)]
    finally:
        stranger.stop()


def test_an_interrupted_creation_starts_over(folder):
    half = folder / "pg" / "cluster.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    with devservices.Postgres(folder / "pg", throwaway=True) as server:
        assert rows(server, "SELECT 1") == [(1,)]


def test_a_second_server_on_the_same_folder_is_refused(folder):
    with devservices.Redis(folder / "redis"), pytest.raises(StartError, match="stop it first"):
        devservices.Redis(folder / "redis").start()


def test_redis_keeps_what_it_was_told_and_never_evicts(folder):
    server = devservices.Redis(folder / "redis").start()
    try:
        with redis.Redis.from_url(server.url) as client:
            assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
            client.set("queue", "task")
            client.bgrewriteaof()
        server.stop()
        server.start()
        with redis.Redis.from_url(server.url) as client:
            assert client.get("queue") == b"task"
    finally:
        server.stop()


def test_redis_wants_its_password(folder):
    with devservices.Redis(folder / "redis", throwaway=True) as server:
        stranger = redis.Redis(host="127.0.0.1", port=server.port)
        with pytest.raises(redis.AuthenticationError):
            stranger.ping()
        stranger.close()


def test_a_killed_owner_takes_its_servers_along_and_the_next_one_sweeps_its_folder(
    folder, monkeypatch
):
    monkeypatch.setenv("PORTAL_DATA", str(folder / "own"))
    program = (
        "import os, signal; from portal import devservices;"
        "print(devservices.start(throwaway=True).database_url, flush=True);"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    [left] = (folder / "own" / "throwaway").glob("tmp*")

    homes = [server.home for server in devservices.Pair(left).servers]
    until = time.monotonic() + 10
    while running_on(None, homes):
        assert time.monotonic() < until
        time.sleep(0.02)

    assert done.returncode == -signal.SIGKILL
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(done.stdout)
    with devservices.throwaway_folder():
        assert not left.exists()


def test_a_child_and_its_own_children_end_with_stop(tmp_path):
    shell = ["sh", "-c", "sleep 60 & echo $!; wait"]
    child = Child("shell", shell, env=dict(os.environ), cwd=tmp_path, patience=1)
    with (tmp_path / "output").open("wb") as output:
        number = child.start(output).pid
    while not (text := (tmp_path / "output").read_text()).endswith("\n"):
        time.sleep(0.01)

    child.stop()

    wait_until_gone([number, int(text)])
    assert child.ended


def test_a_deaf_child_is_killed_when_patience_ends(tmp_path):
    deaf = ["sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.1; done"]
    child = Child("deaf", deaf, env=dict(os.environ), cwd=tmp_path, patience=0.3)
    with (tmp_path / "output").open("wb") as output:
        child.start(output)
    while not (tmp_path / "output").read_text():
        time.sleep(0.01)

    child.stop()

    assert child.describe_end() == "killed by SIGKILL"


def test_processes_are_found_by_their_mark(tmp_path):
    env = {**os.environ, "EMPLOYER_PORTAL_DATA": str(tmp_path)}
    child = Child("sleeper", ["sleep", "60"], env=env, cwd=tmp_path)
    number = child.start().pid
    try:
        while b"sleep" not in Path(f"/proc/{number}/cmdline").read_bytes():
            time.sleep(0.01)
        assert running_on(tmp_path, []) == [number]
    finally:
        child.stop()
    assert running_on(tmp_path, []) == []


def test_a_folder_that_cannot_be_used_is_told_in_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StartError, match="set PORTAL_DATA=/another/folder"):
        devservices.make_folder(tmp_path / "file")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a folder for another user")
def test_a_folder_of_another_user_is_refused(tmp_path):
    stolen = devservices.make_folder(tmp_path / "stolen", owner="nobody")
    with pytest.raises(StartError, match="belongs to another user"):
        devservices.make_folder(stolen)
    (tmp_path / "link").symlink_to(stolen)
    with pytest.raises(StartError, match="belongs to another user"):
        devservices.make_folder(tmp_path / "link")


def test_an_unknown_version_of_postgres_is_told_in_one_line(folder, monkeypatch):
    monkeypatch.setenv("PORTAL_PG_MAJOR", "9")
    with pytest.raises(StartError, match="PORTAL_PG_MAJOR must be 16 or 18, not '9'"):
        devservices.Pair(folder)


def test_a_server_that_cannot_start_tells_its_last_words(folder, monkeypatch):
    with devservices.Redis(folder / "one", throwaway=True) as first:
        second = devservices.Redis(folder / "two", throwaway=True)
        second.port = first.port
        with pytest.raises(
            StartError, match=r"redis does not start.*redis\.log.*Failed listening on port"
        ):
            second.start()


def test_the_data_folder_is_chosen_by_portal_data(monkeypatch):
    monkeypatch.setenv("PORTAL_DATA", "relative")
    assert devservices.data_folder() == Path.cwd() / "relative"
