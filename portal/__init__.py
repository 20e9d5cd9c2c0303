"""The frame of the employer portal: settings, URLs, mail, audit, clock and queue. It knows no app."""

from portal.celery import app as celery_app

__all__ = ["celery_app"]
