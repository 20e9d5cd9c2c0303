"""A limit for every file that is sent: what is beyond is read off the wire, but neither kept nor written to disk."""

from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler


class LimitedUpload(FileUploadHandler):
    """Stands before the handlers that keep a file, and stops feeding them a little beyond MAX_UPLOAD_BYTES.

    What they keep is then larger than any form allows, so that the form says so.
    """

    chunk_size = 64 * 2**10

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """Pass a chunk on while the file is not too large yet."""
        return raw_data if start <= settings.MAX_UPLOAD_BYTES else None

    def file_complete(self, file_size: int) -> Any:  # noqa: ARG002 - Django gives it
        """Leave the file to the handlers behind this one."""
        return None
