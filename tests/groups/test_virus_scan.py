"""The virus scanner: what we send it, what we make of its answers, what becomes of the document."""

import socketserver
import struct
import threading

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from groups import tasks
from groups.models import Document
from groups.virus_scan import ScannerUnavailableError, is_clean
from portal.models import AuditEvent
from tests.factories import DocumentFactory

VIRUS = b"pretend this is a virus"


class Clamd(socketserver.BaseRequestHandler):
    """Speaks INSTREAM as clamd does; *says* overrides its verdict."""

    says = b""
    got = b""

    def handle(self):
        assert self.request.recv(10, 0x100) == b"zINSTREAM\0"  # MSG_WAITALL
        content = b""
        while length := struct.unpack("!I", self.request.recv(4, 0x100))[0]:
            content += self.request.recv(length, 0x100)
        type(self).got = content
        verdict = b"Eicar FOUND" if VIRUS in content else b"OK"
        self.request.sendall(self.says or b"stream: " + verdict + b"\0")


@pytest.fixture
def clamd(settings):
    handler = type("Clamd", (Clamd,), {})
    with socketserver.TCPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        settings.CLAMAV_ADDRESS = f"127.0.0.1:{server.server_address[1]}"
        yield handler
        server.shutdown()
        thread.join()


def waiting(content=b"%PDF-1.7"):
    return DocumentFactory(scan="waiting", file=ContentFile(content, name="x"))


def test_the_whole_file_is_sent_in_chunks(clamd):
    content = bytes(range(256)) * 1000

    assert is_clean([content[:100], b"", content[100:]])
    assert clamd.got == content


def test_a_virus_is_told(clamd):
    assert not is_clean([VIRUS])


@pytest.mark.parametrize("answer", [b"INSTREAM size limit exceeded. ERROR\0", b"\0", b"what"])
def test_any_other_answer_is_no_verdict(clamd, answer):
    clamd.says = answer

    with pytest.raises(ScannerUnavailableError):
        is_clean([b"content"])


@pytest.mark.parametrize("address", ["127.0.0.1:1", "/nowhere/clamd.sock"])
def test_a_scanner_that_is_down_gives_no_verdict(settings, address):
    settings.CLAMAV_ADDRESS = address

    with pytest.raises(ScannerUnavailableError):
        is_clean([b"content"])


@pytest.mark.django_db
def test_a_clean_document_is_released(clamd):
    found = waiting()

    tasks.scan_document(found.pk)

    found.refresh_from_db()
    assert found.scan == "clean"
    assert AuditEvent.objects.filter(kind="groups.document_found_clean").count() == 1


@pytest.mark.django_db
def test_an_infected_document_loses_its_file(clamd, django_capture_on_commit_callbacks):
    found = waiting(VIRUS)

    with django_capture_on_commit_callbacks(execute=True):
        tasks.scan_document(found.pk)

    found.refresh_from_db()
    assert found.scan == "infected"
    assert not default_storage.exists(found.file.name)


@pytest.mark.django_db
def test_a_file_that_several_groups_have_is_scanned_once_for_all(clamd):
    first = waiting()
    DocumentFactory(scan="waiting", file=first.file.name)
    other = waiting(VIRUS)

    tasks.scan_document(first.pk)

    assert list(Document.objects.order_by("pk").values_list("scan", flat=True)) == [
        "clean",
        "clean",
        "waiting",
    ]
    assert AuditEvent.objects.filter(kind="groups.document_found_clean").count() == 2
    assert default_storage.exists(other.file.name)


@pytest.mark.django_db
def test_a_document_that_has_a_verdict_is_not_scanned_again(clamd):
    found = DocumentFactory(scan="infected", file=ContentFile(b"fine", name="x"))

    tasks.scan_document(found.pk)

    assert Document.objects.get(pk=found.pk).scan == "infected"
    assert clamd.got == b""
