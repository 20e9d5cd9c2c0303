"""Samples for the living page of components: made-up, without database."""

from typing import Any

from django import forms, template
from django.utils.translation import gettext_lazy as _

from portal.forms import ChoiceTiles

register = template.Library()


class SampleForm(forms.Form):
    """One field of every kind."""

    last_day = forms.CharField(
        label=_("Last day worked"),
        help_text=_("For example 10/23/2026"),
        widget=forms.TextInput(attrs={"class": "ep-input--short"}),
    )
    company = forms.CharField(label=_("Company legal name"), help_text=_("As on the contract."))
    region = forms.ChoiceField(
        label=_("Region"), choices=[("MA", "Massachusetts"), ("CT", "Connecticut")]
    )
    plan = forms.ChoiceField(
        label=_("Plan"),
        choices=[
            ("gold", "Gold PPO 1500"),
            ("silver", "Silver HMO 3000"),
            ("bronze", "Bronze HDHP"),
        ],
        required=False,
    )
    start = forms.CharField(label=_("First day"), help_text="MM/DD/YYYY", required=False)
    message = forms.CharField(
        label=_("What do you need?"),
        required=False,
        widget=forms.Textarea(
            attrs={"rows": 3, "maxlength": 300, "class": "usa-character-count__field"}
        ),
    )
    password = forms.CharField(
        label=_("Password"),
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    key = forms.ChoiceField(
        label=_("Do you have an Access Key?"),
        choices=[
            ("no", _("No, please email me an Access Key")),
            ("yes", _("Yes, I have an Access Key")),
        ],
        widget=ChoiceTiles(
            hints={
                "no": _("You send a request now. We answer within 2 business days."),
                "yes": _("You enter it on the next page and create your account."),
            }
        ),
    )
    seal = forms.ChoiceField(
        label=_("Picture"),
        required=False,
        choices=[("acorn", _("Acorn")), ("anchor", _("Anchor")), ("balloon", _("Hot-air balloon"))],
        widget=ChoiceTiles(
            pictures={name: f"img/seals/{name}.svg" for name in ("acorn", "anchor", "balloon")}
        ),
    )
    contact = forms.ChoiceField(
        label=_("Answer by"),
        required=False,
        choices=[("email", _("Email")), ("phone", _("Phone"))],
        widget=forms.RadioSelect,
    )
    topics = forms.MultipleChoiceField(
        label=_("Tell me about"),
        required=False,
        choices=[("bills", _("New bills")), ("changes", _("Changes to coverage"))],
        widget=forms.CheckboxSelectMultiple,
    )
    terms = forms.BooleanField(label=_("I have read the terms and agree to them"))
    document = forms.FileField(
        label=_("Signed form"), help_text=_("PDF, up to 10 MB"), required=False
    )


SAMPLE_INPUT = {
    "company": "Cedar Ridge Logistics, LLC",
    "region": "MA",
    "key": "no",
    "seal": "anchor",
    "contact": "email",
    "topics": ["bills"],
    "terms": "on",
}


SAMPLES: dict[str, Any] = {
    "steps": [_("Your group"), _("Your details"), _("Review and submit")],
    "segments": [
        {"label": "Business day 1 · Wed, Nov 18", "percent": 34},
        {"label": "Business day 2 · Thu, Nov 19", "percent": 0},
    ],
    "late_segments": [
        {"label": "Business day 1 · Mon, Nov 16", "percent": 100},
        {"label": "Business day 2 · Tue, Nov 17", "percent": 100},
    ],
    "timeline": [
        {
            "title": "Request received",
            "text": "Tuesday, November 17, 2:14 p.m.",
            "state": "done",
        },
        {
            "title": "Your account team compares it with our records",
            "text": "Started Wednesday.",
            "state": "now",
        },
        {"title": "Access Key by email", "text": "16 digits, valid for 7 days."},
    ],
    "crumbs": [
        {"url": "#main", "label": "Staff"},
        {"url": "#main", "label": "Registration requests"},
    ],
    "choices": [
        {
            "url": "#main",
            "icon": "user-plus",
            "title": "Add one employee",
            "text": "About 4 minutes each",
        },
        {
            "url": "#main",
            "icon": "upload",
            "title": "Upload a sheet",
            "text": "You check every row before we save.",
        },
    ],
    "navigation": [
        {"url": "#main", "label": "Home", "icon": "home"},
        {"url": "#main", "label": "Roster", "icon": "users", "current": True},
        {"url": "#main", "label": "Transactions", "icon": "arrow-left-right"},
        {"url": "#main", "label": "Billing", "icon": "receipt"},
        {"url": "#main", "label": "Messages", "icon": "message-square", "count": 1},
        {"url": "#main", "label": "Plans and documents", "icon": "file-text"},
        {"url": "#main", "label": "Group details", "icon": "building-2"},
        {"url": "#main", "label": "Manage user access", "icon": "user-cog"},
    ],
    "colors": [
        ("brand", _("Accent")),
        ("brand-dark", _("Accent dark")),
        ("brand-tint", _("Accent tint")),
        ("ink", _("Ink")),
        ("ink-2", _("Ink 2")),
        ("ink-3", _("Ink 3")),
        ("control", _("Control border")),
        ("line", _("Line")),
        ("canvas", _("Canvas")),
        ("ok", _("Done")),
        ("warn-mark", _("Warning mark")),
        ("warn", _("Warning text")),
        ("warn-bg", _("Warning field")),
        ("bad", _("Problem")),
        ("bad-bg", _("Problem field")),
        ("info", _("In progress")),
        ("info-bg", _("Progress field")),
        ("focus", _("Focus")),
    ],
    "icons": [
        "home",
        "help",
        "phone",
        "mail",
        "user",
        "users",
        "user-plus",
        "user-cog",
        "key-round",
        "lock",
        "shield-check",
        "id-card",
        "receipt",
        "file-text",
        "message-square",
        "calendar",
        "clock",
        "compass",
        "flag",
        "search",
        "download",
        "upload",
        "pencil",
        "check",
        "x",
        "warning",
        "error",
        "success",
        "info",
    ],
}


@register.simple_tag
def sample_form() -> SampleForm:
    """Return a filled form without errors."""
    return SampleForm(initial={**SAMPLE_INPUT, "last_day": "10/23/2026"}, prefix="sample")


@register.simple_tag
def failed_form() -> SampleForm:
    """Return a submitted form with two errors, one of them on a checkbox."""
    sent = {**SAMPLE_INPUT, "last_day": "06/30/2026", "terms": ""}
    form = SampleForm({f"failed-{name}": value for name, value in sent.items()}, prefix="failed")
    form.add_error("last_day", _("Last day worked must be September 1, 2026 or later."))
    return form


@register.simple_tag
def samples() -> dict[str, Any]:
    """Return the lists that components take."""
    return SAMPLES
