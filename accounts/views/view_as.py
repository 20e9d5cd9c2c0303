"""See the group with the eyes of a colleague, read-only, and stop it."""

from django.http import HttpResponse
from django.views.decorators.http import require_POST

from accounts.actions.view_as import begin_view_as, end_view_as
from accounts.models import Grant
from accounts.views.colleague import me, on_colleague, to_colleague
from groups.access import VIEW_AS, GroupRequest, group_view
from portal import htmx
from portal.tenancy import person_scope


@require_POST
@group_view("users_manage", after_end=True)
@on_colleague("view_as")
def view_as(request: GroupRequest, grant: Grant) -> HttpResponse:
    """Begin: from the next page on, this group is shown as the colleague sees it."""
    person = begin_view_as(grant, by=me(request))
    request.session[VIEW_AS] = {**request.session.get(VIEW_AS, {}), request.group.slug: person.pk}
    return htmx.redirect(request, "group_home", request.group.slug)


@require_POST
@group_view("group_view", while_viewing_as=True)
def stop_view_as(request: GroupRequest) -> HttpResponse:
    """Stop, and go back to the page of the colleague where it began."""
    viewed = request.session.get(VIEW_AS, {}).pop(request.group.slug, None)
    request.session.modified = True
    with person_scope(me(request).pk, address=request.group.slug):
        grants = Grant.objects.filter(group=request.group, user_id=viewed or 0)
        grant = grants.order_by("-activated_at").first()
        if grant is None:
            return htmx.redirect(request, "group_home", request.group.slug)
        end_view_as(grant, by=me(request))
        return to_colleague(request, grant)
