"""The virus scanner, where the carrier runs one: ClamAV's clamd, asked over a socket.

Source: ClamAV manual, "clamd" (INSTREAM).
"""

import socket
import struct
from collections.abc import Iterable

from django.conf import settings

CHUNK = 64 * 1024  # bytes
WAITS = 60  # seconds for any one answer of the scanner


class ScannerUnavailableError(OSError):
    """The scanner did not answer, or answered something else than a verdict; to be asked again."""


def is_set_up() -> bool:
    """Tell whether files are to be scanned at all."""
    return bool(settings.CLAMAV_ADDRESS)


def is_clean(chunks: Iterable[bytes]) -> bool:
    """Return what the scanner says of a file, given in *chunks*. Raises ScannerUnavailableError."""
    try:
        with _connect() as scanner:
            scanner.sendall(b"zINSTREAM\0")
            for chunk in chunks:
                for start in range(0, len(chunk), CHUNK):
                    part = chunk[start : start + CHUNK]
                    scanner.sendall(struct.pack("!I", len(part)) + part)
            scanner.sendall(struct.pack("!I", 0))
            answer = _answer(scanner)
    except OSError as error:
        raise ScannerUnavailableError(type(error).__name__) from error
    if answer == "stream: OK":
        return True
    if answer.startswith("stream: ") and answer.endswith(" FOUND"):
        return False
    raise ScannerUnavailableError(answer[:100])


def _connect() -> socket.socket:
    """Open the socket at CLAMAV_ADDRESS: a path, or host and port."""
    address: str = settings.CLAMAV_ADDRESS
    if address.startswith("/"):
        found = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        found.settimeout(WAITS)
        try:
            found.connect(address)
        except OSError:
            found.close()
            raise
        return found
    host, _separator, port = address.rpartition(":")
    return socket.create_connection((host.strip("[]"), int(port)), timeout=WAITS)


def _answer(scanner: socket.socket) -> str:
    """Return the scanner's line, which ends with a zero byte or with the connection."""
    answer = b""
    while not answer.endswith(b"\0") and (part := scanner.recv(4096)):
        answer += part
    return answer.rstrip(b"\0").decode("utf-8", errors="replace").strip()
