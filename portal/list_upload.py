"""The form for a CSV file that is read at once; what is wrong with the file is said at its field."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from portal import csv_lists

if TYPE_CHECKING:
    from django.core.files.base import File

# Why a file is no list, by the code of UnreadableListError.
UNREADABLE: dict[str, Any] = {
    "empty": _("This file is empty."),
    "size": _("This file is larger than 2 MB. Split it."),
    "workbook": _("This is a workbook. Save the sheet as CSV (comma separated) and choose that file."),
    "pdf": _("This is a PDF. Choose a CSV file."),
    "utf16": _("This file is written in UTF-16. Save it as “CSV UTF-8” and choose that file."),
    "binary": _("This is no text file. Choose a CSV file."),
    "quotes": _("Line %(line)d has a quotation mark that is not closed. Correct it and choose the file again."),
    "columns": _("A column is missing: %(names)s. The first line must name the columns."),
    "twice": _("A column stands there twice: %(names)s."),
    "rows": _("This file has more than 5,000 lines. Split it."),
    "nobody": _("Below the headings there is no line."),
}  # fmt: skip


class ListUploadForm(forms.Form):
    """A file with *columns*, which people know by their *labels*; ``found`` is what it holds."""

    columns: ClassVar[Mapping[str, csv_lists.Column]]
    labels: ClassVar[Mapping[str, Any]]

    file = forms.FileField(
        label=_("File"),
        allow_empty_file=True,  # told in our words
        help_text=_("CSV, up to 2 MB and 5,000 lines."),
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv", "class": "ep-input--full"}),
        error_messages={
            "required": _("Choose a file."),
            "invalid": _("Choose a file."),
            "max_length": _("The name of this file is too long. Shorten it."),
        },
        max_length=120,
    )
    found: csv_lists.Listing

    def clean_file(self) -> "File[bytes]":
        """Read the file; refuse what is no list, and say why."""
        file: File[bytes] = self.cleaned_data["file"]
        if (file.size or 0) > csv_lists.MOST_BYTES:
            raise ValidationError(UNREADABLE["size"], code="size")
        try:
            self.found = csv_lists.read(file.read(), self.columns)
        except csv_lists.UnreadableListError as error:
            names = ", ".join(str(self.labels[name]) for name in error.names)
            raise ValidationError(
                UNREADABLE[error.code],
                code=error.code,
                params={"line": error.line, "names": names},
            ) from error
        return file
