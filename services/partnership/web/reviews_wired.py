"""What the doors of reviews are given, and what is heard of whom they ask."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from services.partnership.domain.reviews.disposition import HEARD
from services.partnership.domain.reviews.review import Review
from services.partnership.store.directory import Directory
from services.partnership.store.partner_contacts import PartnerContactStore
from services.partnership.store.partnerships import PartnershipStore
from services.partnership.store.reviews import AskedStore, ReviewStore
from services.partnership.use_cases.carry_review import advance_review, close_review, open_review
from services.partnership.use_cases.list_partners import ListPartners, list_partners
from services.partnership.use_cases.look_over_districts import DistrictPartnerships, look_over_districts
from services.partnership.use_cases.note_disposition import note_disposition
from services.partnership.use_cases.prepare_review import (
    add_contact,
    discard_review,
    draft_review,
    remove_contact,
    replan_review,
)
from services.partnership.use_cases.read_review import ReadReview, read_review
from shared.events import Event
from shared.frame import Frame
from shared.reactions import Reaction


@dataclass(frozen=True)
class Reviews:
    """Providers under review."""

    reviews: ReviewStore
    asked: AskedStore
    contacts: PartnerContactStore
    list_partners: ListPartners
    read: ReadReview
    draft: Callable[..., Awaitable[Review]]
    replan: Callable[..., Awaitable[Review]]
    discard: Callable[..., Awaitable[None]]
    add_contact: Callable[..., Awaitable[Review]]
    remove_contact: Callable[..., Awaitable[Review]]
    open: Callable[..., Awaitable[Review]]
    advance: Callable[..., Awaitable[Review]]
    close: Callable[..., Awaitable[Review]]
    look_over_districts: Callable[..., Awaitable[list[DistrictPartnerships]]]

    @classmethod
    def wired(cls, frame: Frame, *, directory: Directory, partnerships: PartnershipStore) -> "Reviews":
        reviews = ReviewStore(frame.documents("reviews"))
        asked = AskedStore(frame.mongo.collection("review_surveys"))
        contacts = PartnerContactStore(frame.documents("partner_contacts"))
        named: ListPartners = partial(list_partners, directory=directory, partnerships=partnerships)
        kept: dict[str, Any] = {"reviews": reviews}
        return cls(
            reviews,
            asked,
            contacts,
            named,
            read=partial(read_review, asked=asked, contacts=contacts, directory=directory, list_partners=named, **kept),
            draft=partial(draft_review, directory=directory, **kept),
            replan=partial(replan_review, **kept),
            discard=partial(discard_review, **kept),
            add_contact=partial(add_contact, contacts=contacts, directory=directory, **kept),
            remove_contact=partial(remove_contact, **kept),
            open=partial(open_review, contacts=contacts, list_partners=named, **kept),
            advance=partial(advance_review, **kept),
            close=partial(close_review, asked=asked, **kept),
            look_over_districts=partial(look_over_districts, directory=directory, partnerships=partnerships),
        )

    async def ensure_indexes(self) -> None:
        for store in (self.reviews, self.asked, self.contacts):
            await store.ensure_indexes()

    def reactions(self) -> Mapping[type[Event], Reaction]:
        """To every event of a survey; those that are about no review are let go."""
        return dict.fromkeys(HEARD, partial(note_disposition, asked=self.asked))
