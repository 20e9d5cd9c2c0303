"""How a document leaves the portal: as a file to keep, never as a page."""

from typing import TYPE_CHECKING, cast

from django.http import FileResponse, HttpResponse

from groups.actions.documents import open_document

if TYPE_CHECKING:
    from groups.actions.transactions import Person
    from groups.models import Document

# Whatever a browser makes of a file, it runs nothing of it and asks nobody else.
SANDBOX = "default-src 'none'; sandbox"


def download(found: "Document", *, by: "Person") -> HttpResponse | None:
    """Return the file of *found* for *by* to keep, written down; None when there is none to be had.

    Who may have it is for the view to say; no file leaves that the scanner has not passed.
    """
    file = open_document(found, by=by) if found.is_safe else None
    if file is None:
        return None
    answer = FileResponse(
        file, as_attachment=True, filename=found.file_name, content_type=found.content_type
    )
    answer["Content-Length"] = str(found.size)
    answer["Content-Security-Policy"] = SANDBOX
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, no-store"
    return cast("HttpResponse", answer)
