"""The Celery application: worker and clock of the portal."""

import os
from typing import Any

import django
from celery import Celery
from celery.signals import beat_init, worker_init
from django.apps import apps

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect(weak=False)
@beat_init.connect(weak=False)
def start(**_signal: Any) -> None:
    """Start neither worker nor clock with the wrong database role."""
    if not apps.ready:
        django.setup()
    from portal.database_role import refuse_wrong_role  # noqa: PLC0415 - it needs the apps

    refuse_wrong_role()
