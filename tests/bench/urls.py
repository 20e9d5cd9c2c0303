"""The portal, and beside it a bare page of static text to compare with."""

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from django.urls import path

from portal.urls import *  # noqa: F403
from portal.urls import urlpatterns as portal_urlpatterns


@login_not_required
def static_text(request, name):
    """Render a template without a single tag, through the same middleware and context processors."""
    return render(request, f"{name}.bench")


urlpatterns = [*portal_urlpatterns, path("static-text/<str:name>/", static_text)]
