"""Partnerships as both sides tell them, as far as the reader is a party."""

from services.analytics.domain.partnership import PartnershipView, view_of
from services.analytics.store.generations import ReadModel
from shared.access.callers import Scope

MOST = 1_000


async def read_partnerships(scope: Scope, *, model: ReadModel) -> list[PartnershipView]:
    """Those of the provider or district that asks; all for who sees all, MOST at most."""
    told = await model.partnerships.about(await model.partnerships.seen_by(scope, MOST))
    return [view for statements in told.values() if (view := view_of(statements)) is not None]
