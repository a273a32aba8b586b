"""Where a survey stands, derived from the facts about it, in whatever order they came."""

from collections.abc import Set
from enum import StrEnum


class FactKind(StrEnum):
    """What happened to a survey; the name of the event that told it."""

    ISSUED = "issued"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    STARTED = "started"
    SUBMITTED = "submitted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Disposition(StrEnum):
    """The one state in which each survey is counted, so that the states add up to the roster."""

    SUBMITTED = "submitted"
    WITHDRAWN = "withdrawn"
    DECLINED = "declined"
    PARTIAL = "partial"
    EXPIRED = "expired"
    STARTED = "started"
    BOUNCED = "bounced"
    DELIVERED = "delivered"
    ISSUED = "issued"


def disposition_of(facts: Set[FactKind]) -> Disposition:
    """The state of a survey of which these facts are known.

    An answer counts, whatever else happened. A bounce counts until a later message is delivered or somebody starts.

        issued ─▶ delivered ─▶ started ─▶ submitted
           └▶ bounced             └▶ partial (expired after a start)
        from any of them: declined, withdrawn, expired
    """
    if FactKind.SUBMITTED in facts:
        return Disposition.SUBMITTED
    if FactKind.WITHDRAWN in facts:
        return Disposition.WITHDRAWN
    if FactKind.DECLINED in facts:
        return Disposition.DECLINED
    if FactKind.EXPIRED in facts:
        return Disposition.PARTIAL if FactKind.STARTED in facts else Disposition.EXPIRED
    if FactKind.STARTED in facts:
        return Disposition.STARTED
    if FactKind.DELIVERED in facts:
        return Disposition.DELIVERED
    return Disposition.BOUNCED if FactKind.BOUNCED in facts else Disposition.ISSUED
