"""Letters about a change of access: to the person it is about, and to those who answer for the group."""

from collections.abc import Collection, Mapping

from accounts.models import Grant
from accounts.preferences import Letters, muted_by
from accounts.roles import PRIMARY_ADMINISTRATOR
from groups.models import EmployerGroup
from portal import mail

ACCESS_NOTICE = "accounts/access_notice"
# What primary administrators may switch off: it asks nothing of them, and is about somebody else's access.
COPIES = frozenset({
    ACCESS_NOTICE, "accounts/access_ending_notice", "accounts/agency_notice", "accounts/password_notice",
    "accounts/profile_notice",
})  # fmt: skip


def tell(grant: Grant, letter: str, *, notice: str = ACCESS_NOTICE) -> None:
    """Write to the person that their access changed, and *notice* to the primary administrators.

    No names of people, only the group and a link. Nobody reads the letters to a closed account.
    """
    if grant.user is None or grant.user.is_active:
        mail.send(
            letter,
            to=grant.user.email if grant.user else grant.email,
            key=f"{letter}:{grant.pk}:{grant.version}",
            context={"group": grant.group.name},
        )
    tell_primaries(grant.group, grant, letter=notice)


def tell_primaries(group: EmployerGroup, grant: Grant, *, letter: str = ACCESS_NOTICE) -> None:
    """Write to every primary administrator of *group*, but for whom it is about, that who has access has changed."""
    name = letter.replace("/", ".")
    write_to_primaries(
        [group.pk],
        letter,
        key=f"{name}:{grant.pk}:{grant.version}:{grant.state}",
        without=[grant.user_id] if grant.user_id else (),
    )


def write_to_primaries(
    groups: Collection[int],
    letter: str,
    *,
    key: str,
    context: Mapping[str, object] | None = None,
    without: Collection[int] = (),
) -> int:
    """Write *letter* to the primary administrators of *groups* (ids), one for each of their groups; return how many.

    Not to the users *without* (ids), nor to closed accounts, nor a copy (COPIES) to whoever wants none. The letter has
    the *slug* of its group besides *context*; *key* names the occasion: the same again writes nothing.
    """
    primaries = Grant.objects.in_force().filter(
        group__in=groups, role=PRIMARY_ADMINISTRATOR.key, user__is_active=True
    )
    found = primaries.exclude(user__in=without).order_by("activated_at", "pk")
    receivers = list(found.select_related("user", "group"))
    if letter in COPIES:
        receivers = _who_want_copies(receivers)
    letters = [
        mail.Letter(_address(one), f"{key}:{one.pk}", {"slug": one.group.slug, **(context or {})})
        for one in receivers
    ]
    if letters:
        mail.send_many(letter, letters)
    return len(letters)


def _who_want_copies(primaries: Collection[Grant]) -> list[Grant]:
    """Return those who did not switch copies off; in a group where all of them did, all: somebody must know."""
    muted = muted_by(
        Letters.ACCESS_COPIES,
        groups={one.group_id for one in primaries},
        users={one.user_id for one in primaries if one.user_id},
    )
    wanting = {one.pk for one in primaries if (one.user_id, one.group_id) not in muted}
    served = {one.group_id for one in primaries if one.pk in wanting}
    return [one for one in primaries if one.pk in wanting or one.group_id not in served]


def _address(grant: Grant) -> str:
    return grant.user.email if grant.user else grant.email
