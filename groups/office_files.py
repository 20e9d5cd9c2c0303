"""Packages of Office (docx, xlsx): what they are, and whether they hold something that acts.

A package says the type of each of its parts in one of them, whatever the parts are called. Nothing else is unpacked.
Source: ECMA-376, part 2, "Open Packaging Conventions".
"""

import struct
import zipfile
import zlib
from typing import IO
from xml.parsers import expat

from groups.active_content import ActiveContentError

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
_END, _END_OF_64 = struct.Struct("<4s4H2LH"), 20


class _WrongTypesError(ValueError):
    """The list of types cannot be read, or is none."""


def main_part(file: IO[bytes]) -> str | None:
    """Return WORKBOOK or DOCUMENT, None for what is no such package.

    Raises ActiveContentError for one with macros, ActiveX, objects of other programs, or links to other files.
    """
    if not _is_small(file):
        return None
    try:
        with zipfile.ZipFile(file) as package:
            names = package.namelist()
            types = _types(package) if TYPES in names else {}
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, RuntimeError, expat.ExpatError):
        return None  # RuntimeError: a password; also what zipfile has not implemented
    found = [part for part in _MAIN if part in names]
    if len(found) != 1 or len(set(names)) != len(names) or not types:
        return None
    said = [*types.values(), *(name.lower() for name in names)]
    if any(word in one for one in said for word in _ACTS):
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


def _types(package: zipfile.ZipFile) -> dict[str, str]:
    """Return the type of each part and ending, in lower case.

    Raises _WrongTypesError where the list is too long or defines something, ExpatError where it is no XML.
    """
    with package.open(TYPES) as part:
        text = part.read(LONGEST_TYPES + 1)
    if len(text) > LONGEST_TYPES:
        raise _WrongTypesError
    found: dict[str, str] = {}

    def start(_name: str, attributes: dict[str, str]) -> None:
        if said := attributes.get("ContentType", ""):
            place = attributes.get("PartName") or attributes.get("Extension", "")
            found[place.lower()] = said.lower()

    def refuse(*_args: object) -> None:
        raise _WrongTypesError

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = refuse
    parser.Parse(text, True)
    return found
