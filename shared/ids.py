"""Ids that follow from facts, so that the same fact always names the same thing."""

from uuid import UUID, uuid5

NAMESPACE = UUID("6e3f1a52-7c0b-5d6e-9a41-2f8b1c7d9e03")


def derived(kind: str, *facts: str) -> str:
    """The id of the thing of this kind that these facts determine: a UUIDv5 (RFC 9562) as text.

    Facts are joined with a separator that may not occur in them, so no two lists of facts share an id.
    """
    parts = (kind, *facts)
    if any("\x1f" in part for part in parts):
        raise ValueError("A fact may not contain the unit separator U+001F.")
    return str(uuid5(NAMESPACE, "\x1f".join(parts)))
