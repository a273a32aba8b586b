"""The development sign-in, where anybody may be anybody; signing out; and who I am."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Form, Request
from pydantic import BaseModel
from starlette.responses import RedirectResponse, Response

from shared.access.access_file import Person
from shared.access.asking import Access, Asking, refuse_forgery
from shared.access.callers import Role
from shared.pages import Option, Pages

SIGN_IN = "/sign-in"
SIGN_OUT = "/sign-out"
PUBLIC_PATHS = frozenset({SIGN_IN, SIGN_OUT})

ROLE_WORDS: dict[Role, str] = {
    "agency": "State agency",
    "provider": "Provider",
    "district": "District",
    "operator": "Operator",
}

account = APIRouter(tags=["access"])
development_sign_in = APIRouter(include_in_schema=False)


class Me(BaseModel):
    """The caller, as the caller may know them."""

    subject: str
    role: Role
    organizations: list[str]
    display_name: str


@account.get("/v1/me")
async def me(caller: Asking) -> Me:
    """Who this key or session belongs to."""
    return Me(
        subject=caller.subject,
        role=caller.role,
        organizations=sorted(caller.organizations),
        display_name=caller.display_name,
    )


@account.post(SIGN_OUT, include_in_schema=False)
async def sign_out(request: Request) -> Response:
    access: Access = request.app.state.access
    refuse_forgery(request, access.sessions.public_url)
    response = RedirectResponse(request.app.state.sign_in_path or "/", status_code=303)
    access.sessions.clear_cookie(response)
    return response


@development_sign_in.get(SIGN_IN)
async def choose_person(request: Request, next: str = "/") -> Response:
    return _page(request, next)


@development_sign_in.post(SIGN_IN)
async def sign_in(
    request: Request, subject: Annotated[str, Form()] = "", next: Annotated[str, Form()] = "/"
) -> Response:
    access: Access = request.app.state.access
    refuse_forgery(request, access.sessions.public_url)
    person = access.file.person(subject)
    if person is None:
        return _page(request, next, errors={"subject": "Choose one of the people."})
    response = RedirectResponse(local_path(next), status_code=303)
    access.sessions.set_cookie(response, access.sessions.token(person.caller, access.clock()))
    return response


def local_path(target: str) -> str:
    """The target if it is a path on this host, else `/`: signing in leads nobody to another site."""
    is_path = target.startswith("/") and not target.startswith("//")
    is_plain = all(character.isprintable() and character != "\\" for character in target)
    return target if is_path and is_plain else "/"


def _page(request: Request, target: str, errors: dict[str, str] | None = None) -> Response:
    access: Access = request.app.state.access
    pages: Pages = request.app.state.pages
    return pages.render(
        request,
        "sign_in.html",
        status=422 if errors else 200,
        people=_options(access.file.people()),
        next=local_path(target),
        errors=errors or {},
    )


def _options(people: Sequence[Person]) -> list[Option]:
    return [
        Option(person.subject, person.display_name, " ".join((ROLE_WORDS[person.role], *person.organizations)))
        for person in people
    ]
