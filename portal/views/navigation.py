"""What stands in the navigation: built at the door, where every app is known."""

from django.http import HttpRequest


def context(request: HttpRequest) -> dict[str, object]:
    """Give templates the left navigation of the group in the URL and the top navigation of staff."""
    return {"navigation": [], "staff_navigation": []}
