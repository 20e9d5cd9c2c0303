"""PDF from templates: no network, no files but our own fonts."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders
from django.template.loader import render_to_string


def render(template: str, context: Mapping[str, object]) -> bytes:
    """Return ``templates/pdf/<template>.html`` as a tagged PDF.

    The document may load files of our own under ``static:``; every other address is refused.
    """
    # 2 seconds and 56 MB on first use, which most processes never need
    from weasyprint import HTML  # noqa: PLC0415

    html = render_to_string(f"pdf/{template}.html", dict(context))
    document = HTML(string=html, base_url="static:/", url_fetcher=_own_files)
    return bytes(document.write_pdf(pdf_tags=True))


def _own_files(url: str, **_: Any) -> dict[str, Any]:
    """Fetch ``static:css/x.css`` from the static files; anything else raises ValueError."""
    scheme, _separator, name = url.partition(":")
    path = finders.find(name.lstrip("/")) if scheme == "static" else None
    if not path:
        raise ValueError("Only our own static files may be used in a PDF.")
    return {"filename": str(path), "string": Path(str(path)).read_bytes()}
