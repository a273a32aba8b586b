"""Why a role holder was, or was not, asked about a completer."""

from datetime import datetime
from enum import StrEnum

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


class Target(Kept):
    """Which hire a survey asks about, and whom it asks."""

    hire_id: str
    provider_id: str
    licence_field: str | None
    district_id: str
    school_id: str | None
    recipient_role: str
    is_provider_the_employer: bool


class Decision(Kept):
    """`inputs` are what the rule looked at; `target` is there if the outcome is to ask."""

    campaign_id: str
    program_id: str
    hire_id: str
    outcome: Outcome
    rule: Rule
    rules_version: int
    inputs: dict[str, str]
    at: datetime
    target: Target | None = None

    @property
    def about(self) -> tuple[str, str]:
        return self.campaign_id, self.program_id

    def repeats(self, other: "Decision | None") -> bool:
        """The same decision for the same reasons, at whatever time."""
        return other is not None and self.model_copy(update={"at": other.at}) == other
