"""Personal data and credentials are kept sealed: AES-256-GCM, bound to the record and field that they belong to."""

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from shared.errors import Misconfigured

NONCE_BYTES = 12
VERSION = b"\x01"


class Seal:
    """One key for all fields of a service; a sealed value opens only where it was
    sealed."""

    def __init__(self, secret: str, *, service: str) -> None:
        info = f"prepbridge {service} field seal v1".encode()
        derivation = HKDF(algorithm=SHA256(), length=32, salt=None, info=info)
        self._variable = f"{service.upper()}_SEAL_KEY"
        self._cipher = AESGCM(derivation.derive(secret.encode()))

    def close(self, text: str | None, *, record: str, field: str) -> bytes | None:
        """Version, nonce, ciphertext and tag, in this order."""
        if text is None:
            return None
        nonce = secrets.token_bytes(NONCE_BYTES)
        return VERSION + nonce + self._cipher.encrypt(nonce, text.encode(), _bound(record, field))

    def open(self, sealed: bytes | None, *, record: str, field: str) -> str | None:
        """The text; Misconfigured if this key did not seal it for this place."""
        if sealed is None:
            return None
        nonce, ciphertext = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
        try:
            return self._cipher.decrypt(nonce, bytes(ciphertext), _bound(record, field)).decode()
        except InvalidTag:
            raise Misconfigured(f"{self._variable} is not the key that sealed this field.") from None


def _bound(record: str, field: str) -> bytes:
    return f"{field}\x1f{record}".encode()
