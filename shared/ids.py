"""Ids that follow from facts, so that the same fact always names the same thing."""

from hashlib import sha1
from uuid import UUID

NAMESPACE = UUID("6e3f1a52-7c0b-5d6e-9a41-2f8b1c7d9e03")
SEPARATOR = "\x1f"

_NAMESPACE_HASHED = sha1(NAMESPACE.bytes, usedforsecurity=False)


def derived(kind: str, *facts: str) -> str:
    """The id of the thing of this kind that these facts determine: a UUIDv5 (RFC 9562) as text.

    Facts are joined with a separator that may not occur in them, so no two lists of facts share an id.
    """
    name = SEPARATOR.join((kind, *facts))
    if name.count(SEPARATOR) != len(facts):
        raise ValueError("A fact may not contain the unit separator U+001F.")
    # As uuid.uuid5 does it, which takes twice as long; each event costs several ids.
    hashed = _NAMESPACE_HASHED.copy()
    hashed.update(name.encode())
    octets = bytearray(hashed.digest()[:16])
    octets[6] = octets[6] & 0x0F | 0x50
    octets[8] = octets[8] & 0x3F | 0x80
    text = octets.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
