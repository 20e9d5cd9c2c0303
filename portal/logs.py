"""Logs: one JSON object a line, with the request id. No names, addresses, numbers of people."""

import json
import logging
from collections.abc import Mapping
from datetime import UTC, datetime

from portal.request_info import current

# What a log line may carry beside the message; anything else in ``extra`` is dropped, not printed.
FIELDS = (
    "method",
    "route",
    "status",
    "ms",
    "user",
    "task",
    "outbox",
    "error",
    "count",
    "status_code",
)


class JsonFormatter(logging.Formatter):
    """Format a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as JSON; a traceback keeps files and lines, never the message of the exception.

        Exception messages repeat what people typed (PostgreSQL prints the whole row), so only the type is kept.
        """
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, tz=UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _message(record),
        }
        if isinstance(record.args, Mapping) and "name" in record.args:
            line["task"] = record.args["name"]  # Celery names the task so, beside its arguments
        if request_id := current.get().request_id:
            line["request_id"] = request_id
        line.update({name: record.__dict__[name] for name in FIELDS if name in record.__dict__})
        if record.exc_info and record.exc_info[0]:
            line["exception"] = record.exc_info[0].__name__
            line["where"] = _where(record)
        return json.dumps(line, default=str)


# Loggers whose arguments hold no personal data: their messages are filled in. Others print the bare pattern:
# Celery's tracer and gunicorn fill theirs with the text of exceptions and with addresses of pages.
SAFE = {
    "portal", "accounts", "groups", "messaging", "roster", "billing", "celery.apps", "celery.beat",
    "celery.worker.consumer", "celery.worker.strategy",
}  # fmt: skip


def _message(record: logging.LogRecord) -> str:
    """Return what may be printed: the filled-in message of our own loggers, the pattern of others."""
    if not isinstance(record.msg, str):
        return type(record.msg).__name__  # an exception, or whatever else was logged as it is
    parts = record.name.split(".")
    ours = any(".".join(parts[:count]) in SAFE for count in range(1, len(parts) + 1))
    try:
        return record.getMessage() if ours else record.msg
    except (TypeError, ValueError, KeyError):  # arguments that do not fit the pattern
        return record.msg


def _where(record: logging.LogRecord) -> list[str]:
    trace = record.exc_info[2] if record.exc_info else None
    places = []
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_filename}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return places[-12:]
