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
from django.db import connection

from portal import brand
from portal.sealed import KEY_BYTES


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
def database_role(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """The portal's database role is no superuser and cannot bypass row-level security."""
    if not databases:
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
        row = cursor.fetchone()
    if row and not row[0]:
        return []
    return [
        Error("DATABASE_URL must not use a superuser or a role with BYPASSRLS.", id="portal.E004")
    ]
