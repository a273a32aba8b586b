"""Which side of a partnership a caller speaks for."""

from pydantic import BaseModel, ConfigDict, Field

from services.partnership.domain.ledger.agreement import Partnership
from services.partnership.domain.ledger.parties import NewContact
from services.partnership.domain.ledger.terms import Terms
from services.partnership.domain.stated_hire import Code
from shared.access.callers import Scope
from shared.errors import NotFound
from shared.events.partnerships import Side


class NewPartnership(BaseModel):
    """What it takes to propose a partnership: the parties, the terms, and perhaps whom to turn to."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    provider_id: Code
    district_id: Code
    terms: Terms
    contacts: tuple[NewContact, ...] = Field((), max_length=50)

    def drafted(self, partnership_id: str) -> Partnership:
        return Partnership(
            partnership_id=partnership_id, provider_id=self.provider_id, district_id=self.district_id, revision=0
        )


def side_of(scope: Scope, provider_id: str, district_id: str) -> Side:
    """NotFound for who is neither of the two: a stranger does not learn what there is."""
    if scope.role == "provider" and provider_id in scope.organizations:
        return Side.PROVIDER
    if scope.role == "district" and district_id in scope.organizations:
        return Side.DISTRICT
    raise NotFound("There is no such partnership.", hint="Propose one in the name of your own organization.")


def viewing(scope: Scope) -> Side | None:
    """The side that a caller reads for; None for the agency, which is no side."""
    return {"provider": Side.PROVIDER, "district": Side.DISTRICT}.get(scope.role)
