"""A page between the button and the deed: what will happen, and a reason that stays in the history."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise

from accounts.forms.staff_access import ReasonForm, VersionedReasonForm

Words = str | Promise


@dataclass(frozen=True)
class Question:
    """What the page says. *effects* are (icon, sentence); *blocked* says why it cannot be done at all.

    *crumbs* are (address, words), the last one is where *Cancel* leads; *after* is where the deed leads, if elsewhere.
    """

    title: Words
    lead: Words
    button: Words
    crumbs: Sequence[tuple[str, Words]]
    effects: Sequence[tuple[str, Words]] = field(default_factory=list)
    blocked: Words = ""
    danger: bool = True
    after: str = ""

    @property
    def back(self) -> str:
        """Return the address of the page the person came from."""
        return self.crumbs[-1][0]


def require(request: HttpRequest, *permissions: str) -> None:
    """Raise PermissionDenied unless the person holds all of *permissions*."""
    if not all(request.user.has_perm(permission) for permission in permissions):
        raise PermissionDenied


def ask(
    request: HttpRequest,
    question: Question,
    *,
    act: Callable[..., Any],
    done: Callable[[Any], str],
    version: int | None = None,
) -> HttpResponse:
    """Ask for the reason; then call *act* with it, say what *done* makes of the result, and leave.

    With *version* the form carries the state that the person saw, and *act* is given it too.
    """
    form = _form(request, version)
    if request.method == "POST" and form.is_valid():
        try:
            result = act(**form.cleaned_data, by=request.user)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, done(result))
            return redirect(question.after or question.back)
    context = {"question": question, "form": form, "version": version}
    return render(request, "admin/accounts/confirm.html", context)


def _form(request: HttpRequest, version: int | None) -> ReasonForm:
    kind = ReasonForm if version is None else VersionedReasonForm
    return kind(request.POST if request.method == "POST" else None)
