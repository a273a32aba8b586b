"""Find out what a pull has to ask for: changes or all of it, and where an Ed-Fi host keeps what."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.partnership.domain.connection import Connection
from services.partnership.domain.pull import Mirror, Pull, changes_since
from services.partnership.domain.pull_settings import ClientCredentials, EdfiPull, OneRosterPull
from services.partnership.domain.pull_steps import Step, edfi_steps, oneroster_steps
from services.partnership.domain.source_trouble import SourceTrouble, of_status
from services.partnership.use_cases.sign_in_to_source import Signed
from shared.web_addresses import on_the_same_host

USE_SNAPSHOT = {"use-snapshot": "true"}
CHANGE_QUERIES = "changeQueries/v1/"
NOT_FOUND = 404


async def plan_pull(
    pull: Pull, connection: Connection, mirror: Mirror | None, *, source: Signed, now: datetime
) -> tuple[Pull, tuple[Step, ...]]:
    """The pull with its plan, which stays the same when it is taken up again, and the lists to read."""
    settings = connection.pull
    since = changes_since(pull, mirror, connection, now)
    if isinstance(settings, EdfiPull):
        return await _edfi(pull, settings, connection, since, mirror, source)
    if not isinstance(settings, OneRosterPull):
        raise SourceTrouble("This feed is not set up to be pulled.", "Say where its system is and how it is asked.")
    if isinstance(settings.sign_in, ClientCredentials):
        if settings.sign_in.token_url is None:
            raise SourceTrouble("This feed lacks the address for tokens.", "Say where its system gives tokens.")
        source.token_url = settings.sign_in.token_url
    if pull.kind is None:
        pull = pull.planned(since, since, _generation(pull, since, mirror), uses_snapshot=False)
    steps = oneroster_steps(settings, pull.since, connection.mapping.time_zone)
    return pull, tuple(step.unfiltered() for step in steps) if pull.unfiltered else steps


async def _edfi(
    pull: Pull, settings: EdfiPull, connection: Connection, since: str | None, mirror: Mirror | None, source: Signed
) -> tuple[Pull, tuple[Step, ...]]:
    addresses = await _discovered(settings, source)
    source.token_url = settings.sign_in.token_url or addresses["oauth"]
    if pull.kind is None:
        newest, oldest, uses_snapshot = await _versions(addresses["changes"], source)
        if since is not None and (newest is None or not oldest <= int(since) + 1 or int(since) > newest):
            since = None  # the host has forgotten that far back, or was set up anew
        newest_text = None if newest is None else str(newest)
        pull = pull.planned(since, newest_text, _generation(pull, since, mirror), uses_snapshot=uses_snapshot)
    window = (int(pull.since) + 1, int(pull.newest)) if pull.since and pull.newest else None
    if window is not None and window[0] > window[1]:
        return pull, ()
    return pull, edfi_steps(settings, connection.mapping.edfi.data_standard, addresses["data"], window)


def _generation(pull: Pull, since: str | None, mirror: Mirror | None) -> str:
    """Changes go on top of what is whole, everything goes beside it."""
    return mirror.generation if since is not None and mirror is not None else f"{pull.pull_id}.{pull.takes}"


async def _discovered(settings: EdfiPull, source: Signed) -> dict[str, str]:
    """The host's own word for its addresses; credentials go to no other host than the one that was set."""
    answer = await source.open_get(f"{settings.base_url}/" if "?" not in settings.base_url else settings.base_url)
    if not answer.is_good:
        raise of_status(answer.status, "the host's description of itself", "")
    body = answer.json()
    urls = body.get("urls") if isinstance(body, Mapping) else None
    if not isinstance(urls, Mapping):
        raise SourceTrouble(
            "There is no Ed-Fi API at this address: it does not say where its data are.", "Check the base address."
        )
    data, oauth = _text(urls, "dataManagementApi"), _text(urls, "oauth")
    if not data or "{" in data or not (oauth or settings.sign_in.token_url):
        raise SourceTrouble(
            "The host does not say where its data of one year and tenant are.",
            "Give the base address with the tenant and the school year in it.",
        )
    data = on_the_same_host(settings.base_url, data)
    changes = _text(urls, "changeQueries") or data.rstrip("/").removesuffix("/data/v3") + f"/{CHANGE_QUERIES}"
    return {
        "data": data,
        "oauth": on_the_same_host(settings.base_url, oauth) if oauth else "",
        "changes": on_the_same_host(settings.base_url, changes).rstrip("/"),
    }


async def _versions(address: str, source: Signed) -> tuple[int | None, int, bool]:
    """The newest and oldest change that the host knows, and whether a snapshot shows them; no newest: it knows none."""
    for headers in (USE_SNAPSHOT, {}):
        answer = await source.get(f"{address}/availableChangeVersions", headers)
        if answer.is_good:
            body = answer.json()
            newest, oldest = _number(body, "newestChangeVersion"), _number(body, "oldestChangeVersion")
            return newest, oldest or 0, bool(headers) and newest is not None
        if answer.status != NOT_FOUND:
            raise of_status(answer.status, "which changes there are", "")
    return None, 0, False


def _text(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name)
    return value if isinstance(value, str) else ""


def _number(values: Any, name: str) -> int | None:
    """Written as DS 5 and 6 do, or with a capital letter as before."""
    if not isinstance(values, Mapping):
        return None
    value = values.get(name, values.get(name[0].upper() + name[1:]))
    return value if isinstance(value, int) and not isinstance(value, bool) else None
