"""The 16-digit access key: making, reading and hashing it. Pure.

15 random digits and a Luhn check digit, so that a typing error is told apart from a wrong key; shown in fours.
Source: domain handbook, "Access code".
"""

import hashlib
import hmac
import re
import secrets

from stdnum import luhn

DIGITS = 16


class MistypedError(ValueError):
    """What was entered cannot be an access key: *code* is ``length`` or ``check_digit``."""

    def __init__(self, code: str, digits: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.digits = digits


def generate() -> str:
    """Return 16 new digits from the system's random source; the last one checks the others."""
    body = "".join(secrets.choice("0123456789") for _ in range(DIGITS - 1))
    return body + luhn.calc_check_digit(body)


def normalize(text: str) -> str:
    """Return the 16 digits of *text*; spaces, dashes and invisible marks of any kind are dropped.

    Raises MistypedError with ``length`` (not 16 digits) or ``check_digit`` (a digit is wrong or two are swapped).
    """
    digits = re.sub(r"[\s\-\u200b-\u200f\u2010-\u2015\u2060\u2212\ufeff]", "", text)
    if not re.fullmatch(r"[0-9]{16}", digits, re.ASCII):
        raise MistypedError("length", digits)
    if not luhn.is_valid(digits):
        raise MistypedError("check_digit", digits)
    return digits


def present(digits: str) -> str:
    """Return the digits as people read them: 1234-5678-9012-3456."""
    return "-".join(digits[at : at + 4] for at in range(0, DIGITS, 4))


def digest(digits: str, *, key: str) -> str:
    """Return the keyed hash under which a code is kept: HMAC-SHA-256, hexadecimal."""
    return hmac.new(key.encode(), digits.encode(), hashlib.sha256).hexdigest()
