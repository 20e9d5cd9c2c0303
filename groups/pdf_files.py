"""PDF: whether a file is a whole one, and whether it holds something that acts.

What is encrypted, or packed in another way than deflated, is not seen: this keeps ordinary files with scripts away, and
the virus scanner has the rest. Source: ISO 32000-1, 7.3.5 (names), 7.5 (file structure), 12.6.4 (actions).
"""

import re
import zlib
from typing import IO

from groups.active_content import ActiveContentError

TAIL = 2048  # bytes; where the end of a file is looked for
MOST_UNPACKED = 32 * 1024 * 1024  # bytes, of all streams of objects together
_ACTS = re.compile(rb"/(?:JavaScript|Launch|EmbeddedFiles?)(?![A-Za-z0-9])")
_STREAM = re.compile(rb"stream\r?\n")
_LONGEST_HEAD = 512  # bytes of a stream's dictionary
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")


def is_whole(file: IO[bytes]) -> bool:
    """Tell whether *file* ends as a PDF does.

    Raises ActiveContentError for one with scripts, calls of programs, or other files in it.
    """
    file.seek(0)
    content = file.read()
    tail = content[-TAIL:]
    if b"startxref" not in tail or b"%%EOF" not in tail:
        return False
    if _acts(content) or _acts_when_unpacked(content):
        raise ActiveContentError
    return True


def _acts(content: bytes) -> bool:
    """Tell whether a name of something that acts stands there, also written with the numbers of its letters."""
    return bool(_ACTS.search(content) or (b"#" in content and _ACTS.search(_plain(content))))


def _acts_when_unpacked(content: bytes) -> bool:
    """Tell the same of the streams that hold objects; too much to unpack counts as acting."""
    left = MOST_UNPACKED
    for found in _STREAM.finditer(content):
        head = content[max(0, found.start() - _LONGEST_HEAD) : found.start()]
        if b"/ObjStm" not in _plain(head[head.rfind(b"obj") + 1 :]):
            continue
        try:
            unpacked = zlib.decompressobj().decompress(content[found.end() :], left + 1)
        except zlib.error:
            continue
        left -= len(unpacked)
        if left < 0 or _acts(unpacked):
            return True
    return False


def _plain(content: bytes) -> bytes:
    return _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), content)
