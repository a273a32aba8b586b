"""Splink on DuckDB in memory: the one place that knows how to call it. Nothing is read or written outside."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import duckdb
import pyarrow as pa
from splink import DuckDBAPI, Linker, SettingsCreator, block_on
from splink.internals.exceptions import SplinkException

from services.partnership.domain.linkage.fields import COMPARED, DIFFERENT
from shared.errors import PrepBridgeError

Row = Mapping[str, Any]
Chance = Mapping[str, Mapping[str, tuple[float, float]]]
"""Field → level → how often records are at it, if they are of one person and if they are not."""

LISTS = frozenset({"emails", "keys", "given_forms", "family_parts"})
NUMBERS = frozenset({"day"})
EVEN = 0.5
"""A prior that says nothing: what Splink then calls the weight of a match is the weight of the evidence alone."""


class ComparisonFailed(PrepBridgeError):
    """Splink or DuckDB gave up. What they say may hold values, and is told to nobody."""


@contextmanager
def without_values() -> Iterator[None]:
    """Names and birth dates do not leave in the text of an error."""
    try:
        yield
    except (SplinkException, duckdb.Error, ValueError) as error:
        raise ComparisonFailed(f"Records could not be compared: {type(error).__name__}.") from None


def settings(fields: Sequence[str], chances: Chance | None = None, prior: float = EVEN) -> SettingsCreator:
    """With `chances`, nothing is left to be estimated."""
    return SettingsCreator(
        link_type="link_only",
        comparisons=[_comparison(field, (chances or {}).get(field)) for field in fields],
        blocking_rules_to_generate_predictions=[block_on("keys", arrays_to_explode=["keys"])],
        probability_two_random_records_match=prior,
        retain_matching_columns=True,  # The levels are among them.
        retain_intermediate_calculation_columns=True,
        max_iterations=40,
    )


def linker(
    left: Sequence[Row],
    right: Sequence[Row],
    how: SettingsCreator,
    shares: Mapping[str, Mapping[str, float]],
    *,
    threads: int = 1,
) -> Linker:
    """Two sides ready to be compared. `shares`: column → value → how frequent it is; the empty word: any other value.

    With one thread, sums are added up in the same order each time.
    """
    connection = duckdb.connect(":memory:", config={"threads": threads})
    database = DuckDBAPI(connection=connection)
    tables = [
        database.register(_table(side), dataset_display_name=name)
        for name, side in (("one_side", left), ("other_side", right))
    ]
    found = Linker(tables, how, log_level=logging.ERROR)
    for column, known in shares.items():
        values = sorted({row[column] for side in (left, right) for row in side if row[column] is not None})
        lookup = pa.table(
            {
                column: pa.array(values, pa.string()),
                f"tf_{column}": pa.array([known.get(value, known[""]) for value in values], pa.float64()),
            }
        )
        found.table_management.register_term_frequency_lookup(database.register(lookup), column)
    return found


def _table(rows: Sequence[Row]) -> pa.Table:
    columns = list(rows[0])
    return pa.table({column: pa.array([row[column] for row in rows], _type(column)) for column in columns})


def _type(column: str) -> pa.DataType:
    if column in LISTS:
        return pa.list_(pa.string())
    return pa.int64() if column in NUMBERS else pa.string()


def _comparison(field: str, chances: Mapping[str, tuple[float, float]] | None) -> dict[str, Any]:
    compared = COMPARED[field]
    missing: dict[str, Any] = {"sql_condition": compared.missing, "label_for_charts": "missing", "is_null_level": True}
    levels = [missing]
    for level in compared.levels:
        rarity = {"tf_adjustment_column": level.by_rarity} if level.by_rarity else {}
        levels.append({"sql_condition": level.condition, "label_for_charts": level.name, **rarity})
    levels.append({"sql_condition": "ELSE", "label_for_charts": DIFFERENT})
    for told in levels[1:] if chances else ():
        told["m_probability"], told["u_probability"] = chances[told["label_for_charts"]]  # type: ignore[index]
    return {"output_column_name": field, "comparison_levels": levels}
