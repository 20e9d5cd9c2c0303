"""Make an account with an access code."""

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.actions.codes import lock_code, redeem_code
from accounts.models import AccessCode, SignInSeal, TermsAcceptance, User
from portal import audit
from portal.request_info import current

HAS_ACCOUNT = _("This email address has an account. Sign in and enter the code there.")
CLOSED = _("The account of this email address is deactivated. Call us about it.")


def create_account(
    code: AccessCode,
    *,
    username: str,
    password_hash: str,
    first_name: str,
    middle_initial: str,
    last_name: str,
    title: str,
    phone: str,
    company: str,
    region: str,
    picture: str,
    phrase: str,
    by: User | None,
) -> User:
    """Make the account that *code* opens and redeem it, all or nothing.

    The e-mail address is the one the key was sent to; typing the key back confirms it. Of two browsers with
    the same key one gets the account. Raises ValidationError keyed ``username`` when the name is taken, with
    code ``has_account`` when the address has an account, ``closed`` when that is deactivated, and as
    ``redeem_code`` does.
    """
    try:
        with transaction.atomic():
            # Lock first: the second browser waits here and then finds the key used.
            code = lock_code(code)
            _require_new_address(code.email)
            user = User(
                username=username,
                email=code.email.lower(),  # as allauth compares addresses
                first_name=first_name,
                middle_initial=middle_initial,
                last_name=last_name,
                title=title,
                phone=phone,
                company=company,
                region=region,
                password=password_hash,
            )
            user.save()
            _furnish(user, picture=picture, phrase=phrase)
            audit.record(
                "accounts.account_created", by=by or user, target=user, group_id=code.group_id
            )
            redeem_code(code, user=user, by=by or user)
    except IntegrityError as error:
        if "user_name_unique_any_case" in str(error) or "username" in str(error):
            raise ValidationError(
                {"username": _("This user name is taken. Choose another one.")}
            ) from error
        raise ValidationError(HAS_ACCOUNT, code="has_account") from error
    return user


def _require_new_address(email: str) -> None:
    """Raise ValidationError when *email* has an account, open or deactivated."""
    holder = User.objects.filter(email__iexact=email).first()
    if holder is not None and not holder.is_active:
        raise ValidationError(CLOSED, code="closed")
    if holder is not None:
        raise ValidationError(HAS_ACCOUNT, code="has_account")


def _furnish(user: User, *, picture: str, phrase: str) -> None:
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    SignInSeal.objects.create(user=user, picture=picture, phrase=phrase)
    TermsAcceptance.objects.create(
        user=user, version=settings.TERMS_VERSION, ip_address=current.get().ip_address
    )
