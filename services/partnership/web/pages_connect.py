"""Connect a feed by form, and say otherwise how its system spells things."""

from typing import Annotated, Any, get_args

from fastapi import APIRouter, Depends, Request
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from services.partnership.domain.connection import Connection, NewConnection
from services.partnership.domain.connection_mapping import ConnectionMapping
from services.partnership.domain.sources import Source
from services.partnership.web.layout_form import MOST_CHARACTERS, hint
from services.partnership.web.mapping_form import ID_SYSTEMS, STAFF_ROLES, entered, shown
from services.partnership.web.state import Wired
from services.partnership.web.words import SOURCE_WORDS
from shared.access.asking import requires
from shared.access.callers import Caller
from shared.errors import Conflict, InvalidInput, NotFound
from shared.pages import Option

router = APIRouter(include_in_schema=False)
Connecting = Annotated[Caller, Depends(requires("district", "agency"))]
WRONG = {
    "connection_id": "Use 2 to 63 small letters, digits and dashes, such as boston-sis.",
    "district_id": "Write the district’s code, such as 00350000, with its zeros.",
    "source": "Choose what your system sends.",
}


@router.get("/connect-feed")
async def form(request: Request, caller: Connecting, partnership: Wired) -> Response:
    values = shown(ConnectionMapping()) | {"connection_id": "", "source": "oneroster-csv"}
    values["district_id"] = next(iter(sorted(caller.organizations)), "") if caller.role == "district" else ""
    return await _form(request, caller, partnership, values, {})


@router.post("/connect-feed")
async def connect(request: Request, caller: Connecting, partnership: Wired) -> Response:
    sent = {name: str(value) for name, value in (await request.form()).items()}
    mapping, errors = entered(sent, ConnectionMapping())
    new = None
    try:
        named = {name: sent.get(name, "").strip() for name in WRONG}
        new = NewConnection.model_validate({**named, "mapping": mapping})
    except ValidationError as invalid:
        errors = dict(_told(str(each["loc"][0]), each["msg"]) for each in invalid.errors()) | errors
    if new is not None and not errors:
        try:
            made: Connection = await partnership.connect_feed(new, scope=caller.scope(), now=partnership.clock())
            return RedirectResponse(f"/feeds/{made.connection_id}", status_code=303)
        except (InvalidInput, Conflict) as refusal:
            errors = {refusal.where or "connection_id": f"{refusal.message} {refusal.hint}".strip()}
        except NotFound as refusal:
            errors = {"district_id": refusal.message}
    return await _form(request, caller, partnership, sent, errors)


@router.get("/feeds/{connection_id}/mapping")
async def mapping_form(request: Request, connection_id: str, caller: Connecting, partnership: Wired) -> Response:
    connection = await partnership.feeds.connection(connection_id, caller.scope())
    return _mapping_page(request, connection, partnership, shown(connection.mapping), {})


@router.post("/feeds/{connection_id}/mapping")
async def change_mapping(request: Request, connection_id: str, caller: Connecting, partnership: Wired) -> Response:
    connection = await partnership.feeds.connection(connection_id, caller.scope())
    sent = {name: str(value) for name, value in (await request.form()).items()}
    mapping, errors = entered(sent, connection.mapping)
    if errors:
        return _mapping_page(request, connection, partnership, shown(connection.mapping) | sent, errors)
    try:
        await partnership.change_mapping(
            connection_id, mapping, scope=caller.scope(), by=caller.subject, now=partnership.clock()
        )
    except InvalidInput as refusal:
        errors = {refusal.where: refusal.message}
        return _mapping_page(request, connection, partnership, shown(connection.mapping) | sent, errors)
    return RedirectResponse(f"/feeds/{connection_id}", status_code=303)


async def _form(
    request: Request, caller: Caller, partnership: Wired, values: dict[str, str], errors: dict[str, str]
) -> Response:
    own = sorted(caller.organizations) if caller.role == "district" else []
    names = await partnership.directory.names(own)
    return partnership.page(
        request,
        "connect_feed.html",
        status=422 if errors else 200,
        values=shown(ConnectionMapping()) | dict.fromkeys(WRONG, "") | values,
        sources=[Option(source, SOURCE_WORDS.get(source, source)) for source in get_args(Source)],
        districts=[Option(code, f"{names.get(code, code)} ({code})") for code in own],
        **_words(),
        errors=errors,
    )


def _mapping_page(
    request: Request, connection: Connection, partnership: Wired, values: dict[str, str], errors: dict[str, str]
) -> Response:
    return partnership.page(
        request,
        "mapping.html",
        status=422 if errors else 200,
        connection=connection,
        values=values,
        **_words(),
        errors=errors,
    )


def _words() -> dict[str, Any]:
    words = {"id_systems": ", ".join(ID_SYSTEMS), "staff_roles": ", ".join(STAFF_ROLES)}
    return words | {"layout_hint": hint(), "layout_limit": MOST_CHARACTERS}


def _told(name: str, message: str) -> tuple[str, str]:
    """The field of the form, and what is wrong with it: of a mapping only its layout can be lacking."""
    if name == "mapping":
        return "state_file", message.removeprefix("Value error, ")
    return name, WRONG.get(name, message)
