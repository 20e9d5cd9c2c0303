"""Logs: one JSON object a line, with the request id. No names, addresses, numbers of people."""

import json
import logging
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
            "message": record.getMessage() if record.name.startswith(SAFE) else record.msg,
        }
        if request_id := current.get().request_id:
            line["request_id"] = request_id
        line.update({name: record.__dict__[name] for name in FIELDS if name in record.__dict__})
        if record.exc_info and record.exc_info[0]:
            line["exception"] = record.exc_info[0].__name__
            line["where"] = _where(record)
        return json.dumps(line, default=str)


# Loggers whose arguments hold no personal data: their messages are filled in. Others print the bare pattern.
SAFE = (
    "portal",
    "accounts",
    "groups",
    "messaging",
    "roster",
    "billing",
    "celery",
    "kombu",
    "gunicorn",
)


def _where(record: logging.LogRecord) -> list[str]:
    trace = record.exc_info[2] if record.exc_info else None
    places = []
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_filename}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return places[-12:]
