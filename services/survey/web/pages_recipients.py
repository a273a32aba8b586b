"""Recipients for people: whom nobody can be asked for yet, and who was named."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from services.survey.use_cases.name_recipient import name_recipient, take_naming_back
from services.survey.web.api_recipients import Naming, recipient_tasks
from services.survey.web.recipient_words import GAP_WORDS, WAY_WORDS, role_words
from services.survey.web.wired import Behind, Wired
from shared.access.callers import Caller
from shared.errors import InvalidInput

recipient_pages = APIRouter(prefix="/recipients", include_in_schema=False)
NAMES_SHOWN = 5
Filled = Annotated[str, Form(max_length=254)]


@recipient_pages.get("")
async def recipients(request: Request, caller: Naming, behind: Behind) -> Response:
    return await _page(request, caller, behind, {}, {})


@recipient_pages.post("")
async def name(
    request: Request, caller: Naming, behind: Behind, role_key: Filled = "", name: Filled = "", email: Filled = ""
) -> Response:
    try:
        await name_recipient(role_key, name, email, scope=caller.scope(), by=caller.subject, **behind.for_custody)
    except InvalidInput as refusal:
        entered = {"role_key": role_key, "name": name, "email": email}
        errors = {refusal.where: f"{refusal.message} {refusal.hint}".strip()}
        return await _page(request, caller, behind, entered, errors)
    return RedirectResponse("/recipients", status_code=303)


@recipient_pages.post("/take-back")
async def take_back(caller: Naming, behind: Behind, role_key: Filled = "") -> Response:
    await take_naming_back(role_key, scope=caller.scope(), by=caller.subject, **behind.for_custody)
    return RedirectResponse("/recipients", status_code=303)


async def _page(
    request: Request, caller: Caller, behind: Wired, entered: dict[str, str], errors: dict[str, str]
) -> Response:
    tasks = await recipient_tasks(caller.scope(), behind)
    namings = await behind.people.namings(caller.scope())
    shown = {one for task in tasks for one in task.completer_ids[:NAMES_SHOWN]}
    people = await behind.people.display_names(shown)
    places = await behind.names.of(
        [place for task in tasks for place in (task.district_id, task.school_id, *task.provider_ids)]
        + [each.holder.role_key.partition(":")[0] for each in namings]
        + [each.district_id for each in namings]
    )
    about = {
        task.role_key: [people.get(one, "an educator whose name we do not have") for one in task.completer_ids]
        + [places[one] for one in task.provider_ids]
        for task in tasks
    }
    return behind.pages.render(
        request,
        "recipients.html",
        status=422 if errors else 200,
        service_nav=behind.navigation(caller),
        tasks=tasks,
        about={role_key: (names[:NAMES_SHOWN], len(names) - NAMES_SHOWN) for role_key, names in about.items()},
        namings=namings,
        names=places,
        way_words=WAY_WORDS,
        gap_words=GAP_WORDS,
        role_words=role_words,
        entered=entered,
        errors={f"{name}-{_number(tasks, entered)}": message for name, message in errors.items()},
    )


def _number(tasks: list, entered: dict[str, str]) -> int:  # type: ignore[type-arg]
    keys = [task.role_key for task in tasks]
    return keys.index(entered["role_key"]) + 1 if entered.get("role_key") in keys else 1
