"""What is known, for machines: organizations, programs and completers."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from services.partnership.domain.organization import Organization, Program
from services.partnership.web.state import Sliced, Wired
from shared.access.asking import Asking
from shared.events.partnership import OrganizationKind

router = APIRouter(prefix="/v1", tags=["directory"])


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


@router.get("/programs")
async def programs(
    caller: Asking, partnership: Wired, part: Sliced, provider_id: Annotated[str, Query(max_length=40)] = ""
) -> list[Program]:
    """The programs of all providers, or of one, by name; public among those who sign in."""
    del caller
    return await partnership.directory.list_programs(provider_id, limit=part.size, skip=part.skip)


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
