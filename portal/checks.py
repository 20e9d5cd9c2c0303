"""Start-up checks: what would otherwise be found out by the first visitor."""

import base64
import binascii
import re
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DEFAULT_DB_ALIAS, connections

from portal import brand
from portal.sealed import KEY_BYTES

# Asked of whoever signed in, whatever role was taken since. Members of an owner count as owners. Who inherits from
# portal_staff would see what staff see without becoming staff.
ROLE = """
SELECT rolsuper OR rolbypassrls,
    EXISTS (SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace
        AND pg_has_role(me.oid, relowner, 'MEMBER'))
    OR EXISTS (SELECT FROM pg_database WHERE datname = current_database()
        AND pg_has_role(me.oid, datdba, 'MEMBER')),
    EXISTS (SELECT FROM pg_roles AS staff WHERE staff.rolname = 'portal_staff'
        AND pg_has_role(me.oid, staff.oid, 'SET') AND NOT pg_has_role(me.oid, staff.oid, 'USAGE'))
FROM pg_roles AS me WHERE rolname = session_user
"""
EXEMPT = "must not use a superuser or a role with BYPASSRLS."
OWNS = "must be the role portal_app, which owns nothing: owners are exempt from row-level security."
NO_STAFF = "must be a role that can become portal_staff with SET ROLE and does not inherit from it."
ROLES_HINT = 'docs/running.md, "Database roles", has the statements that make the roles.'


@register(Tags.security)
def sealing_keys(**_: Any) -> list[CheckMessage]:
    """Every key in SEALING_KEYS is base64 of 32 bytes, and there is one."""
    try:
        sizes = {len(base64.b64decode(key, validate=True)) for key in settings.SEALING_KEYS}
    except binascii.Error:
        sizes = {0}
    if sizes == {KEY_BYTES}:
        return []
    return [
        Error(
            "SEALING_KEYS must hold keys of 32 bytes in base64, separated by commas.",
            id="portal.E001",
        )
    ]


@register()
def brand_colors(**_: Any) -> list[CheckMessage]:
    """The carrier's colors are complete and readable (WCAG 2.2: 4.5 to 1)."""
    colors = settings.BRAND_COLORS
    if set(colors) != set(brand.COLOR_NAMES) or not all(
        re.fullmatch(r"#[0-9a-fA-F]{6}", value) for value in colors.values()
    ):
        return [
            Error(
                "BRAND_COLORS must name " + ", ".join(brand.COLOR_NAMES) + " as #rrggbb.",
                id="portal.E002",
            )
        ]
    pairs = [("#ffffff", colors["brand"]), (colors["brand-tint"], colors["brand-dark"])]
    if all(brand.contrast(*pair) >= 4.5 for pair in pairs):
        return []
    return [
        Error(
            "BRAND_COLORS: white on brand and brand-dark on brand-tint need a contrast of 4.5.",
            id="portal.E003",
        )
    ]


@register()
def brand_logo(**_: Any) -> list[CheckMessage]:
    """The carrier's logo is a static file; where files were collected, it is among them."""
    collected = getattr(staticfiles_storage, "hashed_files", {})
    known = settings.BRAND_LOGO in collected if collected else finders.find(settings.BRAND_LOGO)
    if known or not settings.BRAND_LOGO:
        return []
    return [
        Error(
            f"BRAND_LOGO must name a file below static/ that was collected, not {settings.BRAND_LOGO!r}.",
            hint="Put it into static/img/brand/ and run collectstatic, or set BRAND_LOGO to nothing.",
            id="portal.E005",
        )
    ]


@register(Tags.database)
def database_roles(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """The roles that sign in are held by row-level security; the portal's own is no owner and can become staff.

    Source: docs/running.md, "Database roles".
    """
    return [error for alias in databases or () for error in _role_errors(alias)]


def _role_errors(alias: str) -> list[CheckMessage]:
    with connections[alias].cursor() as cursor:
        cursor.execute(ROLE)
        exempt, owns, becomes_staff = cursor.fetchone()
    runs_portal = alias == DEFAULT_DB_ALIAS
    variable = "DATABASE_URL" if runs_portal else "DATABASE_OWNER_URL"
    wrong = []
    if exempt:
        wrong.append(("portal.E004", EXEMPT))
    elif runs_portal and owns:
        wrong.append(("portal.E006", OWNS))
    if runs_portal and not (exempt or becomes_staff):
        wrong.append(("portal.E007", NO_STAFF))
    return [Error(f"{variable} {words}", hint=ROLES_HINT, id=code) for code, words in wrong]
