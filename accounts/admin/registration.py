"""Registration requests on the staff side: addresses and who may open them."""

from functools import partial
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, register_converter

from accounts.admin import decisions, paper, queue
from accounts.models import RegistrationRequest
from accounts.staff_roles import REVIEW
from portal.staff import ReadOnlyAdmin

NAME = "accounts_registrationrequest"


class NumberConverter:
    """A confirmation number in an address: what can be none is no address."""

    regex = "[A-Z]{3}-[0-9A-Z-]{1,16}"

    def to_python(self, value: str) -> str:
        """Return the number."""
        return value

    def to_url(self, value: str) -> str:
        """Return the number."""
        return value


register_converter(NumberConverter, "request_number")


@admin.register(RegistrationRequest)
class RegistrationRequestAdmin(ReadOnlyAdmin):
    """The queue and its requests, in pages of our own; the number stands in the address, not the key."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ask for the right to work on requests: it includes typing in what came on paper."""
        return request.user.has_perm(REVIEW)

    def get_urls(self) -> list[URLPattern]:
        """Return the queue, the paper form, the page of a request and its decisions."""
        return [
            path("", self._open(queue.queue), name=f"{NAME}_changelist"),
            path("add/", self._open(paper.enter_paper_request), name=f"{NAME}_add"),
            path(
                "<request_number:number>/change/",
                self._open(decisions.detail),
                name=f"{NAME}_change",
            ),
            path("<request_number:number>/link/", self._open(decisions.link), name=f"{NAME}_link"),
            *(
                path(
                    f"<request_number:number>/{key}/",
                    self._open(partial(decisions.decide, key=key)),
                    name=f"{NAME}_{key}",
                )
                for key in decisions.DECISIONS
            ),
        ]

    def _open(self, view: Any) -> Any:
        """Let staff in who may see requests; whoever may decide is asked where it is decided."""

        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not self.has_view_permission(request):
                raise PermissionDenied
            answer: HttpResponse = view(request, *args, **kwargs)
            return answer

        return self.admin_site.admin_view(guarded)
