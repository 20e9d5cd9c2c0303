"""The parts of the demo's supervisor; its whole life is in tests/journeys/test_demo_lifecycle.py."""

import os
import socket
import time

import pytest

from portal import devservices
from portal.demo import place as place_module
from portal.demo import supervisor
from portal.demo.console import Console
from portal.demo.place import Place
from portal.processes import StartError

SERVICES = devservices.Services(
    "postgresql://portal_app:x@127.0.0.1:1/portal",
    "redis://127.0.0.1:1/0",
    "postgresql://portal_owner:y@127.0.0.1:1/portal",
)


@pytest.fixture
def place(tmp_path):
    made = Place(devservices.make_folder(tmp_path / "data"), 8001)
    yield made
    made.release()


def test_the_keys_are_made_once_and_only_we_can_read_them(place):
    first = place.keys()

    assert place.keys() == first
    assert {name: len(value) >= 43 for name, value in first.items()} == {
        "SECRET_KEY": True,
        "ACCESS_CODE_KEY": True,
        "SEALING_KEYS": True,
    }
    assert (place.folder / "keys.json").stat().st_mode & 0o777 == 0o600


def test_the_environment_makes_the_portal_a_demo(place, monkeypatch):
    monkeypatch.setenv("PORTAL_ENV", "production")
    monkeypatch.setenv("BRAND_NAME", "Another carrier")

    environment = place.environment(SERVICES)

    assert environment["PORTAL_ENV"] == "demo"
    assert environment["BASE_URL"] == "http://127.0.0.1:8001"
    assert environment["DATABASE_URL"] == SERVICES.database_url
    assert environment["BRAND_NAME"] == "Another carrier"
    assert environment["SECRET_KEY"] == place.keys()["SECRET_KEY"]


def test_only_who_migrates_learns_how_the_owner_signs_in(place, monkeypatch):
    monkeypatch.setenv("DATABASE_OWNER_URL", "postgresql://somebody@127.0.0.1/else")

    assert place.environment(SERVICES)["DATABASE_OWNER_URL"] == ""
    assert place.environment(SERVICES, migrates=True)["DATABASE_OWNER_URL"] == SERVICES.owner_url


def test_a_demo_of_the_version_before_is_managed(place):
    place.write(
        "services", {"database_url": SERVICES.database_url, "redis_url": SERVICES.redis_url}
    )

    environment = place.environment(devservices.Services(**place.read("services")), migrates=True)

    assert environment["DATABASE_OWNER_URL"] == ""


def test_a_folder_is_held_by_one_demo(place):
    place.hold()

    with pytest.raises(
        StartError, match=r"^The demo is running already: http://127\.0\.0\.1:8001/"
    ):
        Place(place.folder, 8002).hold()
    assert place.is_held()


def test_a_start_waits_for_a_demo_that_is_stopping(place):
    place.hold()
    place.tell(stopping_since=time.time())
    other = Place(place.folder, 8002)
    ticks = iter(range(100))

    def release_after_a_while(seconds):
        if next(ticks) == 30:  # longer than an unasked start would wait
            place.release()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(place_module.time, "sleep", release_after_a_while)
        other.hold()

    assert other.read("state")["url"] == "http://127.0.0.1:8002"
    other.release()


def test_a_reset_removes_what_is_ours_only(place):
    for name in ("postgres-18", "redis", "mailbox"):
        (place.folder / name).mkdir()
    place.keys()
    (place.folder / "mine.json").write_text("{}")

    place.reset()

    assert [path.name for path in place.folder.iterdir()] == ["mine.json"]


def test_a_half_written_file_counts_as_none(place):
    (place.folder / "prepared.json").write_text('{"code": ')
    assert place.read("prepared") == {}


def test_the_fingerprint_follows_the_code(tmp_path, monkeypatch):
    (tmp_path / "portal" / "__pycache__").mkdir(parents=True)
    monkeypatch.setattr(place_module, "BASE_DIR", tmp_path)
    monkeypatch.setattr(place_module, "CODE", ["portal", "requirements.txt"])
    (tmp_path / "requirements.txt").write_text("a==1")
    before = place_module.fingerprint()

    (tmp_path / "portal" / "__pycache__" / "x.pyc").write_text("compiled")
    assert place_module.fingerprint() == before
    (tmp_path / "portal" / "models.py").write_text("class New: ...")
    assert place_module.fingerprint() != before


@pytest.mark.parametrize(("value", "port"), [("", 8000), ("8001", 8001), (" 65535 ", 65535)])
def test_the_port_comes_from_the_environment(monkeypatch, value, port):
    monkeypatch.setenv("PORT", value)
    assert supervisor.chosen_port() == port


@pytest.mark.parametrize(
    "value", ["http", "0", "65536", "1e3", "-1", "\uff18\uff10", "0" * 5000, "080000"]
)
def test_a_wrong_port_is_refused(monkeypatch, value):
    monkeypatch.setenv("PORT", value)
    with pytest.raises(StartError, match=r"^PORT must be a number from 1 to 65535"):
        supervisor.chosen_port()


def test_a_taken_port_names_the_next(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(StartError, match=f"^Port {port} is taken by another program: PORT="):
            supervisor.ensure_port_is_free(port)


def test_the_welcome_lists_the_persons(place):
    groups = ["20418A Cedar Ridge", "20533A Logistics", "3", "4"]
    person = {
        "role": "Broker",
        "user_name": "agrant",
        "password": "granite-otter",
        "groups": groups,
    }
    place.write("persons", {"persons": [person]})

    lines = supervisor.welcome(place).splitlines()

    assert "Ready: http://127.0.0.1:8001/" in lines
    assert (
        "Broker  agrant     granite-otter  20418A Cedar Ridge, 20533A Logistics and 2 more" in lines
    )


def test_without_a_running_demo_a_command_is_refused(place):
    with pytest.raises(StartError, match=r"^The demo is not running"):
        supervisor.manage(place, ["shell"])


def test_an_unknown_word_is_told_the_use(monkeypatch, tmp_path):
    monkeypatch.setenv("PORTAL_DATA", str(tmp_path / "data"))
    with pytest.raises(StartError, match=r"^Use: python -m portal\.demo"):
        supervisor.main(["fly"])


def test_the_console_prints_whole_lines_with_their_name(capsys):
    console = Console()
    pipe = console.open("web")
    os.write(pipe, b"half a ")
    console.pump(0.01)
    assert capsys.readouterr().out == ""

    os.write(pipe, b"line\nlast \xff words")
    os.close(pipe)
    console.pump(0.05)

    assert capsys.readouterr().out == "web     | half a line\nweb     | last � words\n"
