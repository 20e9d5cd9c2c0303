"""Pages that refuse."""

from tests.quality.acting import (
    SEVERAL,
    STAFF,
    WITHOUT_THE_RIGHT,
    Page,
    forged,
    too_many_fields,
    too_often,
)

REFUSALS = [
    Page("400", "/sign-in/", then=too_many_fields, status=400),
    Page("403", "/g/20418a/users/", WITHOUT_THE_RIGHT, status=403),
    Page("403-staff", "/staff/", SEVERAL, status=403, at="/staff/.*"),
    Page("403-csrf", "/sign-in/", then=forged, status=403),
    Page("404", "/no-such-page/", status=404),
    Page("404-signed-in", "/g/zz999z/", SEVERAL, status=404),
    Page("404-staff", "/staff/nothing/", STAFF, status=404),
    Page("429", "/register/status/", then=too_often, status=429),
]
