"""Make the leaves anew that facts have been added to, at most once a second.

Nothing is ever incremented, so a fact that comes twice or late cannot count twice. A small leaf is made from its facts;
a large one from its parts, of which only those are made from their facts that have changed.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from typing import TypeVar

import structlog

from services.analytics.domain.fact import PARTS
from services.analytics.domain.tally import tally_of, total
from services.analytics.store.facts import FactStore
from services.analytics.store.generations import Generations, ReadModel
from services.analytics.store.leaves import LeafStore, Size
from shared.errors import Outage
from shared.fault import fault
from shared.supervise import Heartbeat

LARGE_LEAF = 2_000
AT_ONCE = 4_000
"""Facts that are read together."""
REST = 4
"""A long round is followed by a rest so many times as long: when much arrives, taking it goes before counting it."""
LONGEST_REST = 10.0
"""Seconds; the supervisor takes a loop that is silent for a minute for one that stands still."""

Key = TypeVar("Key", str, int)

log = structlog.get_logger()


async def keep_leaves_fresh(heartbeat: Heartbeat, *, generations: Generations, seconds: float) -> None:
    """Work until cancelled. An outage ends the round, not the work."""
    now = asyncio.get_running_loop().time
    while True:
        heartbeat()
        began = now()
        try:
            await refresh_leaves(await generations.serving(), heartbeat)
        except Outage as error:
            log.warning("round_waits_for_outage", error=type(error).__name__)
        await asyncio.sleep(rest_after(now() - began, seconds))


def rest_after(took: float, seconds: float) -> float:
    """How long to rest after a round that took so long, at least `seconds`."""
    return max(seconds, min(REST * took, LONGEST_REST))


async def refresh_leaves(model: ReadModel, heartbeat: Heartbeat = lambda: None) -> int:
    """Make what is marked, and then take the marks away; answers how many leaves were made."""
    touched = await model.facts.touched()
    if not touched.marks:
        return 0
    await make_leaves(await model.leaves.sizes(list(touched.parts)), touched.parts, model=model, heartbeat=heartbeat)
    fault("analytics.leaves_made")
    await model.facts.made_anew(touched)
    return len(touched.parts)


async def make_leaves(
    sizes: Mapping[str, Size], touched: Mapping[str, Set[int]], *, model: ReadModel, heartbeat: Heartbeat
) -> None:
    """Make these leaves; `touched` are the parts that have changed, of those whose parts are kept."""
    large = {leaf_id for leaf_id, size in sizes.items() if size.facts >= LARGE_LEAF}
    small = ((leaf_id, size.facts) for leaf_id, size in sizes.items() if leaf_id not in large)
    await _make_small(small, facts=model.facts, leaves=model.leaves, heartbeat=heartbeat)
    for leaf_id in large:
        parts = sorted(touched[leaf_id]) if sizes[leaf_id].in_parts else range(PARTS)
        await _make_large(leaf_id, parts, sizes[leaf_id].facts, facts=model.facts, leaves=model.leaves)
        heartbeat()


async def _make_small(
    sizes: Iterable[tuple[str, int]], *, facts: FactStore, leaves: LeafStore, heartbeat: Heartbeat
) -> None:
    for leaf_ids in _gathered(sizes):
        by_leaf = await facts.of_leaves(leaf_ids)
        await leaves.put([(found[0].leaf, tally_of(found), len(found)) for found in by_leaf.values() if found])
        fault("analytics.leaf_made")
        heartbeat()


async def _make_large(leaf_id: str, parts: Sequence[int], size: int, *, facts: FactStore, leaves: LeafStore) -> None:
    leaf = None
    for group in _gathered((part, size // PARTS) for part in parts):
        by_part = await facts.of_parts(leaf_id, group)
        await leaves.put_parts(leaf_id, {part: (tally_of(found), len(found)) for part, found in by_part.items()})
        leaf = leaf or next((found[0].leaf for found in by_part.values() if found), None)
    kept = await leaves.parts_of(leaf_id)
    if leaf is not None:
        made = total(tally for tally, _ in kept), sum(number for _, number in kept)
        await leaves.put([(leaf, *made)], in_parts=True)
        fault("analytics.leaf_made")


def _gathered(sizes: Iterable[tuple[Key, int]]) -> Iterator[list[Key]]:
    """Keys in groups of about AT_ONCE facts; what has no size yet counts as one of many."""
    group: list[Key] = []
    facts = 0
    for key, size in sizes:
        group.append(key)
        facts += max(size, AT_ONCE // 100)
        if facts >= AT_ONCE:
            yield group
            group, facts = [], 0
    if group:
        yield group
