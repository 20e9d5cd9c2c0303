"""Packages of Office (docx, xlsx): what they are, and whether they hold something that acts.

A package says the type of each of its parts in one of them, whatever the parts are called. Beside it only what may
lead elsewhere is unpacked: the relations of the parts, and the text of Word.
Source: ECMA-376, part 2, "Open Packaging Conventions".
"""

import lzma
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from typing import IO
from xml.parsers import expat

from groups.active_content import ActiveContentError
from groups.office_links import has_asking_field, has_outside_target
from groups.office_xml import Attributes, PartReader

WORKBOOK, DOCUMENT = "xl/workbook.xml", "word/document.xml"
MOST_PARTS = 2000
LONGEST_DIRECTORY = 512 * 1024  # bytes; what is read before anything is known of the package
LONGEST_TYPES = 512 * 1024  # bytes, unpacked
TYPES = "[Content_Types].xml"
_OFFICE = "application/vnd.openxmlformats-officedocument."
_MAIN = {
    WORKBOOK: f"{_OFFICE}spreadsheetml.sheet.main+xml",
    DOCUMENT: f"{_OFFICE}wordprocessingml.document.main+xml",
}
# Words in the types or names of parts that act: macros of every age, controls, objects of other programs, other files
_ACTS = ("macro", "vba", "activex", "oleobject", "externallink", "dialogsheet")
# RuntimeError: a password; also what zipfile has not implemented
_UNREADABLE = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, OSError, EOFError, ValueError, RuntimeError,
    expat.ExpatError,
)  # fmt: skip
_END, _END_OF_64 = struct.Struct("<4s4H2LH"), 20


def main_part(file: IO[bytes]) -> str | None:
    """Return WORKBOOK or DOCUMENT, None for what is no such package.

    Raises ActiveContentError for one with macros, ActiveX, objects of other programs, or links to other files.
    """
    if not _is_small(file):
        return None
    try:
        with zipfile.ZipFile(file) as package:
            names, reader = package.namelist(), PartReader(package)
            types = _types(reader) if TYPES in names else {}
            acts = _acts(reader, names, types)
    except _UNREADABLE:
        return None
    found = [part for part in _MAIN if part in names]
    if len(found) != 1 or len(set(names)) != len(names) or not types:
        return None
    if acts:
        raise ActiveContentError
    return found[0] if types.get(f"/{found[0]}") == _MAIN[found[0]] else None


def _is_small(file: IO[bytes]) -> bool:
    """Tell whether the directory of a ZIP is whole and short enough to be read; zipfile reads it at once."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _END.size - 0xFFFF - _END_OF_64))
    tail = file.read()
    place = tail.rfind(b"PK\x05\x06")
    if place < 0 or place + _END.size > len(tail):
        return False
    _sign, _disk, _first, _here, parts, length, _offset, comment = _END.unpack_from(tail, place)
    is_64 = tail[max(0, place - _END_OF_64) : place].startswith(b"PK\x06\x07")
    is_whole = place + _END.size + comment == len(tail)
    return is_whole and not is_64 and parts <= MOST_PARTS and length <= LONGEST_DIRECTORY


def _acts(reader: PartReader, names: Sequence[str], types: Mapping[str, str]) -> bool:
    said = [*types.values(), *(name.lower() for name in names)]
    return (
        any(word in one for one in said for word in _ACTS)
        or has_outside_target(reader, names)
        or has_asking_field(reader, names, types)
    )


def _types(reader: PartReader) -> dict[str, str]:
    """Return the type of each part and ending, in lower case; raises what ``PartReader.read`` does."""
    found: dict[str, str] = {}

    def start(_name: str, attributes: Attributes) -> None:
        if said := attributes.get("ContentType", ""):
            place = attributes.get("PartName") or attributes.get("Extension", "")
            found[place.lower()] = said.lower()

    reader.read(TYPES, start, most=LONGEST_TYPES)
    return found
