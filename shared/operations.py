"""What can be asked of a collection, in words that no driver owns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Document = dict[str, Any]
Filter = Mapping[str, Any]
Change = Mapping[str, Any] | Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Insert:
    document: Document


@dataclass(frozen=True, slots=True)
class Update:
    filter: Filter
    change: Change
    upsert: bool = False


@dataclass(frozen=True)
class Index:
    """Keys are field names or (field, ±1) pairs; `partial` is a partialFilterExpression."""

    keys: Sequence[str | tuple[str, int]]
    unique: bool = False
    partial: Filter | None = None
    expire_after_seconds: int | None = None
