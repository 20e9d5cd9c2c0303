"""What happens to documents: somebody sends or publishes one, the scanner looks at it, somebody reads or withdraws it.

The file is stored before the row is written, and taken away again when that fails. Source: domain handbook, "Document".
"""

import hashlib
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from groups import tasks, virus_scan
from groups.actions.transactions import Change, Person, already_submitted, submit
from groups.file_types import FileType, safe_name
from groups.models import Document, EmployerGroup, Subgroup, Transaction
from portal import audit

if TYPE_CHECKING:
    AnyFile = File[Any]
else:
    AnyFile = File  # generic for the type checker only

UPLOADED = "groups.document_uploaded"
Scan = Document.Scan
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Paper:
    """A file with what people say about it. *kind_of_file* is what was found in it."""

    file: AnyFile
    kind_of_file: FileType
    title: str
    kind: str
    document_date: date
    subgroup: Subgroup | None = None
    for_all_units: bool = False


@transaction.atomic
def upload_document(
    group: EmployerGroup, paper: Paper, *, by: Person, form_key: UUID | None = None
) -> Transaction:
    """Keep a file that the employer sends; return the transaction with its confirmation number.

    The same *form_key* with the same file again keeps nothing and returns what the first sending became.
    """
    EmployerGroup.objects.select_for_update(no_key=True, of=("self",)).get(pk=group.pk)
    # Whoever goes back and chooses another file sends the key of the first one with it
    form_key = uuid5(form_key, _sha256(paper.file)) if form_key else None
    if earlier := already_submitted(group, form_key, kind=UPLOADED, by=by):
        return earlier
    with _stored(group, paper, by_employer=True, by=by) as document:
        change = Change(
            before={},
            after={
                "title": document.title,
                "file": document.file_name,
                "unit": str(paper.subgroup or ""),
            },
            subgroup=paper.subgroup,
        )
        found = submit(UPLOADED, group, change, by=by, form_key=form_key)
        audit.record(UPLOADED, by=by, target=document, group_id=group.pk, note=found.number)
    return found


@transaction.atomic
def publish_document(
    groups: Sequence[EmployerGroup], paper: Paper, *, by: Person
) -> list[Document]:
    """Give every one of *groups* the same document of the carrier, each a file of its own.

    Raises ValidationError when one of them has it already: the form was sent twice, or the group named twice.
    """
    _refuse_again(groups, paper)
    published = []
    for group in groups:
        with _stored(group, paper, by_employer=False, by=by) as document:
            audit.record("groups.document_published", by=by, target=document, group_id=group.pk)
        published.append(document)
    return published


@transaction.atomic
def withdraw_document(document: Document, *, reason: str, by: Person) -> Document:
    """Take a document out of the group's sight; row and file stay. Raises ValidationError when it is out already."""
    document = Document.objects.select_for_update(of=("self",)).get(pk=document.pk)
    if document.withdrawn_at:
        raise ValidationError(_("This document was withdrawn in the meantime."), code="stale")
    document.withdrawn_at = timezone.now()
    document.save(update_fields=["withdrawn_at"])
    audit.record(
        "groups.document_withdrawn",
        by=by,
        target=document,
        group_id=document.group_id,
        note=reason,
    )
    return document


@transaction.atomic
def open_document(document: Document, *, by: Person) -> AnyFile | None:
    """Write down that *by* takes the file, and return it opened; None when the storage has it no more."""
    try:
        file: AnyFile = default_storage.open(str(document.file.name))
    except FileNotFoundError:
        logger.exception("document_file_missing", extra={"document": document.pk})
        return None
    audit.record("groups.document_downloaded", by=by, target=document, group_id=document.group_id)
    return file


@transaction.atomic
def scan_document(key: int) -> None:
    """Have the scanner look at the document with the id *key*, if it still waits; an infected file is deleted.

    Raises ScannerUnavailableError.
    """
    document = (
        Document.objects.select_for_update(of=("self",)).filter(pk=key, scan=Scan.WAITING).first()
    )
    if document is None:
        return
    with default_storage.open(str(document.file.name)) as file:
        is_clean = virus_scan.is_clean(file.chunks())
    document.scan = Scan.CLEAN if is_clean else Scan.INFECTED
    document.save(update_fields=["scan"])
    audit.record(
        f"groups.document_found_{document.scan}",
        by=None,
        target=document,
        group_id=document.group_id,
    )
    if not is_clean:
        name = str(document.file.name)
        transaction.on_commit(lambda: default_storage.delete(name))


@transaction.atomic
def scan_waiting_documents() -> None:
    """Send every document that still waits to the scanner again: it, or the queue, was down."""
    if not virus_scan.is_set_up():
        return
    for key in Document.objects.filter(scan=Scan.WAITING).values_list("pk", flat=True):
        _scan_later(key)


@contextmanager
def _stored(
    group: EmployerGroup, paper: Paper, *, by_employer: bool, by: Person
) -> Iterator[Document]:
    """Keep the file and its row; whatever is raised meanwhile takes the file away again."""
    name = safe_name(paper.file.name or "", paper.kind_of_file)
    document = Document(
        group=group,
        subgroup=paper.subgroup,
        for_all_units=paper.for_all_units,
        kind=paper.kind,
        title=paper.title,
        file_name=name,
        content_type=paper.kind_of_file.media_type,
        size=paper.file.size,
        sha256=_sha256(paper.file),
        scan=Scan.WAITING if virus_scan.is_set_up() else Scan.NOT_SCANNED,
        document_date=paper.document_date,
        by_employer=by_employer,
        uploaded_by_id=by.pk,
    )
    paper.file.seek(0)
    document.file.save(name, paper.file, save=False)
    try:
        document.save()
        document.refresh_from_db(fields=["key"])
        yield document
    except BaseException:
        default_storage.delete(str(document.file.name))
        raise
    if document.scan == Scan.WAITING:
        _scan_later(document.pk)


def _refuse_again(groups: Sequence[EmployerGroup], paper: Paper) -> None:
    same = Document.objects.filter(
        group__in=groups,
        withdrawn_at__isnull=True,
        by_employer=False,
        sha256=_sha256(paper.file),
        title=paper.title,
        kind=paper.kind,
        subgroup=paper.subgroup,
    )
    if having := sorted(set(same.values_list("group__group_id", flat=True))):
        words = _("These groups have this document already: %(ids)s.")
        raise ValidationError(words, code="again", params={"ids": ", ".join(having[:20])})


def _scan_later(key: int) -> None:
    """Have the queue scan a document once it is committed; the clock asks again for what the queue lost."""
    transaction.on_commit(lambda: tasks.scan_document.delay(key), robust=True)


def _sha256(file: AnyFile) -> str:
    found = hashlib.sha256()
    for chunk in file.chunks():
        found.update(chunk)
    return found.hexdigest()
