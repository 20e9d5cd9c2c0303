"""What a package of Office fetches when it is opened: files elsewhere, and answers of other programs.

Fields whose codes other fields put together are not seen.
Source: ECMA-376, part 1, 17.16 (fields); part 2, 9.3 (relationships).
"""

import re
from collections.abc import Iterable, Mapping

from groups.office_xml import Attributes, PartReader

# Fields that ask another program, or read another file, when a document is opened
_ASKING = re.compile(r'[\s"]*(?:DDE|DDEAUTO|LINK)\b', re.IGNORECASE)
_OF_FIELDS = ("instrText", "fldChar", "fldSimple")
_LONGEST_NAME = 20  # letters of a field's code that say which field it is


def has_outside_target(reader: PartReader, names: Iterable[str]) -> bool:
    """Tell whether any part is related to something outside the package, other than by a link that people click."""
    outside = set()

    def start(_name: str, attributes: Attributes) -> None:
        if attributes.get("TargetMode", "").lower() == "external":
            outside.add(attributes.get("Type", "").rpartition("/")[2].lower())

    for name in names:
        if name.lower().endswith(".rels"):
            reader.read(name, start)
    return bool(outside - {"hyperlink"})


def has_asking_field(reader: PartReader, names: Iterable[str], types: Mapping[str, str]) -> bool:
    """Tell whether a part of a Word document holds a field that asks another program or file.

    *types* has the type of each part ("/name") and ending, all in lower case.
    """
    for name in names:
        place = name.lower()
        said = types.get(f"/{place}") or types.get(place.rpartition(".")[2], "")
        if "wordprocessingml" in said and _Fields(reader, name).ask:
            return True
    return False


class _Fields:
    """The fields of one part; a code may be cut into any number of runs."""

    def __init__(self, reader: PartReader, name: str) -> None:
        self.ask = False
        self._code, self._is_code = "", False
        reader.read(name, self._start, end=self._end, text=self._text)
        self._close()

    def _start(self, name: str, attributes: Attributes) -> None:
        self._is_code = False
        if not name.endswith(_OF_FIELDS):
            return
        if name.endswith("instrText"):
            self._is_code = True
            return
        self._close()
        for key, value in attributes.items():
            if key.endswith("instr"):
                self._code = value
                self._close()

    def _end(self) -> None:
        self._is_code = False

    def _text(self, text: str) -> None:
        if self._is_code:
            self._code = (self._code + text).lstrip()[:_LONGEST_NAME]

    def _close(self) -> None:
        self.ask = self.ask or bool(_ASKING.match(self._code))
        self._code = ""
