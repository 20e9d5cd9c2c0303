"""The portal, and beside it bare pages to compare with."""

import inspect

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import connection, transaction
from django.shortcuts import render
from django.urls import path

from accounts.views.users import manage_users
from groups.atoms import ALL_ATOMS
from groups.models import EmployerGroup
from portal.urls import *  # noqa: F403
from portal.urls import urlpatterns as portal_urlpatterns
from portal.views.group_home import home as home_of_group
from tests.bench.tenants import BROKER_ATOMS


@login_not_required
def static_text(request, name):
    """Render a template without a single tag, through the same middleware and context processors."""
    return render(request, f"{name}.bench")


def without_tenancy(view, atoms):
    """Return the body of a group's view with no rights asked and no scope opened, for people who hold *atoms*."""
    body = inspect.unwrap(view)

    def bare(request, group_slug):
        request.group = EmployerGroup.objects.get(slug=group_slug)
        request.granted, request.units, request.viewed_as = atoms, None, None
        return body(request)

    return bare


def book(request):
    """Send the statements of the book of business and write the rows of the last one in a plain loop."""
    with connection.cursor() as cursor:
        for statement in settings.BENCH_BOOK:
            cursor.execute(statement)
            rows = cursor.fetchall()
    return render(request, "book.bench", {"rows": rows})


def group_home(request):
    """Send the statements of a group's home page in one transaction, read their rows, write a text as long."""
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in settings.BENCH_HOME:
            cursor.execute(statement)
            cursor.fetchall()
        return render(request, "group-home.bench")


urlpatterns = [
    *portal_urlpatterns,
    path("static-text/<str:name>/", static_text),
    path("bare/g/<slug:group_slug>/", without_tenancy(home_of_group, BROKER_ATOMS)),
    path("bare/g/<slug:group_slug>/users/", without_tenancy(manage_users, ALL_ATOMS)),
    path("bare-book/", book),
    path("bare-home/", group_home),
]
