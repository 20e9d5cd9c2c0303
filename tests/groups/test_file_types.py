"""What a file is, by its content, and under which name it may be offered."""

import io
import struct
import time
import zipfile
import zlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groups.active_content import ActiveContentError
from groups.file_types import CSV, DOCX, HEAD, JPEG, PDF, PNG, XLSX, recognize, safe_name

TYPES = "[Content_Types].xml"
OFFICE = "application/vnd.openxmlformats-officedocument."
SHEET, TEXT = f"{OFFICE}spreadsheetml.sheet.main+xml", f"{OFFICE}wordprocessingml.document.main+xml"
BOOK = {"xl/workbook.xml": SHEET}
LETTER = {"word/document.xml": TEXT}
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
STRICT = "http://purl.oclc.org/ooxml/officeDocument/relationships/"
LZMA = b"\t\x04\x05\0]\0\0\x80\0"  # before what is packed so
END = b"\nstartxref\n9\n%%EOF\n"


def typed(parts, before=""):
    of_parts = "".join(
        f'<Override PartName="/{name}" ContentType="{said}"/>' for name, said in parts.items()
    )
    return f"<?xml version='1.0'?>{before}<Types>{of_parts}</Types>"


def package(parts, *more, types=None, said=None, packed=zipfile.ZIP_DEFLATED):
    """Return a package with *parts* {name: type}, and *more* of no type; *said* is what stands in them."""
    kept, said = io.BytesIO(), said or {}
    with zipfile.ZipFile(kept, "w", packed) as file:
        file.writestr(TYPES, typed(parts | dict.fromkeys(said, TEXT)) if types is None else types)
        for name in {*parts, *more, *said}:
            file.writestr(name, said.get(name, "<x/>"))
    return kept.getvalue()


def related(kind, mode="External", base=RELATION, at="word/_rels/settings.xml.rels"):
    """Return a package one part of which is related to something of this *kind*."""
    said = f'<Relationships><Relationship Id="r1" Type="{base}{kind}" Target="http://a.example/t" TargetMode="{mode}"/></Relationships>'
    return package(LETTER, said={at: said})


def written(*runs, part="word/document.xml", encoding="utf-8"):
    """Return a Word document with these elements in *part*, after a field of its own with the number of the page."""
    page = '<w:fldChar w:fldCharType="begin"/><w:instrText> PAGE </w:instrText><w:fldChar w:fldCharType="end"/>'
    text = f"<?xml version='1.0' encoding='{encoding}'?><w:p>{page}{''.join(runs)}</w:p>"
    return package(LETTER, said={part: text.encode(encoding)})


def code(*texts):
    """Return the runs of a field whose code is cut into *texts*."""
    runs = "".join(f"<w:r><w:instrText>{text}</w:instrText></w:r>\n" for text in texts)
    return f'<w:fldChar w:fldCharType="begin"/>{runs}<w:fldChar w:fldCharType="end"/>'


def simple(text):
    return f'<w:fldSimple w:instr="{text}"/>'


def with_objects(text, more=b"", line=b"\n"):
    """Return a PDF that keeps *text* among deflated objects; *more* stands in their dictionary."""
    head = b"%PDF-1.7\n1 0 obj <</Type /ObjStm" + more + b">> stream" + line
    return head + zlib.compress(text) + b"\nendstream" + END


def found(content):
    return recognize(io.BytesIO(content))


LONG_TABLE = b"name;plan\n" + "Núñez;Gold\n".encode() * HEAD


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.7\n%" + END, PDF),
        (with_objects(b"<</S /JavaScripture /Launched true>>"), PDF),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00", JPEG),
        (b"\xff\xd8\xff\xe1\x00\x10Exif\x00", JPEG),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", PNG),
        (package(BOOK), XLSX),
        (package(LETTER, "word/media/image1.png"), DOCX),
        (package(BOOK, types=typed(BOOK).encode("utf-16")), XLSX),
        (related("hyperlink"), DOCX),
        (related("hyperlink", base=STRICT), DOCX),
        (related("attachedTemplate", mode="Internal"), DOCX),
        (written(code("HYPERLINK &quot;https://a.example/DDE&quot;"), "<w:t>DDE LINK</w:t>"), DOCX),
        (written(code("LINK", "ED_TABLE"), code("REF DDEAUTO"), simple("PAGE")), DOCX),
        (package(LETTER, packed=zipfile.ZIP_LZMA), DOCX),
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
        b"%PDF-1.7\n<html>",
        b"%PDF-1.7\n%%EOF",
        package({"readme.txt": "text/plain"}),
        package({"ppt/presentation.xml": "x"}),
        package(BOOK | LETTER),
        package(BOOK, types="x"),
        package(BOOK, types=typed({})),
        package(BOOK, types=typed({"xl/workbook.xml": TEXT})),
        package(BOOK, types=typed(BOOK, "<!DOCTYPE a [<!ENTITY b 'macro'>]>")),
        package(BOOK, types=typed(BOOK) + " " * 600_000),
        package(LETTER, said={"word/document.xml": "x"}),
        package(LETTER, said={"word/document.xml": "<!DOCTYPE a [<!ENTITY b 'DDE'>]><a/>"}),
        package(LETTER, said={"word/document.xml": "<a>" * 2000 + "</a>" * 2000}),
        package(LETTER, said={"word/document.xml": f"<a>{'<b/>' * 1_600_000}</a>"}),
        package(LETTER, said={"word/document.xml": f"<a>{' ' * 34_000_000}</a>"}),
        package(
            LETTER,
            said={
                "word/document.xml": "<a>" + "".join(f"<b{one}/>" for one in range(9000)) + "</a>"
            },
        ),
        package(LETTER, packed=zipfile.ZIP_LZMA).replace(LZMA + b"\0", LZMA + b"\xff", 1),
        package(BOOK)[:-3],
        package(BOOK) + b"more",
    ],
)
def test_everything_else_is_refused(content):
    assert found(content) is None


@pytest.mark.parametrize(
    "content",
    [
        package(BOOK, "xl/vbaProject.bin"),
        package(BOOK | {"xl/other.bin": "application/vnd.ms-office.vbaProject"}),
        package({"xl/workbook.xml": "application/vnd.ms-excel.sheet.macroEnabled.main+xml"}),
        package(BOOK | {"xl/s.xml": "application/vnd.ms-excel.macrosheet+xml"}),
        package(BOOK | {"xl/s.xml": "application/vnd.ms-excel.intlmacrosheet+xml"}),
        package(BOOK, "xl/macrosheets/sheet1.xml"),
        package(LETTER | {"word/a.xml": "application/vnd.ms-office.activeX+xml"}),
        package(LETTER | {"word/o.bin": f"{OFFICE}oleObject"}),
        package(BOOK | {"xl/l.xml": f"{OFFICE}spreadsheetml.externalLink+xml"}),
        b"%PDF-1.7 <</OpenAction <</S /JavaScript /JS (app.alert(1))>>>>" + END,
        b"%PDF-1.7 <</S /Java#53cript>>" + END,
        b"%PDF-1.7 <</S/Launch/F(calc.exe)>>" + END,
        b"%PDF-1.7 <</Names <</EmbeddedFiles 3 0 R>>>>" + END,
        with_objects(b"<</S /JavaScript>>"),
        with_objects(b"<</S /L#61unch>>"),
        with_objects(bytes(33 * 1024 * 1024)),
        with_objects(b"<</S /JavaScript>>", more=b"/X (" + b"a" * 5000 + b")"),
        with_objects(b"<</S /JavaScript>>", more=b"/X (obj endobj endstream)"),
        with_objects(b"<</S /JavaScript>>", line=b"\r"),
        with_objects(b"<</S /JavaScript>>")[: -len(END) - 14] + b"bad sum" + END,
        with_objects(b"12 0 15 40 <</S /JavaScript>>", more=b"/X (stream\nx\x9c)"),
        with_objects(b"12 0 <</S /JavaScript>>").replace(b"/ObjStm", b"5 0 R"),
        related("attachedTemplate"),
        related("attachedTemplate", base=STRICT),
        related("frame", at="word/_rels/webSettings.xml.rels"),
        related("subDocument", at="word/_rels/document.xml.rels"),
        related("oleObject", at="word/_rels/document.xml.rels", mode="external"),
        related("image", at="WORD/_rels/document.xml.RELS"),
        related("externalLinkPath", at="xl/externals/_rels/one.xml.rels"),
        written(simple(" DDEAUTO c:\\windows\\cmd.exe")),
        written(code("DDE", "AUTO excel")),
        written(code("dd", "&#101; excel")),
        written(code(" " * 90_000, "<![CDATA[DDE]]> excel")),
        written(code("LINK Excel.Sheet.8 http://a.example/b.xls")),
        written(code("DDE excel"), part="word/header1.xml"),
        written(code("DDE excel"), encoding="utf-16"),
        written("<w:instrText>DDE</w:instrText>"),
    ],
    ids=range(37),
)
def test_what_acts_when_it_is_opened_is_refused(content):
    with pytest.raises(ActiveContentError):
        found(content)


@pytest.mark.parametrize(
    "unit",
    [
        b"/ObjStm " + b"stream\n" * 70,
        b"/ObjStm stream\n" + zlib.compress(b"null"),
        b"/ObjStm stream\n" + zlib.compress(bytes(1_000_000)),
        b"stream\n" + zlib.compress(b"7 0 9 4 null " + bytes(3000))[:-8] + b"\xff" * 8,
        b"stream\nx",
        b"/#4a#61#76",
    ],
    ids=range(6),
)
def test_a_large_pdf_costs_little(unit):
    content = b"%PDF-1.7\n" + unit * (10_000_000 // len(unit)) + END
    began = time.process_time()

    with suppress(ActiveContentError):
        found(content)

    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    "said",
    [
        "<a b='" + "x" * 30_000_000 + "'/>",
        "<a>" + "<b c='1' d='2'/>" * 999_000 + "</a>",
        "<a><w:instrText>" + " &amp;" * 5_000_000 + "</w:instrText></a>",
    ],
    ids=range(3),
)
def test_a_long_letter_costs_little(said):
    content = package(LETTER, said={"word/document.xml": said})
    began = time.process_time()

    assert found(content) == DOCX

    assert time.process_time() - began < 2


def test_a_package_of_too_many_parts_is_not_read():
    assert found(package(BOOK, *map(str, range(2500)))) is None
    many = package(BOOK, *(f"{number:0>300}" for number in range(1800)))

    assert len(many) < 2_000_000
    assert found(many) is None


def test_a_package_that_says_less_of_its_parts_than_it_has_is_not_read():
    content = bytearray(package(BOOK, *(f"{number:0>100}" for number in range(5000))))
    end = content.rindex(b"PK\x05\x06")
    content[end + 8 : end + 12] = struct.pack("<2H", 3, 3)

    assert found(bytes(content)) is None


def test_the_file_is_left_at_its_beginning():
    file = io.BytesIO(package(BOOK))

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
