"""Where a redirect may lead that a form or an address names: to a path of this site, and nowhere else."""

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

LONGEST = 2000


def is_own_path(request: HttpRequest, url: str) -> bool:
    """Tell whether *url* is a path of this site. A bare word is none: Django would look for a view of that name."""
    return (
        url.startswith("/")
        and url.isprintable()
        and len(url) <= LONGEST
        and url_has_allowed_host_and_scheme(url, {request.get_host()}, request.is_secure())
    )
