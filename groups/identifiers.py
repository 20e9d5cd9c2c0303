"""Group ID and Group Policyholder ID as people type them.

Source: domain handbook, "Field formats and validators"; registration guide of the carrier.
"""

import re
from dataclasses import dataclass

GROUP_ID_LENGTH = 6
POLICYHOLDER_ID_LENGTH = 9


@dataclass(frozen=True)
class IdentifierError(ValueError):
    """Why an identifier cannot be right: *code* for the message, *entered* as normalized, *length* in characters."""

    code: str
    entered: str

    @property
    def length(self) -> int:
        """Return how many characters were entered, spaces and dashes not counted."""
        return len(self.entered)


def normalize_group_id(text: str) -> str:
    """Return *text* as a Group ID: 6 letters or digits, upper case; spaces and dashes are dropped.

    Raises IdentifierError with code ``length`` or ``characters``.
    """
    entered = re.sub(r"[\s-]", "", text).upper()
    if re.search(r"[^A-Z0-9]", entered, re.ASCII):
        raise IdentifierError("characters", entered)
    if len(entered) != GROUP_ID_LENGTH:
        raise IdentifierError("length", entered)
    return entered


def normalize_policyholder_id(text: str) -> str:
    """Return *text* as a Group Policyholder ID: digits only, zeros put in front to make 9.

    Raises IdentifierError with code ``characters``, ``length`` (10 digits or more) or ``zeros`` (nothing but zeros).
    """
    entered = re.sub(r"[\s-]", "", text)
    if not re.fullmatch(r"[0-9]+", entered):
        raise IdentifierError("characters", entered)
    if len(entered) > POLICYHOLDER_ID_LENGTH:
        raise IdentifierError("length", entered)
    if not entered.strip("0"):
        raise IdentifierError("zeros", entered)
    return entered.zfill(POLICYHOLDER_ID_LENGTH)


def names_another_unit(group_id: str) -> bool:
    """Tell whether *group_id* ends in a letter other than A, so that the company's A group is meant.

    A trailing digit is a Group ID in its own right.
    """
    return group_id[-1].isalpha() and group_id[-1] != "A"
