"""A person with an account, the seal they sign in by, and the terms they accepted."""

from typing import ClassVar, Self

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.contrib.auth.models import UserManager as AuthUserManager
from django.db import connection, models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.user_names import fold_login


class UserQuerySet(models.QuerySet["User"]):
    """Readings of people."""

    def with_confirmed_email(self, email: str) -> Self:
        """Return the active person who confirmed *email*, whatever its case; at most one row."""
        return self.filter(
            is_active=True, emailaddress__email__iexact=email, emailaddress__verified=True
        )


class UserManager(AuthUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    """Django's manager with our readings."""


class User(AbstractUser):
    """A person who signs in: employer administrator, broker or staff. Nobody is a superuser.

    User name and e-mail address are unique whatever their case.
    """

    email = models.EmailField(_("email address"), max_length=254)
    first_name = models.CharField(_("first name"), max_length=35)
    middle_initial = models.CharField(_("middle initial"), max_length=1, blank=True)
    last_name = models.CharField(_("last name"), max_length=60)
    title = models.CharField(_("title"), max_length=60, blank=True)
    phone = models.CharField(_("phone"), max_length=10, blank=True)
    company = models.CharField(_("company or brokerage"), max_length=120, blank=True)
    region = models.CharField(_("region"), max_length=20, blank=True)

    sensitive: ClassVar[set[str]] = {
        "username", "email", "first_name", "middle_initial", "last_name", "title", "phone", "company", "password",
    }  # fmt: skip
    plain: ClassVar[set[str]] = {
        "last_login", "is_superuser", "is_staff", "is_active", "date_joined", "groups", "region",
        "user_permissions",
    }  # fmt: skip

    objects: ClassVar[UserManager] = UserManager()

    class Meta(AbstractUser.Meta):
        default_permissions = ("view", "change")
        constraints = [
            models.UniqueConstraint(Lower("username"), name="user_name_unique_any_case"),
            models.UniqueConstraint(Lower("email"), name="user_email_unique_any_case"),
            models.CheckConstraint(name="user_never_superuser", condition=Q(is_superuser=False)),
        ]

    def __str__(self) -> str:
        return self.get_full_name() or self.username

    @property
    def initials(self) -> str:
        """Return the letters shown in the round mark beside the name."""
        return (self.first_name[:1] + self.last_name[:1]).upper()


class SignInSealQuerySet(models.QuerySet["SignInSeal"]):
    """Readings of seals."""

    def shown_for(self, login: str) -> tuple[str, str] | None:
        """Return picture and phrase of the person with this user name or e-mail address, however spelled.

        In SQL: to build the statement by the ORM takes longer than all the rest of the seal page.
        """
        typed = fold_login(login)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT picture, phrase FROM accounts_signinseal AS seal"
                " JOIN accounts_user AS person ON person.id = seal.user_id"
                " WHERE LOWER(person.username) = %s OR LOWER(person.email) = %s LIMIT 1",
                [typed, typed],
            )
            row: tuple[str, str] | None = cursor.fetchone()
        return row


class SignInSeal(models.Model):
    """The picture and phrase a person sees before typing the password, so that they know the page is ours."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="seal"
    )
    picture = models.CharField(max_length=30)  # a key of accounts.seals.SEALS
    phrase = models.CharField(max_length=60)
    updated_at = models.DateTimeField(auto_now=True)

    sensitive: ClassVar[set[str]] = {"picture", "phrase"}
    plain: ClassVar[set[str]] = {"user", "updated_at"}

    objects = SignInSealQuerySet.as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"Seal of {self.user_id}"


class TermsAcceptance(models.Model):
    """One version of the terms, accepted by one person at one time. Kept for good."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="terms_acceptances"
    )
    version = models.CharField(max_length=20)
    accepted_at = models.DateTimeField(default=timezone.now)
    ip_address = models.GenericIPAddressField(null=True, blank=True)

    sensitive: ClassVar[set[str]] = {"ip_address"}
    plain: ClassVar[set[str]] = {"user", "version", "accepted_at"}

    class Meta:
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["user", "version"], name="terms_accepted_once_per_version"
            )
        ]

    def __str__(self) -> str:
        return f"{self.version} by {self.user_id}"


class EndedSession(models.Model):
    """A session that somebody else ended, so that its browser is told why when it comes back.

    Only a keyed hash of the session key is kept (``accounts.sessions``), and only for two days.
    """

    class Reason(models.TextChoices):
        ACCESS_REMOVED = "access_removed", _("Access was removed")
        ACCESS_SUSPENDED = "access_suspended", _("Access was deactivated")
        CARRIER_REMOVED = "carrier_removed", _("We removed the access")
        CARRIER_STOPPED = "carrier_stopped", _("We stopped the access of the agency")
        PASSWORD_RESET = "password_reset", _("The password must be set anew")
        ACCOUNT_CLOSED = "account_closed", _("The account was deactivated")

    digest = models.CharField(max_length=64, unique=True)
    reason = models.CharField(max_length=20, choices=Reason.choices)
    ended_at = models.DateTimeField(default=timezone.now, db_index=True)

    sensitive: ClassVar[set[str]] = {"digest"}
    plain: ClassVar[set[str]] = {"reason", "ended_at"}

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.reason}, {self.ended_at:%Y-%m-%d}"
