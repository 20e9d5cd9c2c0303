"""ASGI entry point, for servers that speak it; the portal itself is synchronous."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
application = get_asgi_application()

from portal.database_role import refuse_wrong_role  # noqa: E402 - it reads the settings

refuse_wrong_role()
