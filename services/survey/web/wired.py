"""What the doors of this service are given, and how a route asks for it."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request

from services.survey.domain.link import LinkKey
from services.survey.metrics import SurveyMetrics
from services.survey.store.employments import Employments
from services.survey.store.library import Library
from services.survey.store.names import Names
from services.survey.store.people import People
from services.survey.store.reviews import Reviews
from services.survey.store.sittings import Sittings
from services.survey.store.surveys import Surveys
from shared.access.callers import Caller
from shared.clock import Clock
from shared.pages import Pages


@dataclass(frozen=True)
class Wired:
    """The stores, the keys and the clock behind the doors."""

    surveys: Surveys
    sittings: Sittings
    employments: Employments
    reviews: Reviews
    people: People
    names: Names
    library: Library
    link_key: LinkKey
    metrics: SurveyMetrics
    pages: Pages
    clock: Clock
    public_url: str

    @property
    def for_custody(self) -> dict[str, Any]:
        """What it takes to move surveys from one person to another."""
        return {
            "people": self.people,
            "surveys": self.surveys,
            "campaigns": self.library.campaigns,
            "clock": self.clock,
        }

    def navigation(self, caller: Caller) -> tuple[tuple[str, str], ...]:
        """The way to what this caller's role may open."""
        names = (("/recipients", "Whom to ask"),) if caller.role in ("agency", "district") else ()
        return (("/campaigns", "Campaigns"), *names)


async def wired(request: Request) -> Wired:
    """Typed access to `Wiring.state`."""
    state: Wired = request.app.state.wiring
    return state


Behind = Annotated[Wired, Depends(wired)]
