"""A passkey in software: answers the browser's questions as a device would."""

import json

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import sha256, websafe_encode
from fido2.webauthn import (
    Aaguid,
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

ORIGIN, RP_ID = "http://testserver", "testserver"
PRESENT_AND_VERIFIED = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.UV


class SoftKey:
    """One resident credential for one user handle."""

    def __init__(self, user_handle):
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.id = b"soft-key-of-the-tests"
        self.user_handle = user_handle

    def create(self, options):
        """Answer a registration; return what the form carries."""
        public = ES256.from_cryptography_key(self.private.public_key())
        data = AuthenticatorData.create(
            sha256(RP_ID.encode()),
            PRESENT_AND_VERIFIED | AuthenticatorData.FLAG.AT,
            0,
            AttestedCredentialData.create(Aaguid.NONE, self.id, public),
        )
        client_data = self._client_data("webauthn.create", options)
        return self._answer(
            {
                "clientDataJSON": websafe_encode(client_data),
                "attestationObject": websafe_encode(AttestationObject.create("none", data, {})),
            },
            clientExtensionResults={"credProps": {"rk": True}},
        )

    def get(self, options, *, forged=False):
        """Answer a sign-in; a forged answer has the signature of another key."""
        data = AuthenticatorData.create(sha256(RP_ID.encode()), PRESENT_AND_VERIFIED, 1)
        client_data = self._client_data("webauthn.get", options)
        key = ec.generate_private_key(ec.SECP256R1()) if forged else self.private
        signature = key.sign(bytes(data) + sha256(bytes(client_data)), ec.ECDSA(hashes.SHA256()))
        return self._answer(
            {
                "clientDataJSON": websafe_encode(client_data),
                "authenticatorData": websafe_encode(data),
                "signature": websafe_encode(signature),
                "userHandle": websafe_encode(self.user_handle),
            },
            clientExtensionResults={},
        )

    def _client_data(self, kind, options):
        return CollectedClientData.create(
            type=kind, challenge=options["publicKey"]["challenge"], origin=ORIGIN
        )

    def _answer(self, response, **more):
        identity = websafe_encode(self.id)
        answer = {"id": identity, "rawId": identity, "type": "public-key", "response": response}
        return json.dumps({**answer, **more})
