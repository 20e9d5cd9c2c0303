"""Settings of the real worker and clock that tests/servers start: the tests', with the portal's own broker and logs."""

from portal import settings as portal
from tests.settings import *  # noqa: F403

CELERY_BROKER_TRANSPORT_OPTIONS = portal.CELERY_BROKER_TRANSPORT_OPTIONS
LOGGING_CONFIG = "logging.config.dictConfig"
# The clock ticks every second, so that a test need not wait half a minute for the sweep.
CELERY_BEAT_SCHEDULE = {
    "send-due-emails": {**portal.CELERY_BEAT_SCHEDULE["send-due-emails"], "schedule": 1.0}
}
