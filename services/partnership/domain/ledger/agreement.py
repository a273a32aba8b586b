"""A partnership of a provider and a district, and what either side may do about its terms.

    draft ── propose ──▶ proposed ── both attest one version, and its term has begun ──▶ active ──▶ expired
                          │   ▲                                                      ▲    │
                   amend, │   │ dispute: both versions stay                          │    └─ the agency ─▶ under_review
                          └───┘                                                      └────────────────────────┘
    a side gives notice, with a reason ──▶ terminated, when the notice is over

The version in force is the last one that both sides attest. An amendment that only one side attests leaves it in force.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Self

from pydantic import BaseModel, ConfigDict

from services.partnership.domain.ledger.parties import Contact, Document
from services.partnership.domain.ledger.statements import Standing, Statement, attested_by, standing
from services.partnership.domain.ledger.terms import Terms
from shared.events.partnerships import PartnershipChanged, PartnershipStatus, Side
from shared.ids import derived

Status = PartnershipStatus
MOST_VERSIONS = 100
LIVE = (Status.PROPOSED, Status.ACTIVE, Status.UNDER_REVIEW)


class Version(BaseModel):
    """The terms as one side put them, and what both said of them. It is never changed but by what is said of it."""

    model_config = ConfigDict(frozen=True)

    number: int
    terms: Terms
    proposed_by: Side
    by: str
    at: datetime
    statements: tuple[Statement, ...]

    @property
    def attested_by(self) -> tuple[Side, ...]:
        return attested_by(self.statements)

    @property
    def standing(self) -> Standing:
        return standing(self.statements)


class Notice(BaseModel):
    """That a side ends the partnership, why, and the first day on which it is over."""

    model_config = ConfigDict(frozen=True)

    side: Side
    by: str
    at: datetime
    reason: str
    effective_on: date


class UnderReview(BaseModel):
    """That the agency looks at this partnership, since when, and why."""

    model_config = ConfigDict(frozen=True)

    by: str
    at: datetime
    reason: str


class Partnership(BaseModel):
    """`nature` is what a partner list says of one that nobody has proposed. `status` is as of the last look at it."""

    model_config = ConfigDict(frozen=True)

    partnership_id: str
    provider_id: str
    district_id: str
    nature: str = ""
    status: PartnershipStatus = Status.DRAFT
    versions: tuple[Version, ...] = ()
    contacts: tuple[Contact, ...] = ()
    documents: tuple[Document, ...] = ()
    notice: Notice | None = None
    under_review: UnderReview | None = None
    revision: int = 1

    @property
    def latest(self) -> Version | None:
        return self.versions[-1] if self.versions else None

    @property
    def in_force(self) -> Version | None:
        """The last version that both sides attest."""
        attested = [each for each in self.versions if each.standing is Standing.ATTESTED]
        return attested[-1] if attested else None

    @property
    def shown(self) -> Version | None:
        """What counts as the terms: those in force, or else those that were proposed last."""
        return self.in_force or self.latest

    @property
    def is_disputed(self) -> bool:
        return self.latest is not None and self.latest.standing is Standing.DISPUTED

    @property
    def is_over(self) -> bool:
        return self.status in (Status.EXPIRED, Status.TERMINATED)

    def organization(self, side: Side) -> str:
        return self.provider_id if side is Side.PROVIDER else self.district_id

    def current_contacts(self, today: date, side: Side | None = None) -> list[Contact]:
        return [each for each in self.contacts if each.is_current(today) and side in (None, each.side)]

    def status_on(self, today: date) -> PartnershipStatus:
        """What it is on this day."""
        if self.notice is not None and self.notice.effective_on <= today:
            return Status.TERMINATED
        terms = self.in_force.terms if self.in_force else None
        if terms is None or today < terms.begins_on:
            return Status.PROPOSED if self.versions else Status.DRAFT
        if terms.last_day(today) < today:
            return Status.EXPIRED
        return Status.UNDER_REVIEW if self.under_review else Status.ACTIVE

    def after(self, today: date, **changes: object) -> Self:
        """The next revision, with its status as of this day."""
        changed = self.model_copy(update={**changes, "revision": self.revision + 1})
        return changed.model_copy(update={"status": changed.status_on(today)})

    def changed(self) -> PartnershipChanged:
        """What is told of it: the version in force, or the last one."""
        version = self.shown
        terms = version.terms if version else None
        return PartnershipChanged(
            partnership_id=self.partnership_id,
            provider_id=self.provider_id,
            district_id=self.district_id,
            status=self.status,
            version=version.number if version else 0,
            ways=terms.ways if terms else (),
            school_ids=terms.school_ids if terms else (),
            program_ids=terms.program_ids if terms else (),
            begins_on=terms.begins_on if terms else None,
            ends_on=terms.ends_on if terms else None,
            goals=tuple(goal.agreed() for goal in terms.goals) if terms else (),
            attested_by=version.attested_by if version else (),
            is_disputed=self.is_disputed,
        )


def partnership_id(provider_id: str, district_id: str, terms: Terms) -> str:
    """The same parties, ways and first day are the same partnership, however often it is proposed."""
    return derived("partnership", provider_id, district_id, ",".join(terms.ways), terms.begins_on.isoformat())


def listed_id(provider_id: str, district_id: str) -> str:
    """Of the draft that a partner list makes for these two."""
    return derived("partnership", provider_id, district_id, "partner list")


def overlapping(terms: Terms, others: Sequence[Partnership]) -> Partnership | None:
    """The first of these that is live, and whose terms overlap."""
    for each in others:
        if each.status in LIVE and each.shown is not None and terms.overlaps(each.shown.terms):
            return each
    return None
