"""What is known, for machines: organizations, completers, hires."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from services.partnership.domain.hire import Hire
from services.partnership.domain.organization import Organization
from services.partnership.web.state import Sliced, Wired
from shared.access.asking import Asking
from shared.events.partnership import OrganizationKind

router = APIRouter(prefix="/v1", tags=["directory and hires"])


@router.get("/organizations")
async def organizations(
    caller: Asking,
    partnership: Wired,
    part: Sliced,
    kind: OrganizationKind | None = None,
    name: Annotated[str, Query(max_length=100)] = "",
) -> list[Organization]:
    """The directory, by name; public among those who sign in."""
    del caller
    return await partnership.directory.list_organizations(kind=kind, text=name, limit=part.size, skip=part.skip)


@router.get("/completers")
async def completers(caller: Asking, partnership: Wired, part: Sliced) -> dict[str, Any]:
    """A provider's own completers."""
    scope = caller.scope()
    found = await partnership.completers.page(scope, limit=part.size, skip=part.skip)
    items = [each.model_dump(mode="json") for each in found]
    return {"items": items, "total": await partnership.completers.count(scope), "page": part.page, "size": part.size}


@router.get("/completers/{completer_id}")
async def completer(completer_id: str, caller: Asking, partnership: Wired) -> dict[str, Any]:
    found = await partnership.completers.get(completer_id, caller.scope())
    return found.model_dump(mode="json")


@router.get("/hires")
async def hires(caller: Asking, partnership: Wired, part: Sliced) -> dict[str, Any]:
    """Hires, newest first: the agency's all, a district's own, a provider's those of its completers."""
    scope = caller.scope()
    found = await partnership.hires.page(scope, limit=part.size, skip=part.skip)
    items = [each.model_dump(mode="json") for each in found]
    return {"items": items, "total": await partnership.hires.count(scope), "page": part.page, "size": part.size}


@router.get("/hires/{hire_id}")
async def hire(hire_id: str, caller: Asking, partnership: Wired) -> Hire:
    return await partnership.hires.get(hire_id, caller.scope())
