"""What every page is made of: the frame around it, accessible form parts, styles, and the way it is rendered."""

import mimetypes
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from shared.pages.filters import FILTERS

HERE = Path(__file__).parent
STATIC_FOLDER = HERE / "static"
STATIC_PATH = "/static"

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""All that our pages need: nothing inline, nothing from another origin. `connect-src` is for saving as you go."""


@dataclass(frozen=True)
class Option:
    """One choice of a radio group, a scale, checkboxes or a select."""

    value: str
    label: str
    description: str = ""


class Pages:
    """Renders the templates of a service inside the frame that all services share.

    `service_name` and `service_nav` ((href, label) pairs) stand in every page's header unless a page passes its own.
    """

    def __init__(
        self,
        *template_folders: Path,
        service_name: str = "PrepBridge",
        service_nav: Sequence[tuple[str, str]] = (),
        release: str = "development",
    ) -> None:
        self.environment = Environment(
            loader=FileSystemLoader([*template_folders, HERE / "templates"]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.environment.filters.update(FILTERS)
        self.environment.globals.update(static=static_address, release=release)
        self._frame: Mapping[str, Any] = {
            "lang": "en",
            "service_name": service_name,
            "service_nav": tuple(service_nav),
            "errors": {},
        }

    def render(self, request: Request, name: str, *, status: int = 200, **context: Any) -> HTMLResponse:
        """The page `name`.

        `caller` is the one that signing in left in `request.state`, unless given; `errors` (field name → message)
        also prefixes the title.
        """
        caller = getattr(request.state, "caller", None)
        everything = {**self._frame, "request": request, "caller": caller, **context}
        return HTMLResponse(self.environment.get_template(name).render(everything), status_code=status)


class _Static(StaticFiles):
    """Static files that a browser may keep: for ever when the address names the content, else for a day."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        named_by_content = scope["query_string"].startswith(b"v=")
        response.headers["Cache-Control"] = (
            "public, max-age=31536000, immutable" if named_by_content else "public, max-age=86400"
        )
        return response


def mount_static(app: Starlette) -> None:
    """Serve the styles, fonts and icons under `/static`."""
    mimetypes.add_type("font/woff2", ".woff2")
    app.mount(STATIC_PATH, _Static(directory=STATIC_FOLDER), name="static")


def static_address(path: str) -> str:
    """The address of a static file, with a hash of its content, so that a new release is never read from a cache."""
    return f"{STATIC_PATH}/{path}?v={_content_hash(path)}"


@cache
def _content_hash(path: str) -> str:
    return sha256((STATIC_FOLDER / path).read_bytes()).hexdigest()[:12]
