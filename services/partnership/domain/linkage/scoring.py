"""Compare two sets of records by a model: how probably each pair is one person, and what speaks for and against it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from services.partnership.domain.linkage import engine
from services.partnership.domain.linkage.fields import COMPARED
from services.partnership.domain.linkage.model import LinkageModel
from services.partnership.domain.linkage.records import Record, rows

LEAST_WEIGHT = -4.0
"""In bits. Pairs that the evidence itself speaks against are nobody's candidates."""


@dataclass(frozen=True, slots=True)
class Finding:
    """How alike two records are in one field, and what that weighs, in bits; what is missing weighs nothing."""

    field: str
    level: str
    weight: float


@dataclass(frozen=True, slots=True)
class Pair:
    """Two records that were compared. `weight`: all findings together, however likely a match was before.

    `names`: which of the names that each goes by agreed best.
    """

    left: str
    right: str
    weight: float
    names: tuple[int, int]
    findings: tuple[Finding, ...]


@engine.without_values()
def score(
    left: Sequence[Record],
    right: Sequence[Record],
    model: LinkageModel,
    *,
    at_least: float = LEAST_WEIGHT,
    threads: int = 1,
) -> list[Pair]:
    """All pairs that share a key and weigh enough, best first; of several names those that agree best."""
    if not left or not right:
        return []
    how = engine.settings(model.fields, model.chances)
    linker = engine.linker(rows(left), rows(right), how, model.frequencies, threads=threads)
    scored = linker.inference.predict(threshold_match_weight=at_least, warning_mode="never")
    best: dict[tuple[str, str], Pair] = {}
    for told in scored.as_duckdbpyrelation().select(_columns(model.fields)).fetchall():
        pair = _pair(told, model.fields)
        known = best.get((pair.left, pair.right))
        if known is None or (-pair.weight, pair.names) < (-known.weight, known.names):
            best[pair.left, pair.right] = pair
    return sorted(best.values(), key=lambda pair: (-pair.weight, pair.left, pair.right))


def _columns(fields: Sequence[str]) -> str:
    """Level and weight of each field, rarity included."""
    found = ["unique_id_l", "unique_id_r", "match_weight"]
    for field in fields:
        is_by_rarity = any(level.by_rarity for level in COMPARED[field].levels)
        found += [f"gamma_{field}", f"mw_{field} + mw_tf_adj_{field}" if is_by_rarity else f"mw_{field}"]
    return ", ".join(found)


def _pair(told: Sequence[Any], fields: Sequence[str]) -> Pair:
    (left, one), (right, other) = (str(told[place]).rsplit("#", 1) for place in (0, 1))
    findings = []
    for number, field in enumerate(fields):
        level, weight = told[3 + 2 * number], told[4 + 2 * number]
        if level >= 0:
            findings.append(Finding(field, COMPARED[field].level_names[-1 - level], round(weight, 2)))
    return Pair(left, right, round(told[2], 4), (int(one), int(other)), tuple(findings))
