"""Asks each route of a service's OpenAPI document what its author did not think of, as each of its callers.

PREPBRIDGE_OPENAPI_EXAMPLES (2) and PREPBRIDGE_OPENAPI_SEED (1) make it longer, and another one.
"""

import asyncio
import os
from collections.abc import Mapping
from itertools import product
from typing import Any, cast

import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.openapi import from_dict
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.browser import served
from tests.running import doors_of, signed_in

EXAMPLES = int(os.environ.get("PREPBRIDGE_OPENAPI_EXAMPLES", "2"))
SEED = int(os.environ.get("PREPBRIDGE_OPENAPI_SEED", "1"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
SECONDS = 30

UNPACED: dict[str, Any] = {
    "caller_requests_per_second": 0.0,
    "stranger_requests_per_second": 0.0,
    "stranger_failures_per_second": 0.0,
}
"""Settings under which everybody may ask as often as they like."""

Headers = dict[str, str]


@schemathesis.serializer("application/x-ndjson", "application/zip", "application/xml", "text/csv")
def _as_it_is(_: Any, value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode(errors="surrogatepass")


def callers_of(app: FastAPI, *, district: str, provider: str) -> dict[str, Headers]:
    """One of each role, and somebody who has not signed in."""
    return {
        "agency": signed_in(app, "agency"),
        "district": signed_in(app, "district", district),
        "provider": signed_in(app, "provider", provider),
        "operator": signed_in(app, "operator"),
        "stranger": {},
    }


async def expect_no_fault(app: FastAPI, callers: Mapping[str, Headers], known: Mapping[str, str]) -> None:
    """A running service answers as its document allows, and never with a 5xx. `known`: a path parameter's name → an id
    that there is, so that not every question ends in "not found"."""
    async with served(doors_of(app)) as address:
        faults = await asyncio.to_thread(_asked, app.openapi(), address, callers, known)
    assert faults == [], "\n\n".join(faults)


def _asked(
    document: dict[str, Any], address: str, callers: Mapping[str, Headers], known: Mapping[str, str]
) -> list[str]:
    schema, found = from_dict(document), list[str]()
    schema.config.update(base_url=address)
    operations = [cast(Any, result).ok() for result in schema.get_all_operations()]
    for operation, mode, (caller, headers) in product(operations, MODES, callers.items()):
        faults = _faults(operation, mode, headers, known)
        found += [f"{operation.label} as {caller}, seed {SEED}: {_in_words(fault)}" for fault in faults[:1]]
    return found


def _in_words(error: BaseException) -> str:
    inner = [_in_words(each) for each in error.exceptions] if isinstance(error, BaseExceptionGroup) else []
    return "\n".join([f"{type(error).__name__}: {error}", *inner])


def _faults(operation: Any, mode: GenerationMode, headers: Headers, known: Mapping[str, str]) -> list[BaseException]:
    """They are kept instead of raised: what a route answers depends on what was asked before, and no second try shows
    the same."""
    names = {each.name for each in operation.path_parameters}
    there = {name: known[name] for name in names} if names and names <= set(known) else None
    found: list[BaseException] = []

    @seed(SEED)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(case=operation.as_strategy(generation_mode=mode, path_parameters=there))
    def ask(case: Case[Any]) -> None:
        try:
            response = case.call(headers=headers, timeout=SECONDS, allow_redirects=False)
            case.validate_response(response, checks=CHECKS, headers=headers)
        except (FailureGroup, OSError) as fault:
            found.append(fault)

    ask()
    return found
