"""What staff upload about plans and rates."""

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from groups.rate_files import COLUMNS
from portal.list_upload import ListUploadForm


class RateFileForm(ListUploadForm):
    """A file of plan offers and rates."""

    columns = COLUMNS
    labels: ClassVar[dict[str, Any]] = {
        "group": _("Group"),
        "unit": _("Unit"),
        "class": _("Class"),
        "plan": _("Plan"),
        "tier": _("Tier"),
        "age_from": _("Age from"),
        "age_to": _("Age to"),
        "amount": _("Amount"),
        "effective_from": _("From"),
        "effective_to": _("To"),
        "corrects": _("Corrects"),
    }
