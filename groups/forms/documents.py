"""What people fill in about documents: filters of the list, a file to send, a file of ours to publish."""

import re
from datetime import date, timedelta
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
from groups.active_content import ActiveContentError
from groups.file_types import ALLOWED, recognize
from groups.models import Document, EmployerGroup, Subgroup
from groups.models.documents import DocumentQuerySet
from portal.fields import DayInput, LinesField, PlainTextField, say_what_is_missing

WHOLE_GROUP = "group"
MOST_GROUPS = 500  # at once
FIRST_DAY, MOST_AHEAD = date(2000, 1, 1), timedelta(days=366)  # of documents
ACCEPT = ",".join([*(kind.ending for kind in ALLOWED), ".jpeg"])
NOT_ALLOWED = _(
    "We cannot take this file. Send a PDF, a JPG or PNG picture, a Word document (docx), a workbook (xlsx) or a CSV."
)

ACTS = _(
    "This file holds something that runs when it is opened: macros, scripts, other files, or links to them. Save it without them, for example as a new PDF, and send that."
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
        try:
            file.recognized = recognize(file)
        except ActiveContentError as error:
            raise ValidationError(ACTS, code="active") from error
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


class PublishForm(forms.Form):
    """A document of the carrier for one group or several."""

    file = DocumentField()
    title = PlainTextField(label=_("Title"), max_length=120)
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=[
            ("", _("Choose one")),
            *(choice for choice in Document.Kind.choices if choice[0] != Document.Kind.UPLOAD),
        ],
    )
    document_date = forms.DateField(
        label=_("Date of the document"),
        widget=DayInput(attrs={"class": "ep-input--short"}),
    )
    groups = LinesField(
        label=_("Group IDs"),
        max_length=MOST_GROUPS * 20,
        help_text=_("Separated by commas or lines. Each group gets the document."),
        widget=forms.Textarea(attrs={"rows": 3, "class": "ep-input--full"}),
    )
    unit = forms.CharField(
        label=_("Billing unit"),
        required=False,
        max_length=4,
        help_text=_("Four digits, for one group alone. Leave empty for the group."),
        widget=forms.TextInput(attrs={"class": "ep-input--tiny"}),
    )
    for_all_units = forms.BooleanField(
        label=_("Also for people with access to single billing units"), required=False
    )

    def __init__(self, data: Any = None, files: Any = None) -> None:
        super().__init__(data, files, initial={"document_date": timezone.localdate()})
        words = {
            "title": _("Enter a title."),
            "kind": _("Choose what kind of document it is."),
            "document_date": _("Enter the date of the document."),
            "groups": _("Name at least one group."),
        }
        say_what_is_missing(self, words)

    def clean_groups(self) -> list[EmployerGroup]:
        """Return the groups that are named; refuse IDs we do not know."""
        named = {one for one in re.split(r"[\s,;]+", self.cleaned_data["groups"].upper()) if one}
        if len(named) > MOST_GROUPS:
            words = _("Name up to %(most)d groups at a time.")
            raise ValidationError(words, code="many", params={"most": MOST_GROUPS})
        found = list(EmployerGroup.objects.filter(group_id__in=named))
        if unknown := sorted(named - {group.group_id for group in found}):
            words = _("We know no group with this ID: %(ids)s.")
            raise ValidationError(words, code="unknown", params={"ids": ", ".join(unknown[:5])})
        return found

    def clean_document_date(self) -> date:
        """Refuse a day that no paper bears: it would stand on top of every list for years."""
        day: date = self.cleaned_data["document_date"]
        if not FIRST_DAY <= day <= timezone.localdate() + MOST_AHEAD:
            raise ValidationError(
                _("Check the year. A document is dated at most a year ahead."), code="year"
            )
        return day

    def clean(self) -> dict[str, Any]:
        """Find the billing unit, which is one of the only group."""
        cleaned: dict[str, Any] = super().clean() or {}
        code, groups = cleaned.get("unit"), cleaned.get("groups")
        if not code or not groups:
            return cleaned
        units = Subgroup.objects.filter(group__in=groups, code=code)
        cleaned["subgroup"] = units.first() if len(groups) == 1 else None
        if cleaned["subgroup"] is None:
            words = _("Name one group that has this billing unit, or leave it empty.")
            self.add_error("unit", ValidationError(words, code="unit"))
        elif cleaned.get("for_all_units"):
            words = _("It is for one billing unit, or for all of them. Choose one.")
            self.add_error("for_all_units", ValidationError(words, code="units"))
        return cleaned

    def paper(self) -> Paper:
        """Return the file with what was said about it."""
        typed = self.cleaned_data
        return Paper(
            file=typed["file"],
            kind_of_file=typed["file"].recognized,
            title=" ".join(typed["title"].split()),
            kind=typed["kind"],
            document_date=typed["document_date"],
            subgroup=typed.get("subgroup"),
            for_all_units=typed["for_all_units"],
        )
