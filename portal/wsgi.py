"""WSGI entry point for gunicorn."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
application = get_wsgi_application()

from portal.database_role import refuse_wrong_role  # noqa: E402 - it reads the settings

refuse_wrong_role()
