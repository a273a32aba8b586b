"""Routes that are asked so often that nothing may stand before them but who may ask."""

from collections.abc import Awaitable, Callable, Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import Scope

from shared.access.asking import known_unless_public

Endpoint = Callable[[Request], Awaitable[Response]]


class DirectRoute(Route):
    """Tried before all others. Its endpoint takes the request and nothing else.

    What FastAPI does for an endpoint that needs none of it (finding it, solving its dependencies) took a third of the
    time of a submission: docs/performance.md.
    """

    def __init__(self, path: str, endpoint: Endpoint, *, methods: Sequence[str]) -> None:
        async def guarded(request: Request) -> Response:
            await known_unless_public(request)
            return await endpoint(request)

        super().__init__(path, guarded, methods=methods, include_in_schema=False)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        match, child_scope = super().matches(scope)
        # Where FastAPI's routes leave themselves too, for `route_template`. Another method may have another route.
        return match, {**child_scope, "route": self} if match is Match.FULL else child_scope
