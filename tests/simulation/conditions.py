"""The part of MongoDB's query language that our stores speak. What it does not know, it says."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

MISSING = object()
RANKS: Sequence[tuple[type | tuple[type, ...], int]] = (
    (bool, 8),
    ((int, float), 2),
    (str, 3),
    (bytes, 6),
    (datetime, 9),
)
TYPES: Mapping[str, type] = {"date": datetime, "string": str}


class NotSimulated(NotImplementedError):
    """Add it to the fake, and to the test that holds it against a real mongod."""


def matches(document: Mapping[str, Any], filter: Mapping[str, Any], now: datetime) -> bool:
    for key, wanted in filter.items():
        if key == "$or":
            is_met = any(matches(document, one, now) for one in wanted)
        elif key == "$nor":
            is_met = not any(matches(document, one, now) for one in wanted)
        elif key == "$expr":
            is_met = bool(_expression(wanted, document, now))
        elif key.startswith("$"):
            raise NotSimulated(key)
        else:
            is_met = _field_is(list(_values(document, key.split("."))), wanted, now)
        if not is_met:
            return False
    return True


def value_of(expression: Any, document: Mapping[str, Any], now: datetime) -> Any:
    """An expression of an aggregation or of an update by pipeline."""
    return _expression(expression, document, now)


def rank(value: Any) -> tuple[int, Any]:
    """A key by which values sort as in BSON: what is missing, null, numbers, texts, bytes, times."""
    if value is None or value is MISSING:
        return 0, 0
    for kind, place in RANKS:
        if isinstance(value, kind):
            return place, value
    raise NotSimulated(f"sorting {type(value).__name__}")


def sort_value(document: Mapping[str, Any], path: str, direction: int) -> tuple[int, Any]:
    """Of a list, its smallest or greatest value counts."""
    ranks = [rank(value) for value in _values(document, path.split(".")) if not isinstance(value, list | dict)]
    if not ranks:
        return 0, 0
    return min(ranks) if direction > 0 else max(ranks)


def _values(value: Any, path: Sequence[str]) -> Iterator[Any]:
    """What a path leads to; elements of lists too, and then the list itself. MISSING where it leads nowhere."""
    if not path:
        if isinstance(value, list):
            yield from value
        yield value
    elif isinstance(value, list) and path[0].isdecimal():
        yield from _values(value[int(path[0])], path[1:]) if int(path[0]) < len(value) else (MISSING,)
    elif isinstance(value, list):
        for one in value:
            if isinstance(one, Mapping):
                yield from _values(one, path)
    elif isinstance(value, Mapping) and path[0] in value:
        yield from _values(value[path[0]], path[1:])
    else:
        yield MISSING


def _field_is(found: list[Any], wanted: Any, now: datetime) -> bool:
    if not (isinstance(wanted, Mapping) and any(key.startswith("$") for key in wanted)):
        return _is_among(found, [wanted])
    return all(_operator_holds(name, operand, found, now) for name, operand in wanted.items())


def _operator_holds(name: str, operand: Any, found: list[Any], now: datetime) -> bool:
    if name in COMPARED:
        return any(_compares(name, value, operand) for value in found)
    if name == "$in":
        return _is_among(found, operand)
    if name == "$nin":
        return not _is_among(found, operand)
    if name == "$ne":
        return not _is_among(found, [operand])
    if name == "$exists":
        return bool(operand) == any(value is not MISSING for value in found)
    if name == "$type":
        return any(isinstance(value, TYPES[operand]) for value in found)
    if name == "$elemMatch":
        lists = [value for value in found if isinstance(value, list)]
        return any(matches(one, operand, now) for many in lists for one in many if isinstance(one, Mapping))
    raise NotSimulated(name)


def _is_among(found: list[Any], wanted: Sequence[Any]) -> bool:
    return any(value == one or (one is None and value is MISSING) for value in found for one in wanted) or (
        None in wanted and not found
    )


COMPARED: Mapping[str, Callable[[Any, Any], bool]] = {
    "$lt": lambda left, right: left < right,
    "$lte": lambda left, right: left <= right,
    "$gt": lambda left, right: left > right,
    "$gte": lambda left, right: left >= right,
}


def _compares(name: str, value: Any, operand: Any) -> bool:
    """Only what is of one kind compares."""
    if value is MISSING or value is None or operand is None or isinstance(value, list | Mapping):
        return False
    left, right = rank(value), rank(operand)
    return left[0] == right[0] and COMPARED[name](left[1], right[1])


def _expression(expression: Any, document: Mapping[str, Any], now: datetime) -> Any:
    if expression == "$$NOW":
        return now
    if isinstance(expression, str) and expression.startswith("$"):
        found = next(_values(document, expression[1:].split(".")), MISSING)
        return None if found is MISSING else found
    if not isinstance(expression, Mapping):
        return expression
    if set(expression) == {"$lt"}:
        left, right = (_expression(one, document, now) for one in expression["$lt"])
        return rank(left) < rank(right)
    if set(expression) == {"$dateAdd"}:
        told = expression["$dateAdd"]
        return _expression(told["startDate"], document, now) + timedelta(**{f"{told['unit']}s": told["amount"]})
    if any(key.startswith("$") for key in expression):
        raise NotSimulated(next(iter(expression)))
    return {name: _expression(one, document, now) for name, one in expression.items()}
