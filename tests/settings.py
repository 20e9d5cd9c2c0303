"""Settings of the tests: the portal's own, loosened where a test would wait or reach out."""

import base64
import os

os.environ.setdefault(
    "DATABASE_URL", "postgresql://portal@127.0.0.1:1/portal"
)  # set by conftest.py
os.environ.setdefault("REDIS_URL", "redis://127.0.0.1:1/0")
os.environ.update(
    PORTAL_ENV="test",
    SECRET_KEY="test-" * 12,
    ACCESS_CODE_KEY="access-code-key-of-the-tests-0123456789",
    SEALING_KEYS=base64.b64encode(bytes(range(32))).decode(),
    BASE_URL="http://testserver",
    ALLOWED_HOSTS="testserver,127.0.0.1,localhost",
    SMTP_HOST="127.0.0.1",
)

from portal.settings import *  # noqa: F403
from portal.settings import DATABASES, STORAGES

# Makes the test database; the tests run as DATABASE_URL says.
DATABASE_OWNER = DATABASES.pop("owner", DATABASES["default"])

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_connect_timeout": 1, "socket_timeout": 1}
LOGGING_CONFIG = None
STORAGES = {**STORAGES, "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"}}
