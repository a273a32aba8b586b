"""What we were told about a review, in whatever order it arrived, and whom of its partner list we ask.

Two registers: that it was opened, with its contacts, and that it was closed. A register holds what the highest sequence
said; a review that was opened again after it was closed is open.
"""

from collections.abc import Iterable
from datetime import date, datetime

from services.survey.domain.campaign import PartnerCampaign
from services.survey.domain.decision import ContactDecision, Outcome, Rule, Target
from services.survey.domain.shape import Day, Kept
from shared.events.partnerships import ContactOrigin, ReviewClosed, ReviewEvent, ReviewOpened


class Contact(Kept):
    """Somebody on the fixed partner list, and who put them there."""

    contact_key: str
    district_id: str
    origin: ContactOrigin
    partnership_id: str | None = None


class Opened(Kept):
    sequence: int
    opened_on: Day
    answers_until: Day
    contacts: tuple[Contact, ...]


class Closed(Kept):
    sequence: int
    closed_on: Day


class Review(Kept):
    """A provider under review, and what was decided about asking its partners."""

    review_id: str
    provider_id: str = ""
    revision: int = 0
    opened: Opened | None = None
    closed: Closed | None = None
    decisions: tuple[ContactDecision, ...] = ()

    @property
    def is_over(self) -> bool:
        """Closed, and not opened again since."""
        return self.closed is not None and (self.opened is None or self.closed.sequence > self.opened.sequence)

    def told(self, event: ReviewEvent, sequence: int) -> "Review":
        """With what the event adds; itself, if everything it says is known."""
        match event:
            case ReviewOpened() if self.opened is None or self.opened.sequence < sequence:
                contacts = {one.contact_key: one for one in reversed(event.contacts)}
                opened = Opened(
                    sequence=sequence,
                    opened_on=event.opened_on,
                    answers_until=event.answers_until,
                    contacts=tuple(
                        Contact.model_validate(contacts[key], from_attributes=True) for key in sorted(contacts)
                    ),
                )
                return self.model_copy(update={"provider_id": event.provider_id, "opened": opened})
            case ReviewClosed() if self.closed is None or self.closed.sequence < sequence:
                closed = Closed(sequence=sequence, closed_on=event.closed_on)
                return self.model_copy(update={"provider_id": event.provider_id, "closed": closed})
            case _:
                return self

    def decided(self, decisions: Iterable[ContactDecision]) -> "Review":
        """With the decisions that differ from the last one about the same contact."""
        last = {decision.contact_key: decision for decision in self.decisions}
        new = tuple(decision for decision in decisions if not decision.repeats(last.get(decision.contact_key)))
        return self.model_copy(update={"decisions": self.decisions + new}) if new else self


def campaign_for(opened: Opened | None, campaigns: Iterable[PartnerCampaign]) -> PartnerCampaign | None:
    """The campaign in whose window the review opened."""
    if opened is None:
        return None
    return next((one for one in campaigns if one.opens_on <= opened.opened_on <= one.closes_on), None)


def decide_contacts(review: Review, campaign: PartnerCampaign | None, now: datetime) -> list[ContactDecision]:
    """One decision per contact on the list."""
    if review.opened is None:
        return []
    rule = _rule(review, review.opened, campaign, now.date())
    asks = rule is Rule.ON_THE_PARTNER_LIST
    return [
        ContactDecision(
            review_id=review.review_id,
            contact_key=contact.contact_key,
            campaign_id=campaign.campaign_id if campaign else None,
            outcome=Outcome.ASK if asks else Outcome.SKIP,
            rule=rule,
            inputs={
                "provider_id": review.provider_id,
                "opened_on": review.opened.opened_on.isoformat(),
                "answers_until": review.opened.answers_until.isoformat(),
                "closed_on": review.closed.closed_on.isoformat() if review.closed and review.is_over else "",
                "district_id": contact.district_id,
                "origin": contact.origin.value,
                "partnership_id": contact.partnership_id or "",
            },
            at=now,
            target=_target(review, contact) if asks else None,
        )
        for contact in review.opened.contacts
    ]


def _rule(review: Review, opened: Opened, campaign: PartnerCampaign | None, today: date) -> Rule:
    checks = (
        (review.is_over, Rule.REVIEW_CLOSED),
        (campaign is None, Rule.NO_CAMPAIGN),
        (today > opened.answers_until, Rule.CAMPAIGN_CLOSED),
    )
    return next((rule for failed, rule in checks if failed), Rule.ON_THE_PARTNER_LIST)


def _target(review: Review, contact: Contact) -> Target:
    return Target(
        provider_id=review.provider_id,
        district_id=contact.district_id,
        recipient_role=contact.contact_key,
        is_provider_the_employer=contact.district_id == review.provider_id,
    )
