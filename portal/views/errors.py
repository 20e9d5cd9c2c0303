"""Error pages, in the look of the portal; none of them says what exists."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.models import Grant
from groups.access import NoRightGivesItError
from portal.tenancy import person_scope


@login_not_required
def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: the browser sent something we cannot read."""
    return render(request, "400.html", status=400)


@login_not_required
def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: signed in, but without the right; *exception* may name it in plain words. Names who can give it."""
    group = getattr(request, "group", None)
    context: dict[str, object] = {"reason": str(exception or "")}
    if group is None or isinstance(exception, NoRightGivesItError):
        context["nobody_gives_it"] = group is not None
        return render(request, "403.html", context, status=403)
    with person_scope(request.user.pk or 0, address=group.slug):
        administrators = Grant.objects.primary_administrators(group)
        context["administrators"] = [str(one.user) for one in administrators]
        context["missing"] = (
            "" if getattr(request, "viewed_as", None) else getattr(exception, "codename", "")
        )
        return render(request, "403.html", context, status=403)


@login_not_required
def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: no such page, or a record of somebody else; the page does not tell which."""
    return render(request, "404.html", status=404)


@login_not_required
def server_error(request: HttpRequest) -> HttpResponse:
    """500: our fault; the reference leads to the log line."""
    return render(request, "500.html", status=500)


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the form is too old or came from elsewhere."""
    return render(request, "403_csrf.html", status=403)
