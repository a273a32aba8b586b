"""What the doors are given: the verbs with their stores, and the stores for plain reads."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Query, Request
from starlette.responses import Response

from services.partnership.domain.connection import Connection
from services.partnership.domain.hire import Hire
from services.partnership.domain.import_report import ImportReport
from services.partnership.domain.pull import Pull
from services.partnership.domain.snapshot import Snapshot
from services.partnership.domain.staff import Staff
from services.partnership.store.completers import CompleterStore
from services.partnership.store.credentials import CredentialsKept, CredentialStore
from services.partnership.store.directory import Directory
from services.partnership.store.feeds import FeedStore
from services.partnership.store.hires import HireStore
from services.partnership.store.imports import ImportStore
from services.partnership.store.pulls import PullStore
from services.partnership.store.staff import StaffStore
from services.partnership.use_cases.take_stated_hires import TakenHire
from services.partnership.use_cases.trace_hire import Provenance
from services.partnership.web.ledger_wired import Ledger
from services.partnership.web.reviews_wired import Reviews
from services.partnership.web.vacancies_wired import Vacancies
from services.partnership.web.webhooks_wired import Webhooks
from shared.access.callers import ROLES, Role
from shared.clock import Clock
from shared.errors import Refused
from shared.idempotency import Idempotency
from shared.pages import Pages

HOME = (("/", "Home"),)
NAVIGATION: tuple[tuple[str, str, tuple[Role, ...]], ...] = (
    ("/feeds", "Feeds", ("agency", "operator", "district")),
    ("/matches", "Matches", ("agency", "district")),
    ("/hires", "Hires", ROLES),
    ("/partnerships", "Partnerships", ("agency", "provider", "district")),
    ("/districts", "Districts", ("agency", "operator")),
    ("/vacancies", "Vacancies", ("agency", "operator", "district")),
    ("/needs", "Districts’ needs", ("agency", "operator", "provider")),
    ("/reviews", "Reviews", ("agency", "operator", "provider")),
    ("/imports", "Imports", ("agency", "operator", "provider")),
    ("/webhooks", "Webhooks", ROLES),
)


@dataclass(frozen=True)
class Pulling:
    """Feeds whose systems we ask ourselves."""

    pulls: PullStore
    credentials: CredentialStore
    change: Callable[..., Awaitable[Connection]]
    keep_credentials: Callable[..., Awaitable[CredentialsKept]]
    credentials_known: Callable[..., Awaitable[CredentialsKept]]
    forget_credentials: Callable[..., Awaitable[None]]
    want: Callable[..., Awaitable[Pull]]
    cancel: Callable[..., Awaitable[Pull]]


@dataclass(frozen=True)
class Partnership:
    clock: Clock
    pages: Pages
    directory: Directory
    completers: CompleterStore
    feeds: FeedStore
    staff: StaffStore
    hires: HireStore
    imports: ImportStore
    idempotency: Idempotency
    pulling: Pulling
    webhooks: Webhooks
    ledger: Ledger
    vacancies: Vacancies
    reviews: Reviews
    connect_feed: Callable[..., Awaitable[Connection]]
    change_mapping: Callable[..., Awaitable[Connection]]
    take_snapshot: Callable[..., Awaitable[Snapshot]]
    release_snapshot: Callable[..., Awaitable[Snapshot]]
    refuse_snapshot: Callable[..., Awaitable[Snapshot]]
    retract_snapshot: Callable[..., Awaitable[Snapshot]]
    finish_feed: Callable[..., Awaitable[None]]
    import_files: Callable[..., Awaitable[ImportReport]]
    confirm_match: Callable[..., Awaitable[Staff]]
    reject_match: Callable[..., Awaitable[Staff]]
    trace_hire: Callable[..., Awaitable[Provenance]]
    undo_match: Callable[..., Awaitable[Staff]]
    withdraw_hire: Callable[..., Awaitable[Hire]]
    take_stated_hires: Callable[..., Awaitable[list[TakenHire | Refused]]]

    def page(self, request: Request, name: str, *, status: int = 200, **context: Any) -> Response:
        """A page with the way to what this caller's role may open."""
        role = request.state.caller.role
        ways = tuple((href, label) for href, label, roles in NAVIGATION if role in roles)
        return self.pages.render(request, name, status=status, service_nav=HOME + ways, **context)


def _partnership(request: Request) -> Partnership:
    wired: Partnership = request.app.state.wiring
    return wired


Wired = Annotated[Partnership, Depends(_partnership)]


@dataclass(frozen=True)
class Slice:
    """Which part of a list is asked for."""

    page: int
    size: int

    @property
    def skip(self) -> int:
        return (self.page - 1) * self.size

    def pages(self, total: int) -> int:
        return max(1, -(-total // self.size))


def _slice(page: Annotated[int, Query(ge=1, le=100_000)] = 1, size: Annotated[int, Query(ge=1, le=500)] = 50) -> Slice:
    return Slice(page, size)


Sliced = Annotated[Slice, Depends(_slice)]
