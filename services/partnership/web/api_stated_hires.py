"""Hires for machines that state them by themselves: one, or a stream of them."""

from contextlib import aclosing
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.responses import JSONResponse, Response

from services.partnership.domain.stated_hire import StatedHire
from services.partnership.use_cases.take_stated_hires import TakenHire
from services.partnership.web.ndjson import LONGEST_LINE, MEDIA_TYPE, Line, LinesAnswer, Tell, pieces
from services.partnership.web.state import Wired
from shared import problems
from shared.access.asking import requires
from shared.access.callers import Caller
from shared.errors import InvalidInput, Outage, Refused
from shared.idempotency import IdempotencyKey, fingerprint

router = APIRouter(tags=["hires"])
Stating = Annotated[Caller, Depends(requires("district", "agency"))]

STREAM = "/v1/hires:stream"
TOO_LONG = InvalidInput(
    f"This line is longer than {LONGEST_LINE // 1024} KiB, and was not read.", hint="Write one hire into each line."
)
IN_AND_OUT: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "One StatedHire as JSON in each line.",
        "content": {MEDIA_TYPE: {"schema": {"type": "string"}}},
    },
    "responses": {
        "200": {
            "description": "One result as JSON in each line, in order: `line`, and either `hire` (TakenHire) or "
            "`problem` (RFC 9457).",
            "content": {MEDIA_TYPE: {"schema": {"type": "string"}}},
        }
    },
}


@router.post("/v1/hires", response_model=TakenHire)
async def state_hire(
    request: Request, stated: StatedHire, caller: Stating, partnership: Wired, key: IdempotencyKey = ""
) -> Response:
    """State that a person took up work in a district. It is looked for among the completers like a new colleague of a
    feed. The same `person_key` again corrects what was said; `ended_on` ends the employment. What was no hire at all
    is withdrawn (`POST /v1/hires/{hire_id}/withdraw`)."""

    async def take() -> Response:
        (taken,) = await partnership.take_stated_hires([stated], scope=caller.scope(), now=partnership.clock())
        if isinstance(taken, Refused):
            raise taken
        return JSONResponse(taken.model_dump(mode="json"))

    asked = fingerprint("hire", await request.body()) if key else ""
    return await partnership.idempotency.answer(key, caller.subject, asked, take)


@router.post(STREAM, openapi_extra=IN_AND_OUT, response_class=Response)
async def state_hires(request: Request, caller: Stating, partnership: Wired) -> Response:
    """State many hires, one in each line; a result comes for each line, while the rest is still being sent.

    A line that is not right is told in its result and keeps nothing else from being taken. A stream that broke off is
    sent again from its first line without a result, or as a whole: what is said already changes nothing. Therefore
    this takes no Idempotency-Key.
    """

    async def work(tell: Tell) -> None:
        number = 1
        try:
            async with aclosing(pieces(request.stream())) as found:
                async for piece in found:
                    number = piece[0].number
                    tell(await _results(piece, caller, partnership))
                    number = piece[-1].number + 1
        except (Refused, Outage) as error:
            tell([{"line": number, "problem": problems.in_words(error)}])

    return LinesAnswer(work)


async def _results(piece: list[Line], caller: Caller, partnership: Wired) -> list[dict[str, Any]]:
    """In the order of the lines."""
    read = [_read(line) for line in piece]
    stated = [each for each in read if isinstance(each, StatedHire)]
    taken = iter(await partnership.take_stated_hires(stated, scope=caller.scope(), now=partnership.clock()))
    results = []
    for line, each in zip(piece, read, strict=True):
        outcome: TakenHire | Exception = next(taken) if isinstance(each, StatedHire) else each
        if isinstance(outcome, TakenHire):
            results.append({"line": line.number, "hire": outcome.model_dump(mode="json")})
        else:
            results.append({"line": line.number, "problem": problems.in_words(outcome)})
    return results


def _read(line: Line) -> StatedHire | Exception:
    if line.content is None:
        return TOO_LONG
    try:
        return StatedHire.model_validate_json(line.content)
    except ValidationError as invalid:
        faults = invalid.errors(include_url=False, include_input=False, include_context=False)
        return RequestValidationError([{**fault, "loc": ("line", *fault["loc"])} for fault in faults])
