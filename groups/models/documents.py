"""Documents of a group: contracts, renewals, summaries, notices, and what the employer sends.

The file lies in Django's default storage under a name of ours; the name people see never becomes a path.
Source: domain handbook, "Document".
"""

from collections.abc import Iterable
from typing import ClassVar, Self
from uuid import uuid4

from django.conf import settings
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from groups.models.tenant import OwnedByGroup, Subgroup

FOLDER = "documents"  # in the storage


def place_in(group: int | None) -> str:
    """Return where a new file lies: by *group* (an id; None: of several), under a random name without an ending."""
    return f"{FOLDER}/{group or 'shared'}/{uuid4().hex}"


def stored_as(document: "Document", _name: str) -> str:
    """Return where the file of *document* lies that is saved through its field."""
    return place_in(document.group_id)


class DocumentQuerySet(models.QuerySet["Document"]):
    """Readings of documents."""

    def open_to(self, units: Iterable[int] | None) -> Self:
        """Return those for people of *units* (ids of billing units; None: the whole group), withdrawn ones left out."""
        kept = self.filter(withdrawn_at__isnull=True)
        if units is None:
            return kept
        return kept.filter(Q(subgroup__in=units) | Q(subgroup__isnull=True, for_all_units=True))


class Document(OwnedByGroup):
    """A file with who it is for. Without a billing unit it is the group's.

    A group's document is for people with the whole group, with ``for_all_units`` also for those of single units.
    """

    class Kind(models.TextChoices):
        CONTRACT = "contract", _("Contract")
        RENEWAL = "renewal", _("Renewal")
        SBC = "sbc", _("Summary of Benefits and Coverage")
        PLAN_SUMMARY = "plan_summary", _("Plan summary")
        CERTIFICATE = "certificate", _("Certificate of coverage")
        NOTICE = "notice", _("Notice")
        FORM = "form", _("Form")
        UPLOAD = "upload", _("Sent to us")

    class Scan(models.TextChoices):
        """What the virus scanner said; a file waits until it did."""

        NOT_SCANNED = "not_scanned", _("Not scanned")  # no scanner is set up
        CLEAN = "clean", _("Clean")
        INFECTED = "infected", _("Refused by the virus scanner")
        WAITING = "waiting", _("Being checked")

    OFFERED = (Scan.NOT_SCANNED, Scan.CLEAN)

    key = models.UUIDField(db_default=RandomUUID(), unique=True, editable=False)
    subgroup = models.ForeignKey(Subgroup, on_delete=models.PROTECT, null=True, blank=True)
    for_all_units = models.BooleanField(default=False)
    kind = models.CharField(max_length=15, choices=Kind.choices)
    title = models.CharField(max_length=120)
    file = models.FileField(upload_to=stored_as, max_length=120)
    file_name = models.CharField(max_length=120)  # safe, as it is offered for download
    content_type = models.CharField(max_length=100)  # found by looking into the file
    size = models.PositiveBigIntegerField()  # bytes
    sha256 = models.CharField(max_length=64)
    scan = models.CharField(max_length=12, choices=Scan.choices)
    document_date = models.DateField()
    by_employer = models.BooleanField(default=False)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    uploaded_at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    # Titles and file names are typed by people, who write names into them
    sensitive: ClassVar[set[str]] = {"title", "file_name", "file", "sha256"}
    plain: ClassVar[set[str]] = {
        "group", "key", "subgroup", "for_all_units", "kind", "content_type", "size", "scan", "document_date",
        "by_employer", "uploaded_by", "uploaded_at", "withdrawn_at",
    }  # fmt: skip

    objects = DocumentQuerySet.as_manager()

    class Meta:
        default_permissions = ("view", "add", "change")
        ordering = ["-document_date", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="document_for_all_units_is_the_groups",
                condition=Q(for_all_units=False) | Q(subgroup__isnull=True),
            ),
            models.CheckConstraint(name="document_not_empty", condition=Q(size__gt=0)),
        ]
        indexes = [
            models.Index(fields=["group", "-document_date", "-id"], name="document_of_group"),
            models.Index(fields=["file"], name="document_by_file"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def audit_label(self) -> str:
        """Return what history calls the document: its kind and date, for people write names into titles."""
        kind = self.Kind(self.kind).name.replace("_", " ").lower()
        return f"Document ({kind}) of {self.document_date:%Y-%m-%d}"

    @property
    def is_offered(self) -> bool:
        """Tell whether the group may have the file: it is not withdrawn, and safe."""
        return self.withdrawn_at is None and self.is_safe

    @property
    def is_safe(self) -> bool:
        """Tell whether the file may leave the portal: no scanner has yet to speak or spoke against it."""
        return self.scan in self.OFFERED
