"""Why somebody was, or was not, asked: a role holder about a completer, a partner about a provider."""

from datetime import datetime
from enum import StrEnum
from typing import Self

from services.survey.domain.shape import Kept


class Outcome(StrEnum):
    ASK = "ask"
    SKIP = "skip"


class Rule(StrEnum):
    """The rule that decided."""

    ELIGIBLE = "eligible"
    COMPLETED_OUTSIDE_THE_YEARS = "completed_outside_the_years"
    HIRED_TOO_LATE = "hired_too_late"
    ROLE_OUT_OF_SCOPE = "role_out_of_scope"
    MATCH_TOO_UNCERTAIN = "match_too_uncertain"
    EMPLOYER_EXCLUDED = "employer_excluded"
    CAMPAIGN_CLOSED = "campaign_closed"
    HIRE_WITHDRAWN = "hire_withdrawn"
    EMPLOYMENT_ENDED = "employment_ended"
    ON_THE_PARTNER_LIST = "on_the_partner_list"
    NO_CAMPAIGN = "no_campaign"
    REVIEW_CLOSED = "review_closed"


class Target(Kept):
    """Which hire, or which provider, a survey asks about, and whom it asks."""

    hire_id: str | None = None
    provider_id: str
    licence_field: str | None = None
    district_id: str
    school_id: str | None = None
    recipient_role: str
    is_provider_the_employer: bool = False


class AnyDecision(Kept):
    """`inputs` are what the rule looked at; `target` is there if the outcome is to ask."""

    outcome: Outcome
    rule: Rule
    inputs: dict[str, str]
    at: datetime
    target: Target | None = None

    def repeats(self, other: Self | None) -> bool:
        """The same decision for the same reasons, at whatever time."""
        return other is not None and self.model_copy(update={"at": other.at}) == other


class Decision(AnyDecision):
    """Whether somebody is asked about a completer of a program."""

    campaign_id: str
    program_id: str
    hire_id: str
    rules_version: int

    @property
    def about(self) -> tuple[str, str]:
        return self.campaign_id, self.program_id


class ContactDecision(AnyDecision):
    """Whether a contact is asked about the provider under review. Without a campaign there is nothing to ask with."""

    review_id: str
    contact_key: str
    campaign_id: str | None
