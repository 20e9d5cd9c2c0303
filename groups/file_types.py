"""What a file is, found by looking into it; its name and what the browser says of it count for nothing.

The signatures are those of puremagic. Where a signature says too little (a ZIP may hold anything, a CSV has none), the
file is looked into further, and so where it could do something by itself when it is opened.
"""

import csv
import re
import unicodedata
from dataclasses import dataclass
from itertools import islice
from typing import IO, Any

import puremagic

from groups import office_files, pdf_files

HEAD = 64 * 1024  # bytes; enough for every signature and for the first lines of a table
LONGEST_STEM = 100  # letters of a name without its ending
SAMPLE = 20  # lines of a CSV
# Names that Windows keeps for devices
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True)
class FileType:
    """A kind of file that may be sent: its ending, with the dot, and its media type."""

    ending: str
    media_type: str


PDF = FileType(".pdf", "application/pdf")
JPEG = FileType(".jpg", "image/jpeg")
PNG = FileType(".png", "image/png")
CSV = FileType(".csv", "text/csv")
XLSX = FileType(".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
DOCX = FileType(".docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document")
ALLOWED = (PDF, JPEG, PNG, CSV, XLSX, DOCX)
_BY_SIGNATURE = {kind.media_type: kind for kind in (PDF, JPEG, PNG)}
_PARTS = {office_files.WORKBOOK: XLSX, office_files.DOCUMENT: DOCX}


def recognize(file: IO[bytes]) -> FileType | None:
    """Return what *file* is, None when it is nothing that may be sent; leaves it at its beginning.

    Raises ActiveContentError for a file of a kind we take that does something when it is opened.
    """
    file.seek(0)
    head = file.read(HEAD)
    try:
        if head.startswith(b"PK"):
            part = office_files.main_part(file)
            return _PARTS[part] if part else None
        found = _signed(head) or _table(head)
        return None if found == PDF and not pdf_files.is_whole(file) else found
    finally:
        file.seek(0)


def safe_name(name: str, kind: FileType) -> str:
    """Return *name* as it can be offered for download: one harmless word of a path, ending as *kind* ends."""
    text = unicodedata.normalize("NFKC", name).replace("\\", "/").rpartition("/")[2]
    stem = text.rpartition(".")[0] or text
    kept = "".join(char if char.isalnum() or char in " _-()," else "-" for char in stem)
    kept = re.sub(r"-{2,}", "-", " ".join(kept.split()))[:LONGEST_STEM].strip(" -")
    if not kept or _DEVICES.fullmatch(kept):
        kept = f"document-{kept}".strip("-")
    return f"{kept}{kind.ending}"


def _signed(head: bytes) -> FileType | None:
    """Return the kind whose signature stands at the very beginning."""
    try:
        found: list[Any] = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        return None
    at_start = (match for match in found if match.offset == 0)
    return next((kind for match in at_start if (kind := _BY_SIGNATURE.get(match.mime_type))), None)


def _table(head: bytes) -> FileType | None:
    """Return CSV for text whose first lines have the same number of cells, two or more."""
    text = _text(head)
    if text is None or text.lstrip().startswith("<"):
        return None
    lines = text.splitlines(keepends=True)
    if len(head) == HEAD:
        lines = lines[:-1]  # the last one may be cut
    return CSV if any(_has_columns(lines, sign) for sign in ",;\t|") else None


def _text(head: bytes) -> str | None:
    try:
        text = head.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if len(head) == HEAD and error.start > HEAD - 4:  # a letter that the sample cuts
            text = head[: error.start].decode("utf-8-sig")
        else:
            text = head.decode("cp1252", errors="replace")
    return None if _CONTROL.search(text) else text


def _has_columns(lines: list[str], delimiter: str) -> bool:
    try:
        rows = list(islice(csv.reader(lines, delimiter=delimiter, strict=True), SAMPLE))
    except csv.Error:
        return False
    counts = {len(row) for row in rows if row}
    return len(counts) == 1 and counts != {1}
