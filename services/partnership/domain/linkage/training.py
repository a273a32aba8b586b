"""Train a model on two sets of records: how values agree by chance, and how they differ within one person."""

from collections.abc import Mapping, Sequence
from typing import Any

from splink.internals.exceptions import EMTrainingException

from services.partnership.domain.linkage import engine
from services.partnership.domain.linkage.model import LinkageModel
from services.partnership.domain.linkage.records import RARE, Record, frequencies, rows

SEED = 20
MOST_PAIRS = 1_000_000
LEAST_WITHIN, LEAST_BY_CHANCE = 1e-3, 1e-7
"""Nothing that can be written down wrongly is written down wrongly in fewer than one of a thousand records."""
DIGITS = 6
SESSIONS = (
    (("born",), "l.born = r.born"),
    (("given", "family"), "l.family = r.family and l.given = r.given"),
    (("soc_sec_id",), "l.soc_sec_id = r.soc_sec_id"),
    (("state_id",), "l.state_id = r.state_id"),
)
"""Pairs of which many are of one person: there it is learnt how the other fields differ within one person."""


@engine.without_values()
def train(
    left: Sequence[Record], right: Sequence[Record], fields: Sequence[str], otherwise: LinkageModel | None = None
) -> LinkageModel:
    """The same records give the same model. What they cannot teach is taken from `otherwise`."""
    sides = (rows(left), rows(right))
    shares = frequencies(sides, [column for column in RARE if column in sides[0][0]])
    linker = engine.linker(*sides, engine.settings(fields, prior=1 / max(len(left), len(right), 2)), shares)
    linker.training.estimate_u_using_random_sampling(max_pairs=MOST_PAIRS, seed=SEED)
    for columns, rule in SESSIONS:
        if set(columns) <= set(fields) and all(any(row[columns[0]] for row in side) for side in sides):
            try:
                linker.training.estimate_parameters_using_expectation_maximisation(rule)
            except EMTrainingException:  # No such pair: nothing to be learnt here.
                continue
    told = linker.misc.save_model_to_json()
    before = otherwise.chances if otherwise else {}
    chances = {
        each["output_column_name"]: _chances(each["comparison_levels"], before.get(each["output_column_name"], {}))
        for each in told["comparisons"]
    }
    return LinkageModel(chances=chances, frequencies=shares, trained_on=(len(left), len(right)))


def _chances(
    levels: Sequence[Mapping[str, Any]], before: Mapping[str, tuple[float, float]]
) -> dict[str, tuple[float, float]]:
    """A level that was never met within one person weighs what it weighed before, or nothing."""
    found = {}
    for level in levels:
        if level.get("is_null_level"):
            continue
        name = level["label_for_charts"]
        within, by_chance = _told(level.get("m_probability")), _told(level.get("u_probability"))
        if within is None and name in before:
            found[name] = before[name]
            continue
        by_chance = max(by_chance or 0.0, LEAST_BY_CHANCE)
        found[name] = (by_chance if within is None else max(within, LEAST_WITHIN), by_chance)
    return found


def _told(chance: object) -> float | None:
    return float(f"{chance:.{DIGITS}g}") if isinstance(chance, float) else None
