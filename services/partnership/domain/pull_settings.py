"""How a district's system is asked: where, as whom, in which dialect, and when."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from services.partnership.domain.calendar import Calendar
from shared.web_addresses import origin_of, read_address
from shared.web_trouble import AddressRefused


def _address(url: str) -> str:
    try:
        parts = read_address(url, plain_allowed=True)
    except AddressRefused as refusal:
        raise ValueError(f"{refusal.message} {refusal.hint}") from None
    if parts.fragment:
        raise ValueError("The address has a part after “#”.")
    return url.rstrip("/") if not parts.query else url


Address = Annotated[str, Field(max_length=2000), AfterValidator(_address)]
PulledSource = Literal["oneroster-rest", "ed-fi-api"]


class ClientCredentials(BaseModel):
    """OAuth 2.0 as vendors differ in it: where id and secret go and where the rest, and whether cookies that come
    with the token belong to it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["oauth2"] = "oauth2"
    token_url: Address | None = None
    credentials_in: Literal["header", "body", "query"] = "header"
    parameters_in: Literal["body", "query"] = "body"
    scope: str = Field("", max_length=1000)
    replays_cookies: bool = False


class SignedRequests(BaseModel):
    """OAuth 1.0a: each request is signed, as older OneRoster hosts ask for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["oauth1"] = "oauth1"
    method: Literal["HMAC-SHA256", "HMAC-SHA1"] = "HMAC-SHA256"


SignIn = Annotated[ClientCredentials | SignedRequests, Field(discriminator="kind")]


class _Pulled(BaseModel):
    """What all sources have. `authority`: a PEM certificate that is trusted besides the usual ones."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    base_url: Address
    calendar: Calendar = Calendar()
    authority: str = Field("", max_length=100_000)
    page_cap: int = Field(10_000, ge=1, le=1_000_000)
    answer_seconds: float = Field(60.0, gt=0, le=600)
    changes_only: bool = True
    reconcile_days: int = Field(7, ge=1, le=7)
    totals_are_right: bool = True


class OneRosterPull(_Pulled):
    """`user_filter` spares us the students where the source knows how; None: as suits the version.
    `changes_only`: ask for what has changed, and for all of it every `reconcile_days`."""

    source: Literal["oneroster-rest"] = "oneroster-rest"
    version: Literal["1.1", "1.2"] = "1.2"
    sign_in: SignIn = ClientCredentials()
    page_size: int = Field(1000, ge=1, le=10_000)
    user_filter: str | None = Field(None, max_length=200)
    is_sorted: bool = False


class EdfiPull(_Pulled):
    """Token and data addresses come from the discovery document at `base_url`, with tenant and school year in it."""

    source: Literal["ed-fi-api"] = "ed-fi-api"
    sign_in: ClientCredentials = ClientCredentials()
    page_size: int = Field(500, ge=1, le=500)
    pages_by_cursor: bool = False


PullSettings = Annotated[OneRosterPull | EdfiPull, Field(discriminator="source")]


def hosts_of(settings: "OneRosterPull | EdfiPull") -> frozenset[tuple[str, str, int]]:
    """The servers that get to see the credentials."""
    token_url = settings.sign_in.token_url if isinstance(settings.sign_in, ClientCredentials) else None
    return frozenset(origin_of(url) for url in (settings.base_url, token_url) if url)
