"""What people fill in about documents: filters of the list, a file to send, a file of ours to publish."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from groups.actions.documents import Paper
from groups.file_types import ALLOWED, recognize
from groups.models import Document, Subgroup
from groups.models.documents import DocumentQuerySet
from portal.fields import PlainTextField, say_what_is_missing

WHOLE_GROUP = "group"
ACCEPT = ",".join([*(kind.ending for kind in ALLOWED), ".jpeg"])
NOT_ALLOWED = _(
    "We cannot take this file. Send a PDF, a JPG or PNG picture, a Word document (docx), a workbook (xlsx) or a CSV."
)


class DocumentField(forms.FileField):
    """A file that may be kept: small enough, and by its content of a kind we take."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("File"))
        kwargs.setdefault("allow_empty_file", True)  # told in our words
        kwargs.setdefault(
            "widget", forms.FileInput(attrs={"accept": ACCEPT, "class": "ep-input--full"})
        )
        super().__init__(**kwargs)
        self.help_text = _("PDF, JPG, PNG, DOCX, XLSX or CSV, up to %(size)d MB.") % {
            "size": settings.DOCUMENT_MAX_MB
        }
        self.error_messages |= {"required": _("Choose a file."), "invalid": _("Choose a file.")}

    def clean(self, value: Any, initial: Any = None) -> Any:
        """Return the file with what it is as ``recognized``."""
        file: Any = super().clean(value, initial)
        if not file.size:
            raise ValidationError(_("This file is empty."), code="empty")
        if file.size > settings.MAX_UPLOAD_BYTES:
            words = _("This file is larger than %(size)d MB. Make it smaller or split it.")
            raise ValidationError(words, code="size", params={"size": settings.DOCUMENT_MAX_MB})
        file.recognized = recognize(file)
        if file.recognized is None:
            raise ValidationError(NOT_ALLOWED, code="type")
        return file


class DocumentFilterForm(forms.Form):
    """What part of the list to show. A value that makes no sense is told at its field and not applied."""

    kind = forms.ChoiceField(
        label=_("Kind"), required=False, choices=[("", _("Every kind")), *Document.Kind.choices]
    )
    year = forms.ChoiceField(label=_("Year"), required=False)
    unit = forms.ChoiceField(label=_("Billing unit"), required=False)

    def __init__(self, data: Any, *, years: list[int], units: list[Subgroup]) -> None:
        super().__init__(data)
        year: forms.ChoiceField = self.fields["year"]  # type: ignore[assignment]
        year.choices = [("", _("Every year")), *((str(year), str(year)) for year in years)]
        unit: forms.ChoiceField = self.fields["unit"]  # type: ignore[assignment]
        unit.choices = [("", _("All")), *((unit.code, str(unit)) for unit in units)]
        for field in self.fields.values():
            field.widget.attrs["class"] = "ep-input--small"
        self.full_clean()

    @property
    def chosen(self) -> dict[str, str]:
        """Return what narrows the list, by field."""
        return {name: str(value) for name, value in self.cleaned_data.items() if value}

    @property
    def query(self) -> str:
        """Return what is chosen as the query of an address."""
        return urlencode(self.chosen)

    def apply(self, documents: DocumentQuerySet) -> DocumentQuerySet:
        """Return the documents that fit; those of a billing unit with what is for all units."""
        chosen = self.chosen
        if kind := chosen.get("kind"):
            documents = documents.filter(kind=kind)
        if year := chosen.get("year"):
            documents = documents.filter(document_date__year=int(year))
        if unit := chosen.get("unit"):
            documents = documents.filter(Q(subgroup__code=unit) | Q(for_all_units=True))
        return documents


class UploadForm(forms.Form):
    """A file the employer sends: what it is, and whom it is about."""

    file = DocumentField()
    title = PlainTextField(
        label=_("What is it?"),
        max_length=120,
        help_text=_("A few words, such as “Signed contract 2027”. Leave out names of members."),
    )
    about = forms.ChoiceField(label=_("For"))
    form_key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, data: Any = None, files: Any = None, *, units: list[Subgroup], is_whole: bool
    ) -> None:
        super().__init__(data, files, initial={"form_key": uuid4()})
        say_what_is_missing(self, {"title": _("Say what the document is.")})
        self.units = {unit.code: unit for unit in units}
        about: forms.ChoiceField = self.fields["about"]  # type: ignore[assignment]
        about.choices = [
            *([(WHOLE_GROUP, _("The whole group"))] if is_whole else []),
            *((code, str(unit)) for code, unit in self.units.items()),
        ]
        if len(about.choices) == 1:
            about.initial, about.widget = about.choices[0][0], forms.HiddenInput()

    @property
    def key(self) -> UUID | None:
        """Return what tells one showing of the form from another."""
        found: UUID | None = self.cleaned_data["form_key"]
        return found

    def paper(self) -> Paper:
        """Return the file with what was said about it."""
        typed = self.cleaned_data
        return Paper(
            file=typed["file"],
            kind_of_file=typed["file"].recognized,
            title=" ".join(typed["title"].split()),
            kind=Document.Kind.UPLOAD,
            document_date=timezone.localdate(),
            subgroup=self.units.get(typed["about"]),
        )
