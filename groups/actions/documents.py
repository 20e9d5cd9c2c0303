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
from groups.models.documents import place_in
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
    with _stored(paper, place_in(group.pk)) as name:
        document = _row(group, paper, name, _sha256(paper.file), by_employer=True, by=by)
        document.save()
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
    _scan_soon(document)
    return found


@transaction.atomic
def publish_document(
    groups: Sequence[EmployerGroup], paper: Paper, *, by: Person
) -> list[Document]:
    """Give every one of *groups* the same document of the carrier: a row each, one file for all.

    Raises ValidationError when one of them has it already: the form was sent twice, or the group named twice.
    """
    keys = [group.pk for group in groups]
    locked = EmployerGroup.objects.select_for_update(no_key=True, of=("self",))
    list(locked.filter(pk__in=keys).order_by("pk").values_list("pk"))
    digest = _sha256(paper.file)
    _refuse_again(groups, paper, digest)
    with _stored(paper, place_in(keys[0] if len(keys) == 1 else None)) as name:
        published = Document.objects.bulk_create(
            _row(group, paper, name, digest, by_employer=False, by=by) for group in groups
        )
        audit.record_many(
            "groups.document_published",
            by=by,
            events=[audit.About(document, document.group_id) for document in published],
        )
    _scan_soon(published[0])
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
    """Have the scanner look at the file of the document with the id *key*, if it still waits.

    The verdict is for every document with the file; an infected file is deleted. Raises ScannerUnavailableError.
    """
    waiting = Document.objects.filter(scan=Scan.WAITING)
    name: str | None = waiting.filter(pk=key).values_list("file", flat=True).first()
    locked = waiting.select_for_update(of=("self",)).filter(file=name).order_by("pk")
    documents = list(locked) if name else []
    if name is None or not documents:
        return
    with default_storage.open(name) as file:
        verdict = Scan.CLEAN if virus_scan.is_clean(file.chunks()) else Scan.INFECTED
    Document.objects.filter(pk__in=[one.pk for one in documents]).update(scan=verdict)
    audit.record_many(
        f"groups.document_found_{verdict}",
        by=None,
        events=[audit.About(one, one.group_id) for one in documents],
    )
    if verdict == Scan.INFECTED:
        transaction.on_commit(lambda: default_storage.delete(name))


@transaction.atomic
def scan_waiting_documents() -> None:
    """Send every file that still waits to the scanner again: it, or the queue, was down."""
    if not virus_scan.is_set_up():
        return
    waiting = Document.objects.filter(scan=Scan.WAITING).order_by("file", "pk").distinct("file")
    for key in waiting.values_list("pk", flat=True):
        _scan_later(key)


@contextmanager
def _stored(paper: Paper, name: str) -> Iterator[str]:
    """Keep the file as *name*; whatever is raised meanwhile takes it away again.

    A commit that fails leaves a file behind that no row names. It stays: to delete what a database does not know would
    be the end of every file on the day that the database is restored from an older copy.
    """
    paper.file.seek(0)
    try:
        yield default_storage.save(name, paper.file)
    except BaseException:
        default_storage.delete(name)
        raise


def _row(
    group: EmployerGroup, paper: Paper, name: str, digest: str, *, by_employer: bool, by: Person
) -> Document:
    """Return the row, yet to be saved, for the file stored as *name* with the SHA-256 *digest*."""
    return Document(
        group=group,
        subgroup=paper.subgroup,
        for_all_units=paper.for_all_units,
        kind=paper.kind,
        title=paper.title,
        file=name,
        file_name=safe_name(paper.file.name or "", paper.kind_of_file),
        content_type=paper.kind_of_file.media_type,
        size=paper.file.size,
        sha256=digest,
        scan=Scan.WAITING if virus_scan.is_set_up() else Scan.NOT_SCANNED,
        document_date=paper.document_date,
        by_employer=by_employer,
        uploaded_by_id=by.pk,
    )


def _scan_soon(document: Document) -> None:
    if document.scan == Scan.WAITING:
        _scan_later(document.pk)


def _refuse_again(groups: Sequence[EmployerGroup], paper: Paper, digest: str) -> None:
    same = Document.objects.filter(
        group__in=groups,
        withdrawn_at__isnull=True,
        by_employer=False,
        sha256=digest,
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
