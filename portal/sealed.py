"""Encrypt small secrets that must be readable once more: AES-GCM, bound to the place they are kept.

Layout: 4 bytes key id, 12 bytes nonce, then ciphertext and tag. Keys come from ``SEALING_KEYS``, newest first.
"""

import base64
import hashlib
import secrets

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

KEY_BYTES = 32


def seal(data: bytes, *, place: str) -> bytes:
    """Encrypt *data* with the newest key; only ``unseal`` with the same *place* opens it."""
    key = _keys()[0]
    nonce = secrets.token_bytes(12)
    return _key_id(key) + nonce + AESGCM(key).encrypt(nonce, data, place.encode())


def unseal(blob: bytes, *, place: str) -> bytes:
    """Decrypt what ``seal`` made for *place*.

    Raises cryptography's InvalidTag when the bytes or the place are not the same, LookupError when the key is gone.
    """
    blob = bytes(blob)
    for key in _keys():
        if _key_id(key) == blob[:4]:
            return AESGCM(key).decrypt(blob[4:16], blob[16:], place.encode())
    raise LookupError("No key in SEALING_KEYS opens this.")


def _keys() -> list[bytes]:
    return [base64.b64decode(key) for key in settings.SEALING_KEYS]


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(b"key-id" + key).digest()[:4]
