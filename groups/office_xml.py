"""Parts of packages of Office as XML, read without trusting how long they say they are."""

import zipfile
from collections.abc import Callable
from xml.parsers import expat

MOST_BYTES = 32 * 1024 * 1024  # unpacked, of all parts that are read together
MOST_ELEMENTS = 1_000_000  # of all of them together
MOST_NAMES = 5000  # different ones of elements and attributes in a part
MOST_DEPTH = 1000
PIECE = 4 * 1024 * 1024  # bytes; a tag that goes on for many pieces is read again with each of them

Attributes = dict[str, str]


class UnreadableError(ValueError):
    """A part is too long, deep or manifold, or defines something of its own."""


class PartReader:
    """Reads parts of one package; counts what they cost together."""

    def __init__(self, package: zipfile.ZipFile) -> None:
        self._package = package
        self._bytes, self._elements = MOST_BYTES, MOST_ELEMENTS

    def read(
        self,
        name: str,
        start: Callable[[str, Attributes], None],
        *,
        end: Callable[[], None] | None = None,
        text: Callable[[str], None] | None = None,
        most: int = MOST_BYTES,
    ) -> None:
        """Call *start* with the name and attributes of each element, *end* after it, *text* with what stands inside.

        Raises UnreadableError, also beyond *most* bytes of this part, ExpatError where it is no XML, and what
        ``zipfile`` raises.
        """
        parser = self._parser(start, end)
        parser.CharacterDataHandler = text
        left = min(most, self._bytes)
        with self._package.open(name) as part:
            while piece := part.read(PIECE):
                left -= len(piece)
                self._bytes -= len(piece)
                if left < 0:
                    raise UnreadableError
                parser.Parse(piece, False)
        parser.Parse(b"", True)

    def _parser(
        self, start: Callable[[str, Attributes], None], end: Callable[[], None] | None
    ) -> expat.XMLParserType:
        """Return a parser that counts elements and refuses whatever a part defines."""
        depth = 0

        def begin(name: str, attributes: Attributes) -> None:
            nonlocal depth
            depth += 1
            self._elements -= 1
            if depth > MOST_DEPTH or self._elements < 0 or len(parser.intern) > MOST_NAMES:
                raise UnreadableError
            start(name, attributes)

        def finish(_name: str) -> None:
            nonlocal depth
            depth -= 1
            if end is not None:
                end()

        def refuse(*_args: object) -> None:
            raise UnreadableError

        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler, parser.EndElementHandler = begin, finish
        parser.StartDoctypeDeclHandler = refuse
        return parser
