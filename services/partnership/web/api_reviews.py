"""Reviews for machines: prepare, open, advance and close them; see whom they ask, and how it stands."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from services.partnership.domain.reviews.added_contact import AddedContact
from services.partnership.domain.reviews.process import PROCESSES, Process
from services.partnership.domain.reviews.review import NewReview, Review, ReviewPlan, Status
from services.partnership.domain.stated_hire import Day
from services.partnership.use_cases.read_review import ReviewLine, ShownReview, line
from services.partnership.web.state import Partnership, Sliced, Wired
from shared.access.asking import requires
from shared.access.callers import Caller

router = APIRouter(prefix="/v1/reviews", tags=["reviews"])
Reviewing = Annotated[Caller, Depends(requires("agency"))]
Looking = Annotated[Caller, Depends(requires("agency", "operator", "provider"))]


class ReviewList(BaseModel):
    items: list[ReviewLine]
    total: int
    page: int
    size: int


class Advance(BaseModel):
    """To a later stage; `reached_on` today, unless told otherwise."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stage: Annotated[str, Field(min_length=1, max_length=40)]
    reached_on: Day | None = None


@router.get("")
async def reviews(caller: Looking, partnership: Wired, part: Sliced, status: Status | None = None) -> ReviewList:
    """Newest first. A provider sees its own, once they are opened."""
    kept, scope = partnership.reviews.reviews, caller.scope()
    found = await kept.page(scope, status=status, limit=part.size, skip=part.skip)
    total = await kept.count(scope, status=status)
    return ReviewList(items=[line(each) for each in found], total=total, page=part.page, size=part.size)


@router.get("/processes")
async def processes(caller: Looking) -> list[Process]:
    """The processes by which providers are reviewed, with their stages."""
    del caller
    return list(PROCESSES.values())


@router.post("", status_code=201)
async def draft(new: NewReview, caller: Reviewing, partnership: Wired) -> ShownReview:
    """Prepare a review. Nobody is told of it until it is opened."""
    drafted = await partnership.reviews.draft(new, caller=caller, now=partnership.clock())
    return await shown(drafted, caller, partnership)


@router.get("/{review_id}")
async def review(review_id: str, caller: Looking, partnership: Wired) -> ShownReview:
    """With its partner list. A provider reads no addresses, and how it stands in sum only."""
    _, found = await partnership.reviews.read(review_id, scope=caller.scope(), now=partnership.clock())
    return found


@router.put("/{review_id}")
async def replan(review_id: str, plan: ReviewPlan, caller: Reviewing, partnership: Wired) -> ShownReview:
    """Change process, size class and dates, as long as it is a draft."""
    replanned = await partnership.reviews.replan(review_id, plan, caller=caller, now=partnership.clock())
    return await shown(replanned, caller, partnership)


@router.delete("/{review_id}", status_code=204)
async def discard(review_id: str, caller: Reviewing, partnership: Wired) -> None:
    """A draft only; a review that was opened is kept."""
    await partnership.reviews.discard(review_id, caller=caller)


@router.post("/{review_id}/contacts")
async def add_contact(review_id: str, added: AddedContact, caller: Reviewing, partnership: Wired) -> ShownReview:
    """Add somebody to the partner list of a draft: a role of the directory, or a person by name and e-mail address."""
    extended = await partnership.reviews.add_contact(review_id, added, caller=caller, now=partnership.clock())
    return await shown(extended, caller, partnership)


@router.delete("/{review_id}/contacts/{contact_key}")
async def remove_contact(review_id: str, contact_key: str, caller: Reviewing, partnership: Wired) -> ShownReview:
    """Take back what the agency added to a draft."""
    shortened = await partnership.reviews.remove_contact(review_id, contact_key, caller=caller, now=partnership.clock())
    return await shown(shortened, caller, partnership)


@router.post("/{review_id}/open")
async def open_(review_id: str, caller: Reviewing, partnership: Wired) -> ShownReview:
    """From now on the provider is under review; the partner list is fixed, and its contacts are asked."""
    opened = await partnership.reviews.open(review_id, caller=caller, now=partnership.clock())
    return await shown(opened, caller, partnership)


@router.post("/{review_id}/advance")
async def advance(review_id: str, to: Advance, caller: Reviewing, partnership: Wired) -> ShownReview:
    advanced = await partnership.reviews.advance(
        review_id, to.stage, to.reached_on, caller=caller, now=partnership.clock()
    )
    return await shown(advanced, caller, partnership)


@router.post("/{review_id}/close")
async def close(review_id: str, caller: Reviewing, partnership: Wired) -> ShownReview:
    """It is over. Nobody is asked any more, and the evidence is frozen."""
    closed = await partnership.reviews.close(review_id, caller=caller, now=partnership.clock())
    return await shown(closed, caller, partnership)


async def shown(review: Review, caller: Caller, partnership: Partnership) -> ShownReview:
    _, found = await partnership.reviews.read(review.review_id, scope=caller.scope(), now=partnership.clock())
    return found
