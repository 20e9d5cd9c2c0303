"""PDF: whether a file is a whole one, and whether it holds something that acts.

What is encrypted, broken, or packed in another way than deflated, is not seen: this keeps ordinary files with scripts
away, and the virus scanner has the rest.
Source: ISO 32000-1, 7.3.5 (names), 7.5 (file structure), 7.5.7 (streams of objects), 12.6.4 (actions).
"""

import re
import zlib
from collections.abc import Iterator
from contextlib import suppress
from typing import IO

from groups.active_content import ActiveContentError

TAIL = 2048  # bytes; where the end of a file is looked for
STEP = 4096  # bytes, packed and unpacked; the most that is unpacked at once
MOST_STEPS = 8192  # for all streams of objects together: 32 MB
MOST_STREAMS = 200_000  # deflated ones, of anything
_HEADER = (
    2  # bytes of zlib before what is deflated; its checksum at the end matters to no reader of PDFs
)
_SAMPLE = 1024  # bytes of a packed stream; enough for the first numbers in it


def _named(*words: bytes) -> bytes:
    """Return the pattern of a name that is one of *words*, also written with the numbers of its letters."""
    return b"/(?:%s)(?![A-Za-z0-9])" % b"|".join(
        b"".join(b"(?:%c|#(?i:%02x))" % (letter, letter) for letter in word) for word in words
    )


_ACTS = re.compile(_named(b"JavaScript", b"Launch", b"EmbeddedFiles", b"EmbeddedFile"))
_OBJECTS = re.compile(_named(b"ObjStm"))
_DEFLATED = re.compile(rb"stream[\0\t\f ]*(?:\r\n?|\n)(?=[\x08\x18\x28\x38\x48\x58\x68\x78])")
# The numbers of objects with their places, before the objects themselves; drawings begin otherwise
_NUMBERED = re.compile(rb"[\0\s]*[1-9]\d*[\0\s]+\d+[\0\s]+(?:[1-9]\d*[\0\s]+\d+[\0\s]|[<(\[/tfn])")


def is_whole(file: IO[bytes]) -> bool:
    """Tell whether *file* ends as a PDF does.

    Raises ActiveContentError for one with scripts, calls of programs, or other files in it.
    """
    file.seek(0)
    content = file.read()
    tail = content[-TAIL:]
    if b"startxref" not in tail or b"%%EOF" not in tail:
        return False
    if _ACTS.search(content) or _acts_when_unpacked(content):
        raise ActiveContentError
    return True


def _acts_when_unpacked(content: bytes) -> bool:
    """Tell the same of the streams that hold objects; too much to look at counts as acting.

    A stream holds objects when that stands anywhere since the stream before it, or when it begins as such streams do:
    where its dictionary begins cannot be told without reading the whole file as a PDF.
    """
    view, steps, before = memoryview(content), iter(range(MOST_STEPS)), 0
    for number, found in enumerate(_DEFLATED.finditer(content)):
        packed = view[found.end() + _HEADER :]
        says_so = _OBJECTS.search(content, before, found.start())
        before = found.end()
        if number >= MOST_STREAMS:
            return True
        if (says_so or _begins_as_objects(packed)) and _ACTS.search(_unpacked(packed, steps)):
            return True
    return next(steps, None) is None


def _begins_as_objects(packed: memoryview) -> bool:
    try:
        sample = zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed[:_SAMPLE], 64)
    except zlib.error:
        return False
    return bool(_NUMBERED.match(sample))


def _unpacked(packed: memoryview, steps: Iterator[int]) -> bytes:
    """Return what *packed* begins with, as far as it can be unpacked and *steps* reach, of which some are taken.

    No step costs more than STEP: to hand over all the rest of a file would copy it, for every stream once.
    """
    unpacker, found, place = zlib.decompressobj(-zlib.MAX_WBITS), bytearray(), 0
    with suppress(zlib.error):
        for _step in steps:
            piece = unpacker.unconsumed_tail
            if not piece:
                piece, place = bytes(packed[place : place + STEP]), place + STEP
            found += unpacker.decompress(piece, STEP)
            if unpacker.eof or not piece:
                break
    return bytes(found)
