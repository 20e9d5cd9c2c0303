"""People, their requests for access, access codes and grants; split by noun."""

from accounts.models.access import AccessCode, Grant, GroupPermissionLine
from accounts.models.registration import RegistrationEntry, RegistrationRequest
from accounts.models.users import SignInSeal, TermsAcceptance, User

__all__ = [
    "AccessCode",
    "Grant",
    "GroupPermissionLine",
    "RegistrationEntry",
    "RegistrationRequest",
    "SignInSeal",
    "TermsAcceptance",
    "User",
]
