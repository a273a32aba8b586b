"""Webhooks for people: subscribe, see what arrived and what did not, send again."""

from datetime import timedelta
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Form, Query, Request
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from services.partnership.domain.delivery import DeliveryState, Try
from services.partnership.domain.webhook import HIRE_EVENT_TYPES, NewWebhook, Webhook
from services.partnership.web.api_webhooks import OVERLAP_HOURS, Looking, Owning
from services.partnership.web.state import Partnership, Slice, Sliced, Wired
from services.partnership.web.words import DELIVERY_STATE_WORDS, WEBHOOK_EVENT_WORDS
from shared.access.callers import Caller
from shared.errors import Conflict, InvalidInput
from shared.pages import Option

router = APIRouter(prefix="/webhooks", include_in_schema=False)
EVENTS = [Option(each, WEBHOOK_EVENT_WORDS[each]) for each in HIRE_EVENT_TYPES]
FIRST = Slice(1, 50)
WRONG = {
    "url": "Write the address of your receiver as https://host/path.",
    "event_types": "Choose at least one.",
    "description": "Write at most 200 characters.",
}


def _chosen(state: Annotated[str, Query()] = "") -> DeliveryState | None:
    known: dict[str, DeliveryState] = {each: each for each in DELIVERY_STATE_WORDS}
    return known.get(state)


Chosen = Annotated[DeliveryState | None, Depends(_chosen)]


@router.get("")
async def webhooks(request: Request, caller: Looking, partnership: Wired) -> Response:
    return await _list(request, caller, partnership, {"event_types": list(HIRE_EVENT_TYPES)}, {})


@router.post("")
async def subscribe(request: Request, caller: Owning, partnership: Wired) -> Response:
    fields = await request.form()
    sent: dict[str, Any] = {name: str(fields.get(name, "")) for name in ("url", "description")}
    sent["event_types"] = [str(each) for each in fields.getlist("event_types")]
    try:
        new = NewWebhook.model_validate(sent)
        webhook, secret = await partnership.webhooks.subscribe(new, caller=caller, now=partnership.clock())
    except ValidationError as invalid:
        errors = {str(each["loc"][0]): WRONG[str(each["loc"][0])] for each in invalid.errors()}
        return await _list(request, caller, partnership, sent, errors)
    except (InvalidInput, Conflict) as refusal:
        errors = {"url": f"{refusal.message} {refusal.hint}".strip()}
        return await _list(request, caller, partnership, sent, errors)
    return await _one(request, webhook, caller, partnership, status=201, secret=secret)


@router.get("/{webhook_id}")
async def webhook(
    request: Request, webhook_id: str, caller: Looking, partnership: Wired, part: Sliced, state: Chosen
) -> Response:
    found = await partnership.webhooks.webhooks.get(webhook_id, caller.scope())
    return await _one(request, found, caller, partnership, part=part, state=state)


@router.post("/{webhook_id}/ping")
async def ping(request: Request, webhook_id: str, caller: Owning, partnership: Wired) -> Response:
    pinged: Try = await partnership.webhooks.ping(webhook_id, scope=caller.scope())
    found = await partnership.webhooks.webhooks.get(webhook_id, caller.scope())
    return await _one(request, found, caller, partnership, pinged=pinged)


@router.post("/{webhook_id}/rotate-secret")
async def rotate(request: Request, webhook_id: str, caller: Owning, partnership: Wired) -> Response:
    rotated, secret = await partnership.webhooks.rotate(
        webhook_id, overlap=timedelta(hours=OVERLAP_HOURS), scope=caller.scope(), now=partnership.clock()
    )
    return await _one(request, rotated, caller, partnership, secret=secret)


@router.post("/{webhook_id}/resume")
async def resume(webhook_id: str, caller: Owning, partnership: Wired) -> Response:
    await partnership.webhooks.resume(webhook_id, scope=caller.scope())
    return RedirectResponse(f"/webhooks/{webhook_id}", status_code=303)


@router.post("/{webhook_id}/replay")
async def replay_parked(webhook_id: str, caller: Owning, partnership: Wired) -> Response:
    await partnership.webhooks.replay_parked(webhook_id, scope=caller.scope(), now=partnership.clock())
    return RedirectResponse(f"/webhooks/{webhook_id}", status_code=303)


@router.post("/{webhook_id}/deliveries/{delivery_id}/replay")
async def replay(webhook_id: str, delivery_id: str, caller: Owning, partnership: Wired) -> Response:
    await partnership.webhooks.replay(webhook_id, delivery_id, scope=caller.scope(), now=partnership.clock())
    return RedirectResponse(f"/webhooks/{webhook_id}", status_code=303)


@router.post("/{webhook_id}/remove")
async def remove(
    request: Request, webhook_id: str, caller: Owning, partnership: Wired, sure: Annotated[str, Form()] = ""
) -> Response:
    if sure != "yes":
        found = await partnership.webhooks.webhooks.get(webhook_id, caller.scope())
        errors = {"sure": "Say that it is to be removed."}
        return await _one(request, found, caller, partnership, status=422, errors=errors)
    await partnership.webhooks.remove(webhook_id, scope=caller.scope())
    return RedirectResponse("/webhooks", status_code=303)


async def _list(
    request: Request, caller: Caller, partnership: Partnership, values: dict[str, Any], errors: dict[str, str]
) -> Response:
    kept = partnership.webhooks
    found = await kept.webhooks.all(caller.scope())
    return partnership.page(
        request,
        "webhooks.html",
        status=422 if errors else 200,
        webhooks=[(each, host_of(each), await kept.deliveries.count(each.webhook_id, "parked")) for each in found],
        names=await partnership.directory.names(code for each in found for code in each.organizations),
        may_own=caller.role != "operator",
        events=EVENTS,
        values={"url": "", "description": ""} | values,
        errors=errors,
    )


async def _one(
    request: Request,
    webhook: Webhook,
    caller: Caller,
    partnership: Partnership,
    *,
    status: int = 200,
    part: Slice = FIRST,
    state: DeliveryState | None = None,
    **more: Any,
) -> Response:
    kept = partnership.webhooks.deliveries
    counts = {each: await kept.count(webhook.webhook_id, each) for each in DELIVERY_STATE_WORDS}
    total = counts[state] if state else sum(counts.values())
    known: dict[str, Any] = {"secret": "", "pinged": None, "errors": {}}
    return partnership.page(
        request,
        "webhook.html",
        status=status,
        webhook=webhook,
        host=host_of(webhook),
        now=partnership.clock(),
        deliveries=await kept.page(webhook.webhook_id, state, limit=part.size, skip=part.skip),
        counts=counts,
        state=state,
        page=part.page,
        page_count=part.pages(total),
        names=await partnership.directory.names(webhook.organizations),
        may_own=caller.role != "operator",
        event_words=WEBHOOK_EVENT_WORDS,
        state_words=DELIVERY_STATE_WORDS,
        overlap_hours=OVERLAP_HOURS,
        **(known | more),
    )


def host_of(webhook: Webhook) -> str:
    return urlsplit(webhook.url).hostname or webhook.url
