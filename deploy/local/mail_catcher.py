"""A mail server that delivers nothing: it keeps what it is handed, and shows it on a page and as JSON."""

import re
from asyncio import get_running_loop
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode

import typer
import uvicorn
from aiosmtpd.smtp import SMTP, Envelope, Session
from fastapi import FastAPI, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from deploy.local.caught_mail import LINK, CaughtMail, Mail, Summary

PAGE_LENGTH = 50
_FOLDER = Path(__file__).parent / "mail"
_PAGE_POLICY = "default-src 'none'; style-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'"
_MAIL_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
)


@dataclass(frozen=True)
class Reception:
    """What an SMTP client talks to: anybody may send anything to anybody."""

    kept: CaughtMail

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: ARG002, N802
        """aiosmtpd calls it by this name."""
        content = envelope.content or b""
        body = content if isinstance(content, bytes) else content.encode()
        self.kept.keep(envelope.mail_from or "", envelope.rcpt_tos, body)
        return "250 Caught"


def mail_catcher(folder: Path, smtp_port: int) -> FastAPI:
    """The pages and API; SMTP is taken for as long as the application lives."""
    kept = CaughtMail(folder)

    @asynccontextmanager
    async def receiving(_: FastAPI) -> AsyncIterator[None]:
        loop = get_running_loop()
        server = await loop.create_server(
            lambda: SMTP(Reception(kept), enable_SMTPUTF8=True, hostname="localhost", loop=loop), "127.0.0.1", smtp_port
        )
        async with server:
            yield

    app = FastAPI(title="Mail catcher", lifespan=receiving, docs_url=None, redoc_url=None, openapi_url=None)
    _add_machine_doors(app, kept)
    _add_pages(app, kept)
    return app


def _add_machine_doors(app: FastAPI, kept: CaughtMail) -> None:
    @app.get("/health/live")
    async def live() -> dict[str, str]:
        return {"status": "live"}

    @app.get("/api/messages")
    async def messages(to: str = "", limit: Annotated[int, Query(ge=1, le=100_000)] = 1_000) -> dict[str, Any]:
        """Newest first; `to` keeps those with a recipient that contains it; `total` counts before `limit`."""
        found = kept.newest_first(to)
        return {"total": len(found), "messages": [_as_json(mail) for mail in found[:limit]]}

    @app.get("/api/messages/{mail_id}")
    async def message(mail_id: str) -> dict[str, Any]:
        mail = _found(kept, mail_id)
        return {
            **_as_json(mail.summary),
            "headers": mail.headers,
            "text": mail.text,
            "html": mail.html,
            "links": mail.links,
        }


def _add_pages(app: FastAPI, kept: CaughtMail) -> None:
    templates = Environment(loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined)
    templates.filters["with_links"] = with_links

    def page(name: str, **context: Any) -> HTMLResponse:
        return HTMLResponse(templates.get_template(name).render(context), headers=_guarded(_PAGE_POLICY))

    @app.get("/")
    async def mail_list(to: str = "", page_number: Annotated[int, Query(alias="page", ge=1)] = 1) -> HTMLResponse:
        found = kept.newest_first(to)
        start = (page_number - 1) * PAGE_LENGTH
        here = found[start : start + PAGE_LENGTH]
        newer = f"/?{urlencode({'to': to, 'page': page_number - 1})}" if start else ""
        older = f"/?{urlencode({'to': to, 'page': page_number + 1})}" if start + PAGE_LENGTH < len(found) else ""
        return page("list.html", mails=here, total=len(found), to=to, newer=newer, older=older)

    @app.get("/messages/{mail_id}")
    async def one_mail(mail_id: str) -> HTMLResponse:
        return page("mail.html", mail=_found(kept, mail_id))

    @app.get("/messages/{mail_id}/html")
    async def html_part(mail_id: str) -> HTMLResponse:
        """The sender's HTML in a sandbox: no scripts, no loads; its links open in a new window."""
        html = _found(kept, mail_id).html or ""
        return HTMLResponse(f'<base target="_blank">{html}', headers=_guarded(_MAIL_POLICY))

    @app.get("/style.css")
    async def style() -> Response:
        return Response((_FOLDER / "style.css").read_bytes(), media_type="text/css")

    @app.exception_handler(404)
    async def not_found(request: Request, _: Exception) -> Response:
        if request.url.path.startswith("/api/"):
            return Response('{"detail": "No such message"}', 404, media_type="application/json")
        missing = page("missing.html")
        missing.status_code = 404
        return missing


def with_links(text: str) -> Markup:
    """The text escaped, its web addresses as links."""
    parts: list[str] = []
    end = 0
    for found in re.finditer(LINK, text):
        address = escape(found[0])
        parts += [escape(text[end : found.start()]), Markup('<a href="{0}">{0}</a>').format(address)]
        end = found.end()
    return Markup("").join([*parts, escape(text[end:])])


def _guarded(policy: str) -> dict[str, str]:
    return {"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}


def _found(kept: CaughtMail, mail_id: str) -> Mail:
    mail = kept.read(mail_id)
    if mail is None:
        raise HTTPException(404, "No such message")
    return mail


def _as_json(mail: Summary) -> dict[str, Any]:
    return {"id": mail.id, "at": mail.at.isoformat(), "from": mail.sender, "to": mail.to, "subject": mail.subject}


def run(
    smtp_port: Annotated[int, typer.Option()],
    http_port: Annotated[int, typer.Option()],
    folder: Annotated[Path, typer.Option()],
) -> None:
    """Catch mail on 127.0.0.1 until told to stop."""
    uvicorn.run(mail_catcher(folder, smtp_port), host="127.0.0.1", port=http_port, log_level="warning")


if __name__ == "__main__":
    typer.run(run)
