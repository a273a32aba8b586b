"""A student information system of ours: OneRoster 1.1 and 1.2 and an Ed-Fi ODS over HTTP, strict about who asks, and
misbehaving on demand."""

import json
import re
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from starlette.types import Receive, Scope, Send

from tests.browser import served

KEY, SECRET, TOKEN = "district-key", "district-s3cret", "t0ken"
Row = dict[str, Any]
Reply = tuple[int, dict[str, str], bytes]
Misbehaviour = Callable[["Sis", "Asked"], Reply | None]
"""A reply instead of the right one; None: the right one."""
DATA, CHANGES = "/data/v3/ed-fi/", "/changeQueries/v1/availableChangeVersions"


@dataclass(frozen=True)
class Asked:
    """One request."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: str
    number: int

    @property
    def offset(self) -> int:
        return int(self.query.get("offset", "0"))


@dataclass
class Sis:
    """What it holds, how it pages, and what it was asked."""

    lists: dict[str, list[Row]] = field(default_factory=dict)
    deleted: dict[str, list[Row]] = field(default_factory=dict)
    rekeyed: dict[str, list[Row]] = field(default_factory=dict)
    with_links: bool = True
    with_totals: bool = True
    filters: bool = True
    longest_page: int = 10_000
    change_version: int | None = None
    has_snapshots: bool = False
    wants_credentials_in: str = "header"
    cookie: str = ""
    lasts: Any = 1800
    token: str = TOKEN
    misbehaves: Misbehaviour | None = None
    asked: list[Asked] = field(default_factory=list)
    url: str = ""

    def paths(self) -> list[str]:
        return [each.path for each in self.asked]

    def of(self, path: str) -> list[Asked]:
        """The requests for this path."""
        return [each for each in self.asked if each.path.endswith(path)]

    async def reply(self, asked: Asked) -> Reply:
        if self.misbehaves is not None and (odd := self.misbehaves(self, asked)) is not None:
            return odd
        if asked.path.endswith("/oauth/token"):
            return self._token(asked)
        if asked.path == "/edfi/":
            return self._discovery()
        if not self._knows(asked):
            return as_json({"error": "unauthorized"}, 401)
        if asked.path == f"/edfi{CHANGES}":
            return self._versions(asked)
        if asked.headers.get("use-snapshot") and not self.has_snapshots:
            return as_json({"type": "urn:ed-fi:api:not-found:snapshot"}, 404)
        if asked.path.startswith(f"/edfi{DATA}"):
            return self._resources(asked)
        return self._roster(asked)

    def _token(self, asked: Asked) -> Reply:
        """Exactly as it wants to be asked, and not otherwise."""
        form = {name: values[0] for name, values in parse_qs(asked.body).items()}
        places = {"body": form, "query": asked.query}
        known = places.get(self.wants_credentials_in, {})
        if self.wants_credentials_in == "header":
            scheme, _, packed = asked.headers.get("authorization", "").partition(" ")
            key, _, secret = b64decode(packed).decode().partition(":") if scheme == "Basic" else ("", "", "")
            known = {"client_id": key, "client_secret": secret}
        grant = {**asked.query, **form}.get("grant_type")
        if asked.method != "POST" or grant != "client_credentials":
            return as_json({"error": "unsupported_grant_type"}, 400)
        if (known.get("client_id"), known.get("client_secret")) != (KEY, SECRET):
            return as_json({"error": "invalid_client"}, 401)
        status, headers, body = as_json({"access_token": self.token, "expires_in": self.lasts, "token_type": "bearer"})
        return status, headers | ({"set-cookie": f"{self.cookie}; Path=/; HttpOnly"} if self.cookie else {}), body

    def _knows(self, asked: Asked) -> bool:
        if self.cookie and self.cookie not in asked.headers.get("cookie", ""):
            return False
        return asked.headers.get("authorization") == f"Bearer {self.token}"

    def _roster(self, asked: Asked) -> Reply:
        name = asked.path.rpartition("/")[2]
        if name not in ("orgs", "users"):
            return as_json(error_1_2("unknownobject"), 404)
        rows = self.lists[name]
        if wanted := asked.query.get("filter"):
            if not self.filters:
                return as_json(error_1_2("invalid_filter_field"), 400)
            rows = [row for row in rows if _matches(row, wanted)]
        return self._page(asked, rows, lambda page: {name: page}, "x-total-count")

    def _discovery(self) -> Reply:
        base = f"{self.url}/edfi"
        urls = {"oauth": f"{base}/oauth/token", "dataManagementApi": f"{base}/data/v3/"}
        return as_json({"version": "7.3", "dataModels": [{"name": "Ed-Fi", "version": "5.2.0"}], "urls": urls})

    def _versions(self, asked: Asked) -> Reply:
        if asked.headers.get("use-snapshot") and not self.has_snapshots:
            return as_json({"type": "urn:ed-fi:api:not-found:snapshot"}, 404)
        if self.change_version is None:
            return as_json({}, 404)
        return as_json({"oldestChangeVersion": 0, "newestChangeVersion": self.change_version})

    def _resources(self, asked: Asked) -> Reply:
        name, _, kind = asked.path.removeprefix(f"/edfi{DATA}").partition("/")
        if int(asked.query.get("limit", asked.query.get("pageSize", "25"))) > 500:
            return as_json({"type": "urn:ed-fi:api:bad-request:parameter"}, 400)
        kept = {"": self.lists, "deletes": self.deleted, "keyChanges": self.rekeyed}[kind]
        least, most = int(asked.query.get("minChangeVersion", 0)), int(asked.query.get("maxChangeVersion", 10**9))
        rows = [row for row in kept.get(name, []) if least <= row.get("changeVersion", 0) <= most]
        rows = [{key: value for key, value in row.items() if key != "changeVersion" or kind} for row in rows]
        if "pageSize" in asked.query:
            return self._page_by_token(asked, rows)
        return self._page(
            asked, rows, lambda page: page, "total-count", counted=asked.query.get("totalCount") == "true"
        )

    def _page(
        self, asked: Asked, rows: list[Row], wrapped: Callable[[list[Row]], Any], total: str, *, counted: bool = True
    ) -> Reply:
        limit = min(int(asked.query.get("limit", "100")), self.longest_page)
        page = rows[asked.offset : asked.offset + limit]
        headers = {total: str(len(rows))} if self.with_totals and counted else {}
        if self.with_links and asked.offset + limit < len(rows) and total == "x-total-count":
            query = re.sub(r"offset=\d+", f"offset={asked.offset + limit}", asked.query["_raw"])
            headers["link"] = f'<{self.url}{asked.path}?{query}>; rel="next", <{self.url}{asked.path}>; rel="first"'
        status, kind, body = as_json(wrapped(page))
        return status, kind | headers, body

    def _page_by_token(self, asked: Asked, rows: list[Row]) -> Reply:
        start = int(asked.query.get("pageToken", "p0").removeprefix("p"))
        end = start + int(asked.query["pageSize"])
        status, headers, body = as_json(rows[start:end])
        return status, headers | ({"next-page-token": f"p{end}"} if end < len(rows) else {}), body


def as_json(body: Any, status: int = 200, **headers: str) -> Reply:
    return status, {"content-type": "application/json", **headers}, json.dumps(body).encode()


def error_1_2(minor: str, severity: str = "error") -> Row:
    field = {"imsx_codeMinorFieldName": "TargetEndSystem", "imsx_codeMinorFieldValue": minor}
    head = {"imsx_codeMajor": "failure", "imsx_severity": severity, "imsx_description": "Words about Mei Lee."}
    return {**head, "imsx_CodeMinor": {"imsx_codeMinorField": [field]}}


def error_1_1(minor: str) -> Row:
    head = {"imsx_codeMajor": "failure", "imsx_severity": "error", "imsx_codeMinor": minor}
    return {"statusInfoSet": [{**head, "imsx_description": "Words about Mei Lee."}]}


def basic(key: str = KEY, secret: str = SECRET) -> str:
    return f"Basic {b64encode(f'{key}:{secret}'.encode()).decode()}"


def _matches(row: Row, wanted: str) -> bool:
    """`field op 'value'`, as far as we ask for it."""
    match = re.fullmatch(r"(\w+)(!=|>)'([^']*)'", wanted)
    assert match, wanted
    value = str(row.get(match[1], ""))
    return value != match[3] if match[2] == "!=" else value > match[3]


@asynccontextmanager
async def serving(sis: Sis) -> AsyncIterator[Sis]:
    """It answers on loopback until the block ends."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        message = await receive()
        raw = scope["query_string"].decode()
        query = {name: values[0] for name, values in parse_qs(raw, keep_blank_values=True).items()} | {"_raw": raw}
        headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
        path = unquote(urlsplit(scope["path"]).path)
        asked = Asked(scope["method"], path, query, headers, message.get("body", b"").decode(), len(sis.asked) + 1)
        sis.asked.append(asked)
        status, told, body = await sis.reply(asked)
        await send({"type": "http.response.start", "status": status, "headers": _bytes(told)})
        await send({"type": "http.response.body", "body": body})

    async with served(app) as url:
        sis.url = url
        yield sis


def _bytes(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in headers.items()]
