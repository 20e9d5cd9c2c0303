"""What a file is, by its content, and under which name it may be offered."""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groups.file_types import CSV, DOCX, HEAD, JPEG, PDF, PNG, XLSX, recognize, safe_name


def package(*names):
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as file:
        for name in names:
            file.writestr(name, "x")
    return kept.getvalue()


def found(content):
    return recognize(io.BytesIO(content))


TYPES = "[Content_Types].xml"
LONG_TABLE = b"name;plan\n" + "Núñez;Gold\n".encode() * HEAD


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.7\n%", PDF),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00", JPEG),
        (b"\xff\xd8\xff\xe1\x00\x10Exif\x00", JPEG),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", PNG),
        (package(TYPES, "xl/workbook.xml"), XLSX),
        (package(TYPES, "word/document.xml"), DOCX),
        (b"a,b\n1,2\n", CSV),
        ("\ufeffé;b\r\n1;2\r\n".encode(), CSV),
        ("é\tb\n1\t2".encode("cp1252"), CSV),
        (LONG_TABLE, CSV),
        (LONG_TABLE[1:], CSV),
    ],
)
def test_kinds_we_take(content, kind):
    assert found(content) == kind


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"MZ\x90\x00",
        b"\x7fELF\x02",
        b"GIF89a\x01\x00,b",
        b"<svg xmlns='x'>,</svg>",
        b"  <html>a,b\n",
        b"words without columns\nin two lines\n",
        b"a,b\n1,2,3\n",
        b"a,b\n1,\x002\n",
        b'a,"b\n1,2\n',
        b" %PDF-1.7",
        b"PK\x03\x04broken",
        package("readme.txt"),
        package(TYPES, "ppt/presentation.xml"),
        package(TYPES, "xl/workbook.xml", "word/document.xml"),
        package(TYPES, "xl/workbook.xml", "xl/vbaProject.bin"),
        package("xl/workbook.xml"),
    ],
)
def test_everything_else_is_refused(content):
    assert found(content) is None


def test_the_file_is_left_at_its_beginning():
    file = io.BytesIO(package(TYPES, "xl/workbook.xml"))

    recognize(file)

    assert file.tell() == 0


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("Contract 2026.pdf", "Contract 2026.pdf"),
        ("résumé.final.docx", "résumé-final.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\papers\\run.exe", "run.pdf"),
        ("a\u202efdp.exe", "a-fdp.pdf"),
        ('a"; filename=b\r\nX: y.pdf', "a- filename-b-X- y.pdf"),
        ("con.pdf", "document-con.pdf"),
        ("...", "document.pdf"),
        ("", "document.pdf"),
        (".htaccess", "htaccess.pdf"),
    ],
)
def test_names_are_made_harmless(name, kept):
    assert safe_name(name, PDF) == kept


@given(st.text(max_size=300))
def test_no_name_leads_elsewhere(name):
    kept = safe_name(name, CSV)

    assert kept.endswith(".csv")
    assert len(kept) <= 113
    assert not set(kept) & set('/\\:*?"<>|\r\n\t\0%;')
    assert kept == kept.strip()
    assert not kept.startswith((".", "-"))
    assert safe_name(kept, CSV) == kept


@given(st.binary(max_size=300))
def test_no_content_breaks_it(content):
    assert found(content) in {None, PDF, JPEG, PNG, CSV, XLSX, DOCX}
