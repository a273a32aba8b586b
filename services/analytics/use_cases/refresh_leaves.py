"""Make leaves anew from their facts."""

from collections.abc import Sequence

from services.analytics.domain.tally import tally_of
from services.analytics.store import FactStore, LeafStore


async def refresh_leaves(leaf_ids: Sequence[str], *, facts: FactStore, leaves: LeafStore) -> None:
    """Recompute these leaves; nothing is ever incremented, so a fact that comes twice or late cannot count twice."""
    by_leaf = await facts.of_leaves(leaf_ids)
    await leaves.put([(found[0].leaf, tally_of(found), len(found)) for found in by_leaf.values() if found])
