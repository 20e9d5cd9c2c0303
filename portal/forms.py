"""How forms are drawn: the portal's field template, and widgets that Django does not have."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.forms.renderers import TemplatesSetting


class PortalRenderer(TemplatesSetting):
    """Draw ``{{ form.name.as_field_group }}`` and lists of errors as the portal draws them."""

    field_template_name = "components/field.html"


class ChoiceTiles(forms.RadioSelect):
    """Radio buttons as tiles with a second line, for two to five choices.

    *hints* gives the second line by choice value; *pictures* the path of a static image by choice value,
    which turns the tiles into a gallery. The choice's label is then the picture's text alternative.
    """

    template_name = "components/widgets/choice_tiles.html"
    option_template_name = "components/widgets/choice_tile.html"

    def __init__(
        self,
        attrs: Mapping[str, Any] | None = None,
        choices: Any = (),
        *,
        hints: Mapping[str, Any] | None = None,
        pictures: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(dict(attrs or {}), choices)
        self.hints = dict(hints or {})
        self.pictures = dict(pictures or {})

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Tell the template whether the tiles are a gallery."""
        context = super().get_context(name, value, attrs)
        context["widget"]["gallery"] = bool(self.pictures)
        return context

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add the second line and the picture of one choice."""
        option: dict[str, Any] = super().create_option(name, value, *args, **kwargs)
        option["hint"] = self.hints.get(str(value), "")
        option["picture"] = self.pictures.get(str(value), "")
        return option
