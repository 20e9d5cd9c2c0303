"""People, their requests for access, access codes and grants; split by noun."""

from accounts.models.brokers import Agency, Broker
from accounts.models.codes import AccessCode
from accounts.models.delegation import (
    AccessImport,
    AccessImportRow,
    AccessReview,
    AccessReviewItem,
    HandOver,
)
from accounts.models.grants import (
    Grant,
    GrantUnit,
    GroupPermissionLine,
    SubgroupPermissionLine,
    end_of,
)
from accounts.models.preferences import GroupPreference
from accounts.models.registration import RegistrationEntry, RegistrationRequest
from accounts.models.users import EndedSession, SignInSeal, TermsAcceptance, User

__all__ = [
    "AccessCode",
    "AccessImport",
    "AccessImportRow",
    "AccessReview",
    "AccessReviewItem",
    "Agency",
    "Broker",
    "EndedSession",
    "Grant",
    "GrantUnit",
    "GroupPermissionLine",
    "GroupPreference",
    "HandOver",
    "RegistrationEntry",
    "RegistrationRequest",
    "SignInSeal",
    "SubgroupPermissionLine",
    "TermsAcceptance",
    "User",
    "end_of",
]
