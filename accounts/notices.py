"""Letters about a change of access: to the person it is about, and to those who answer for the group."""

from accounts.models import Grant
from groups.models import EmployerGroup
from portal import mail

ACCESS_NOTICE = "accounts/access_notice"


def tell(grant: Grant, letter: str, *, notice: str = ACCESS_NOTICE) -> None:
    """Write to the person that their access changed, and *notice* to the primary administrators.

    No names, only a link.
    """
    mail.send(
        letter,
        to=grant.user.email if grant.user else grant.email,
        key=f"{letter}:{grant.pk}:{grant.version}",
        context={},
    )
    tell_primaries(grant.group, grant, letter=notice)


def tell_primaries(group: EmployerGroup, grant: Grant, *, letter: str = ACCESS_NOTICE) -> None:
    """Write to every primary administrator of *group* that who has access has changed."""
    name = letter.replace("/", ".")
    for primary in Grant.objects.primary_administrators(group):
        if primary.user and primary.pk != grant.pk:
            mail.send(
                letter,
                to=primary.user.email,
                key=f"{name}:{grant.pk}:{grant.version}:{grant.state}:{primary.user_id}",
                context={"slug": group.slug},
            )
