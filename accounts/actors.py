"""How people are named before an employer: its own by name, the carrier's under the carrier's. Only reads."""

from collections.abc import Collection, Iterable

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Grant, User
from accounts.roles import EMERGENCY
from portal.brand import brand
from portal.models import AuditEvent
from portal.staff import in_words

BY_APPLICANT = {
    "accounts.registration_submitted", "accounts.registration_corrected", "accounts.registration_answered",
    "accounts.registration_withdrawn",
}  # fmt: skip

# Staff call it an Access Key, as the registration desk does.
CODE_WORDS = {
    "accounts.access_code_issued": gettext_lazy("issued an access code"),
    "accounts.access_code_revoked": gettext_lazy("withdrew the access code"),
    "accounts.access_code_redeemed": gettext_lazy("used the access code"),
    "accounts.access_code_locked": gettext_lazy("locked the access code after wrong tries"),
}


def carrier_staff() -> str:
    """Return how the carrier's people are called before employers: "Evergreen Health Plan staff"."""
    return _("%(carrier)s staff") % {"carrier": brand().name}


def staff_among(people: Iterable[int | None]) -> frozenset[int]:
    """Return the ids of the carrier's people among the ids *people*; one statement."""
    known = {key for key in people if key}
    return frozenset(User.objects.filter(pk__in=known, is_staff=True).values_list("pk", flat=True))


def actor_in_words(event: AuditEvent, staff: Collection[int]) -> str:
    """Return who did what *event* says; *staff* are the ids that ``staff_among`` found among the actors."""
    if event.actor_key in staff:
        return carrier_staff()
    if event.actor_label:
        return event.actor_label
    return _("The applicant") if event.kind in BY_APPLICANT else _("The portal")


def event_for_employers(kind: str) -> str:
    """Return what was done, as employers read it: what colleagues get is an access code."""
    return str(CODE_WORDS.get(kind) or in_words(kind))


def user_in_words(user: User) -> str:
    """Return how *user* is called before employers."""
    return carrier_staff() if user.is_staff else str(user)


def is_of_carrier(grant: Grant) -> bool:
    """Tell whether *grant* lets one of the carrier's own people in."""
    return grant.role == EMERGENCY.key or bool(grant.user and grant.user.is_staff)


def person_in_words(grant: Grant) -> str:
    """Return whose *grant* is, as employers read it."""
    return carrier_staff() if is_of_carrier(grant) else grant.person


def is_closed(grant: Grant) -> bool:
    """Tell whether *grant* opens nothing and will not again: taken away, or past its end."""
    return grant.state not in Grant.OPEN or bool(grant.ends_at and grant.ends_at <= timezone.now())


def address_of(grant: Grant) -> str:
    """Return the e-mail address that employers read: none of the carrier's people, of closed access the invited one."""
    if is_of_carrier(grant):
        return ""
    return grant.user.email if grant.user and not is_closed(grant) else grant.email
