"""What people do with their own account, and what is written down about signing in."""

from allauth.account.models import EmailAddress
from django.db import transaction

from accounts import letters, sessions
from accounts.models import SignInSeal, TermsAcceptance, User
from portal import audit
from portal.request_info import current

PROFILE_FIELDS = (
    "first_name", "middle_initial", "last_name", "title", "phone", "company",
)  # fmt: skip
NOBODY = "nobody"


@transaction.atomic
def edit_profile(
    user: User,
    *,
    first_name: str,
    middle_initial: str,
    last_name: str,
    title: str,
    phone: str,
    company: str,
    by: User,
    group_id: int | None = None,
) -> User:
    """Change a person's particulars; phone is 10 digits or empty.

    Writes one audit event that names the changed fields, with values only of those that are not personal; it
    belongs to the history of the group *group_id* where a colleague made the change. Nothing changed, nothing written.
    """
    user = User.objects.select_for_update().get(pk=user.pk)
    given = (first_name, middle_initial, last_name, title, phone, company)
    changes = {}
    for field, new in zip(PROFILE_FIELDS, given, strict=True):
        old = getattr(user, field)
        if old != new:
            changes[field] = (old, new)
            setattr(user, field, new)
    if changes:
        user.save(update_fields=list(changes))
        audit.record(
            "accounts.profile_edited", by=by, target=user, group_id=group_id, changes=changes
        )
    return user


@transaction.atomic
def choose_seal(user: User, *, picture: str, phrase: str, by: User) -> SignInSeal:
    """Give the person the picture (a key of ``accounts.seals.SEALS``) and the phrase; tell them by mail.

    The audit event does not say which: who knows the seal can imitate the page.
    """
    seal, _created = SignInSeal.objects.update_or_create(
        user=user, defaults={"picture": picture, "phrase": phrase}
    )
    audit.record("accounts.seal_changed", by=by, target=user)
    letters.send("seal_changed", to=user.email)
    return seal


@transaction.atomic
def accept_terms(user: User, *, version: str, by: User) -> TermsAcceptance:
    """Record that the person accepts *version* of the terms, once; a second time returns the first."""
    acceptance, created = TermsAcceptance.objects.get_or_create(
        user=user, version=version, defaults={"ip_address": current.get().ip_address}
    )
    if created:
        audit.record("accounts.terms_accepted", by=by, target=user, note=version)
    return acceptance


@transaction.atomic
def change_password(user: User, *, password: str, keep_session: str, by: User) -> None:
    """Set a new password and end every other session of the person, all but the one with key *keep_session*.

    The password was checked by the form. allauth sends the letter about it.
    """
    user.set_password(password)
    user.save(update_fields=["password"])
    others = sessions.of(user).exclude(session_key=keep_session)
    sessions.end(others)
    audit.record("accounts.password_changed", by=by, target=user)


@transaction.atomic
def end_sessions(user: User, *, session_keys: list[str], by: User) -> int:
    """Sign the person out of the sessions with *session_keys*, at once; others' keys are ignored. Return how many."""
    ended = sessions.end(sessions.of(user).filter(session_key__in=session_keys))
    if ended:
        audit.record("accounts.sessions_ended", by=by, target=user, note=str(ended))
    return ended


@transaction.atomic
def send_user_name(email: str, *, by: User | None) -> None:
    """Mail the user name to *email* if it is the confirmed address of an active account.

    Any other address costs the same statements and gets no letter. The name travels encrypted.
    """
    address = (
        EmailAddress.objects.filter(email__iexact=email, verified=True, user__is_active=True)
        .select_related("user")
        .first()
    )
    if address:
        letters.send("user_name", to=address.email, secret={"user_name": address.user.username})
    else:
        letters.pretend("user_name", to=email, secret={"user_name": NOBODY})
    audit.record("accounts.user_name_requested", by=by, target=address.user if address else User())


@transaction.atomic
def note_sign_in(user: User, *, by: User) -> None:
    """Write down that the person has passed every step."""
    audit.record("accounts.signed_in", by=by, target=user)


@transaction.atomic
def note_refused_sign_in(username: str, *, kind: str, by: User | None) -> None:
    """Write down a refused try under *kind*; a name that nobody has is not kept, it may be a mistyped password."""
    user = User.objects.filter(username__iexact=username).first()
    audit.record(kind, by=by, target=user or User())
