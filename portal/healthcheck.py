"""The container's health check: ``python -m portal.healthcheck`` asks the web server beside it."""

import http.client
import os
import sys


def healthy(port: int) -> bool:
    """Whether the web server of this machine answers /healthz within 3 seconds."""
    # Django refuses a Host it does not know, so ask under a name it does.
    name = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].strip().lstrip(".")
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=3)
    try:
        connection.request("GET", "/healthz", headers={"Host": name})
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(0 if healthy(int(os.environ.get("PORT", "8000"))) else 1)
