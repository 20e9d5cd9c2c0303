"""Small pieces of the interface: icons, status words, due marks, form controls.

All of them return markup built with ``format_html``; whatever a person typed is escaped.
"""

from functools import lru_cache
from typing import Any

from django import forms, template
from django.forms import BoundField
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

# kind: (shape, tone). The shape is read without color, the tone only repeats it.
STATUSES = {
    "active": ("dot", "ok"),
    "done": ("check", "ok"),
    "progress": ("half", "info"),
    "cobra": ("square", "info"),
    "info": ("dot", "info"),
    "attention": ("triangle", "warn"),
    "late": ("triangle", "bad"),
    "ended": ("cross", "quiet"),
    "waived": ("ring", "quiet"),
    "quiet": ("ring", "quiet"),
}
PILL_SHAPES = {
    "ok": "dot",
    "info": "half",
    "warn": "triangle",
    "bad": "triangle",
    "neutral": "cross",
}
PLAIN_STATUS = ("dot", "quiet")
WIDGET_CLASSES: list[tuple[type[forms.Widget], str]] = [
    (forms.CheckboxInput, "ep-box"),
    (forms.RadioSelect, "ep-box"),
    (forms.CheckboxSelectMultiple, "ep-box"),
    (forms.Textarea, "usa-textarea"),
    (forms.Select, "usa-select"),
]


@lru_cache(maxsize=512)
def _symbol(classes: str, name: str) -> SafeString:
    """Draw a symbol of the sprite; remembered, as a page has some sixty of them and the sprite never moves."""
    return format_html(
        '<svg class="{}" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>',
        classes,
        static("img/icons.svg"),
        name,
    )


@register.simple_tag
def icon(name: str, style: str = "") -> SafeString:
    """Draw an icon of the sprite; *style* is small, large or brand. Always beside a word, so hidden from readers."""
    return _symbol(f"ep-icon ep-icon--{style}" if style else "ep-icon", name)


@register.simple_block_tag(end_name="enddrawn")
def drawn(content: SafeString) -> SafeString:
    """Draw once what a page shows in two places: ``{% drawn as name %}...{% enddrawn %}``, then ``{{ name }}``."""
    return content


def _shape(name: str) -> SafeString:
    return _symbol("ep-shape", f"shape-{name}")


@register.simple_tag
def status(kind: str, label: object) -> SafeString:
    """Draw a state as shape and word; *kind* is a key of STATUSES, anything else is drawn without a tone."""
    shape, tone = STATUSES.get(kind, PLAIN_STATUS)
    return format_html(
        '<span class="ep-status ep-status--{}">{}<span>{}</span></span>', tone, _shape(shape), label
    )


@register.simple_tag
def pill(tone: str, label: object) -> SafeString:
    """Draw the one state of a page beside its title; *tone* is ok, info, warn, bad or neutral."""
    shape = PILL_SHAPES.get(tone, PILL_SHAPES["neutral"])
    return format_html(
        '<span class="ep-pill ep-pill--{}">{}<span>{}</span></span>', tone, _shape(shape), label
    )


@register.simple_tag
def due(distance: object, day: object = "", level: str = "") -> SafeString:
    """Draw how far away a duty is, with its date below; *level* is soon, late or empty."""
    modifier = f" ep-due--{level}" if level else ""
    small = format_html("<small>{}</small>", day) if day else ""
    return format_html('<span class="ep-due{}"><b>{}</b>{}</span>', modifier, distance, small)


@register.filter
def initials(name: object) -> str:
    """Return the first letters of the first and last word of a name: "Karen Mitchell" is KM."""
    words = str(name or "").split()
    letters = [word[0] for word in (words[:1] + words[1:][-1:])]
    return "".join(letters).upper()


@register.filter
def field_kind(field: BoundField) -> str:
    """Return how a field is laid out: hidden, choices, checkbox, password or plain."""
    widget = field.field.widget
    if widget.is_hidden:
        return "hidden"
    if widget.use_fieldset:
        return "choices"
    if isinstance(widget, forms.CheckboxInput):
        return "checkbox"
    return "password" if isinstance(widget, forms.PasswordInput) else "plain"


@register.simple_tag
def widget(field: BoundField, **attrs: Any) -> SafeString:
    """Draw a field's control with the class of its kind, kept beside classes it already has."""
    own = str(field.field.widget.attrs.get("class", ""))
    given = str(attrs.pop("class", ""))
    attrs["class"] = " ".join(filter(None, [_widget_class(field.field.widget), own, given]))
    return field.as_widget(attrs=attrs)


def _widget_class(control: forms.Widget) -> str:
    if isinstance(control, forms.MultiWidget):
        return ""
    for kind, name in WIDGET_CLASSES:
        if isinstance(control, kind):
            return name
    return "usa-input"


@register.filter
def problem_count(form: forms.BaseForm) -> int:
    """Return the number of messages a form has, those of the whole form included."""
    return sum(len(messages) for messages in form.errors.values())
