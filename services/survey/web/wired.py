"""What the doors of this service are given, and how a route asks for it."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from services.survey.domain.link import LinkKey
from services.survey.metrics import SurveyMetrics
from services.survey.store.employments import Employments
from services.survey.store.library import Library
from services.survey.store.names import Names
from services.survey.store.people import People
from services.survey.store.sittings import Sittings
from services.survey.store.surveys import Surveys
from shared.clock import Clock
from shared.pages import Pages


@dataclass(frozen=True)
class Wired:
    """The stores, the keys and the clock behind the doors."""

    surveys: Surveys
    sittings: Sittings
    employments: Employments
    people: People
    names: Names
    library: Library
    link_key: LinkKey
    metrics: SurveyMetrics
    pages: Pages
    clock: Clock
    public_url: str


async def wired(request: Request) -> Wired:
    """Typed access to `Wiring.state`."""
    state: Wired = request.app.state.wiring
    return state


Behind = Annotated[Wired, Depends(wired)]
