"""What the doors of analytics are given."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from services.analytics.store.generations import Generations
from shared.pages import Pages


@dataclass(frozen=True)
class Places:
    """The read model and the pages that a door may use, and the setting that its figures depend on."""

    generations: Generations
    pages: Pages
    smallest_group: int


def places(request: Request) -> Places:
    wired = request.app.state.wiring
    assert isinstance(wired, Places)  # noqa: S101 - narrows what app.py has put there
    return wired


Here = Annotated[Places, Depends(places)]
