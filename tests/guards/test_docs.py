"""What the documents point to exists."""

import re

import pytest

from tests.guards.sources import ROOT

DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
OURS = re.compile(
    r"`((?:portal|accounts|groups|messaging|roster|billing|templates|static|tests|docs)/[\w./-]*)`"
)
DECISIONS = sorted((ROOT / "docs" / "adr").glob("*.md"))


def name(file):
    return file.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_links_lead_somewhere(document):
    links = re.findall(r"\]\(([^)#\s]+)", document.read_text())
    broken = [
        link
        for link in links
        if not link.startswith(("https:", "http:")) and not (document.parent / link).exists()
    ]

    assert broken == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_files_that_are_named_exist(document):
    named = {path.rstrip("/") for path in OURS.findall(document.read_text())}

    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


def test_functions_that_decisions_name_exist():
    text = " ".join(file.read_text() for file in DECISIONS)
    for module, function in re.findall(r"`((?:\w+\.)+)(\w+)`", text):
        file = ROOT / (module.rstrip(".").replace(".", "/") + ".py")
        if file.exists():
            assert f"def {function}(" in file.read_text(), f"{module}{function}"


def test_decisions_are_numbered_without_gaps():
    numbers = [int(file.name[:4]) for file in DECISIONS]

    assert numbers == list(range(1, len(DECISIONS) + 1))


@pytest.mark.parametrize("decision", DECISIONS, ids=name)
def test_decisions_are_short_and_complete(decision):
    text = decision.read_text()

    assert text.startswith(f"# {int(decision.name[:4])}. ")
    assert [part in text for part in ("**Context.**", "**Decision.**", "**Consequences.**")] == [
        True
    ] * 3
    assert len(text.split()) <= 450


def test_documents_speak_of_the_product_alone():
    for document in DOCUMENTS:
        assert not re.search(r"(?<![\w/.])/(work|root|tmp)/", document.read_text()), name(document)
