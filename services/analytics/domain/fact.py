"""One thing that happened to one survey, kept under the id of the event that told it."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple
from zlib import crc32

from services.analytics.domain.disposition import FactKind
from shared.events.envelope import Envelope
from shared.events.survey import (
    InvitationBounced,
    InvitationDelivered,
    SurveyDeclined,
    SurveyEvent,
    SurveyExpired,
    SurveyIssued,
    SurveyStarted,
    SurveySubmitted,
    SurveyWithdrawn,
)
from shared.ids import derived

KINDS: dict[type[SurveyEvent], FactKind] = {
    SurveyIssued: FactKind.ISSUED,
    InvitationDelivered: FactKind.DELIVERED,
    InvitationBounced: FactKind.BOUNCED,
    SurveyStarted: FactKind.STARTED,
    SurveySubmitted: FactKind.SUBMITTED,
    SurveyDeclined: FactKind.DECLINED,
    SurveyWithdrawn: FactKind.WITHDRAWN,
    SurveyExpired: FactKind.EXPIRED,
}


PARTS = 64
"""A large leaf is counted in so many parts; each of its surveys belongs to one."""


class Leaf(NamedTuple):
    """The smallest group that figures are kept for. Every figure is a sum of leaves.

    About completers it is of a program, about a provider of one of its reviews.
    """

    campaign_id: str
    school_year: int
    instrument_id: str
    instrument_version: int
    provider_id: str
    program_id: str | None
    licence_field: str | None
    review_id: str | None = None

    def fields(self) -> dict[str, str | int | None]:
        """As it is kept: those that came with reviews are left out where there is none."""
        kept = self._asdict()
        if self.review_id is None:
            del kept["review_id"]
        return kept

    @property
    def leaf_id(self) -> str:
        return _leaf_id(self)


class Fact(NamedTuple):
    """`sequence` orders the facts of one survey. `answers`: item id → code, of a submission. `reason`: of a refusal.

    A tuple, like Leaf: there are millions, and the event that told it has been checked.
    """

    fact_id: str
    survey_id: str
    kind: FactKind
    sequence: int
    at: datetime
    leaf: Leaf
    answers: Mapping[str, int] = {}
    reason: str | None = None


def fact_of(envelope: Envelope[SurveyEvent]) -> Fact:
    """The fact that an event tells."""
    event = envelope.event
    return Fact(
        envelope.id,
        event.survey_id,
        KINDS[type(event)],
        envelope.sequence,
        envelope.time,
        Leaf(
            event.campaign_id,
            event.school_year,
            event.instrument_id,
            event.instrument_version,
            event.provider_id,
            event.program_id,
            event.licence_field,
            event.review_id,
        ),
        event.answers if isinstance(event, SurveySubmitted) else {},
        event.reason.value if isinstance(event, SurveyDeclined | SurveyWithdrawn) else None,
    )


def part_of(survey_id: str) -> int:
    """Which part of its leaf a survey belongs to: chosen by its id, so that parts grow alike."""
    return crc32(survey_id.encode()) % PARTS


@lru_cache(maxsize=65_536)
def _leaf_id(leaf: Leaf) -> str:
    return derived(
        "leaf",
        leaf.campaign_id,
        str(leaf.school_year),
        leaf.instrument_id,
        str(leaf.instrument_version),
        leaf.provider_id,
        leaf.program_id or "",
        leaf.licence_field or "",
        *filter(None, [leaf.review_id]),
    )
