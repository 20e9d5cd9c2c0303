import json
import logging
import sys

import pytest

from portal.logs import JsonFormatter
from portal.request_info import RequestInfo, current


def line(name="accounts.actions", message="code used", args=(), level=logging.INFO, **extra):
    record = logging.LogRecord(
        name, level, "file.py", 1, message, args, extra.pop("exc_info", None)
    )
    record.__dict__.update(extra)
    text = JsonFormatter().format(record)
    assert "\n" not in text
    return json.loads(text)


def failure(message):
    try:
        int(message)
    except ValueError:  # which repeats the text
        return sys.exc_info()


def test_one_object_with_time_level_and_logger():
    said = line(level=logging.WARNING)

    assert said["level"] == "warning"
    assert said["logger"] == "accounts.actions"
    assert said["message"] == "code used"
    assert said["at"].endswith("+00:00")


def test_our_own_messages_are_filled_in():
    assert line(message="%d letters left", args=(3,))["message"] == "3 letters left"


def test_arguments_of_foreign_loggers_are_not_printed():
    said = line("django.request", "Not Found: %s", ("/teresa@cedar.example/",))

    assert said["message"] == "Not Found: %s"


@pytest.mark.parametrize("name", ["accountsx", "portal_spy", "celeryd", "groupsof"])
def test_a_name_that_begins_like_ours_is_foreign(name):
    assert line(name, "seen %s", ("teresa@cedar.example",))["message"] == "seen %s"


def test_only_known_extras_are_printed():
    said = line(route="register/", status=200, ms=1.5, email="teresa@cedar.example")

    assert (said["route"], said["status"], said["ms"]) == ("register/", 200, 1.5)
    assert "teresa" not in json.dumps(said)


def test_an_exception_is_its_type_and_places():
    said = line(message="broke", exc_info=failure("Key (email)=(teresa@cedar.example) exists"))

    assert said["exception"] == "ValueError"
    assert said["where"][-1].endswith(" failure")
    assert "teresa" not in json.dumps(said)


def test_an_exception_given_as_message_is_its_type():
    for name in ("django.request", "accounts.actions"):
        said = line(name, ValueError("teresa@cedar.example"))

        assert "teresa" not in json.dumps(said)


def test_arguments_that_do_not_fit_leave_the_pattern():
    assert line(message="%d letters", args=("three",))["message"] == "%d letters"


def test_a_failed_task_is_named_without_what_its_exception_says():
    pattern = "Task %(name)s[%(id)s] raised unexpected: %(exc)s"
    said = line(
        "celery.app.trace",
        pattern,
        ({"name": "portal.tidy_up", "id": "1", "exc": "teresa@cedar.example"},),
    )

    assert (said["task"], said["message"]) == ("portal.tidy_up", pattern)
    assert "teresa" not in json.dumps(said)


def test_every_line_carries_the_request_id():
    token = current.set(RequestInfo("abc-123"))
    inside = line()
    current.reset(token)

    assert inside["request_id"] == "abc-123"
    assert "request_id" not in line()
