import logging

import pytest

from portal.cache import ForgivingRedisCache
from portal.devservices import free_port

OPTIONS = {"OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1}}


@pytest.fixture
def stopped():
    """A cache whose Redis does not run."""
    return ForgivingRedisCache(f"redis://127.0.0.1:{free_port()}/0", OPTIONS)


@pytest.fixture
def running(settings):
    cache = ForgivingRedisCache(settings.REDIS_URL, {**OPTIONS, "KEY_PREFIX": "test-cache"})
    for key in ("color", "other"):
        cache.delete(key)
    return cache


def test_without_redis_the_cache_is_empty(stopped):
    assert stopped.get("color") is None
    assert stopped.get("color", "green") == "green"
    assert stopped.get_many(["color"]) == {}


def test_without_redis_nothing_is_written_and_nothing_breaks(stopped):
    stopped.set("color", "green", timeout=5)
    stopped.set_many({"color": "green"})
    stopped.touch("color")

    assert stopped.add("color", "green") is True
    assert stopped.delete("color") is False
    assert stopped.delete_many(["color"]) is None
    assert stopped.has_key("color") is False
    assert ("color" in stopped) is False
    assert stopped.get_or_set("color", "green") == "green"
    stopped.clear()


def test_without_redis_counters_start_anew(stopped):
    with pytest.raises(ValueError, match="not found"):
        stopped.incr("tries")


def test_a_lost_cache_is_logged_without_the_key(stopped, caplog):
    with caplog.at_level(logging.WARNING):
        stopped.get("tries:teresa@cedar.example")

    assert [record.message for record in caplog.records] == ["cache unreachable"]
    assert "teresa" not in caplog.text


def test_with_redis_it_is_a_cache(running):
    assert running.add("color", "green") is True
    assert running.add("color", "blue") is False
    assert running.get("color") == "green"
    running.set("color", "blue", timeout=30)
    assert running.get("color") == "blue"
    running.set("tries", 1)
    assert running.incr("tries") == 2
    assert running.get_many(["tries", "nothing"]) == {"tries": 2}
    assert running.has_key("tries")
    assert running.touch("tries", 30) is True
    assert running.set_many({"tries": 5}) == []
    assert running.delete_many(["tries"]) is None
    assert running.delete("color") is True
    assert running.get("color", "none") == "none"


@pytest.mark.django_db
def test_pages_answer_without_redis(client, settings):
    settings.CACHES = {
        "default": {
            "BACKEND": "portal.cache.ForgivingRedisCache",
            "LOCATION": f"redis://127.0.0.1:{free_port()}/0",
            **OPTIONS,
        }
    }

    assert client.get("/").status_code == 200
    client.post("/sign-in/", {"login": "tquinn"})
    assert client.post("/sign-in/seal/", {"password": "something long 7"}).status_code == 200
