"""Where documents lie: the folder or the bucket that the settings name, read in a process of its own environment."""

import runpy
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, storages
from django.core.files.storage.handler import StorageHandler

SETTINGS = Path(__file__).resolve().parents[2] / "portal" / "settings.py"
NAME = "documents/7/0f0e"


@pytest.fixture
def storage(monkeypatch):
    """Return the storage that the settings make of the environment."""

    def build(**environment):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return StorageHandler(runpy.run_path(str(SETTINGS))["STORAGES"])["default"]

    for name in ("DOCUMENT_BUCKET", "DOCUMENT_FOLDER", "DOCUMENT_S3_ENDPOINT", "DOCUMENT_S3_REGION"):  # fmt: skip
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "portal")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return build


class Bucket(BaseHTTPRequestHandler):
    """Answers as an S3-compatible service does, from a dictionary."""

    kept, asked = {}, []

    def log_message(self, *_words):
        """Say nothing."""

    def do_PUT(self):
        self.asked.append(dict(self.headers))
        self.kept[self.path] = self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(200)

    def do_HEAD(self):
        self._answer(200 if self.path in self.kept else 404)

    def do_GET(self):
        self._answer(200, self.kept[self.path])

    def do_DELETE(self):
        self.kept.pop(self.path, None)
        self._answer(204)

    def _answer(self, status, body=b""):
        self.send_response(status)
        length = len(self.kept.get(self.path, b"")) if self.command == "HEAD" else len(body)
        self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def service():
    handler = type("Bucket", (Bucket,), {"kept": {}, "asked": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield handler, f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_documents_lie_in_a_folder_that_nobody_else_may_read(storage, tmp_path):
    found = storage(DOCUMENT_FOLDER=str(tmp_path))

    name = found.save(NAME, ContentFile(b"content"))

    assert type(found) is FileSystemStorage
    assert (tmp_path / name).read_bytes() == b"content"
    assert (tmp_path / name).stat().st_mode & 0o077 == 0


def test_without_a_setting_the_folder_is_the_one_of_the_manual(storage):
    assert storage().location == "/var/lib/employer-portal/documents"


def test_a_bucket_of_amazon(storage):
    found = storage(DOCUMENT_BUCKET="acme-documents", DOCUMENT_S3_REGION="us-east-2")

    client = found.connection.meta.client
    assert type(found).__module__ == "storages.backends.s3"
    assert (found.bucket_name, client.meta.region_name) == ("acme-documents", "us-east-2")
    assert client.meta.endpoint_url == "https://s3.us-east-2.amazonaws.com"
    assert (found.file_overwrite, found.default_acl) == (False, None)


def test_a_bucket_of_another_service(storage):
    found = storage(DOCUMENT_BUCKET="acme", DOCUMENT_S3_ENDPOINT="https://s3.acme.example")

    assert found.connection.meta.client.meta.endpoint_url == "https://s3.acme.example"


def test_an_endpoint_must_be_an_address(storage):
    with pytest.raises(ImproperlyConfigured, match="DOCUMENT_S3_ENDPOINT"):
        storage(DOCUMENT_BUCKET="acme", DOCUMENT_S3_ENDPOINT="s3.acme.example")


def test_a_file_goes_into_the_bucket_and_comes_back(storage, service):
    handler, address = service
    found = storage(
        DOCUMENT_BUCKET="acme",
        DOCUMENT_S3_ENDPOINT=address,
        DOCUMENT_S3_REGION="us-east-1",
        AWS_REQUEST_CHECKSUM_CALCULATION="when_required",
    )

    name = found.save(NAME, ContentFile(b"content"))

    assert handler.kept == {f"/acme/{NAME}": b"content"}
    assert not {key for key in handler.asked[0] if key.lower() == "x-amz-acl"}
    with found.open(name) as file:
        assert b"".join(file.chunks()) == b"content"
    found.delete(name)
    with pytest.raises(FileNotFoundError):
        found.open(name)


def test_the_tests_write_nowhere():
    assert type(storages["default"]).__name__ == "InMemoryStorage"
