"""The form in which people say how a feed's system is asked, and when."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import TypeAdapter, ValidationError

from services.partnership.domain.pull_settings import ClientCredentials, PulledSource, PullSettings
from services.partnership.web.words import WEEKDAY_WORDS

SETTINGS: TypeAdapter[PullSettings] = TypeAdapter(PullSettings)
SIGN_INS = {
    "header": "Client id and secret in the header, the usual way (OAuth 2)",
    "body": "Client id and secret in the body (OAuth 2)",
    "query": "Client id and secret in the address (OAuth 2)",
    "oauth1": "Each request signed (OAuth 1)",
}
FIELDS = ("base_url", "version", "sign_in", "token_url", "scope", "page_size", "times", "pauses", "authority")
WRONG = {
    "base_url": "Write the whole address, such as https://sis.example/ims/oneroster/rostering/v1p2.",
    "token_url": "Write the whole address, such as https://sis.example/oauth/token.",
    "page_size": "Write a number that the system allows, such as 500.",
    "times": "Write times of day such as 04:00, separated by commas.",
    "pauses": "Write one pause on each line, such as 2027-06-20 to 2027-08-10.",
}
_PAUSE = re.compile(r"\s*(\d{4}-\d{2}-\d{2})\s*(?:to|–|-|,|;)?\s*(\d{4}-\d{2}-\d{2})\s*")


def shown(settings: PullSettings | None, source: str) -> dict[str, Any]:
    """The values of the form's fields."""
    known = settings.model_dump(mode="json") if settings else {}
    sign_in, calendar = known.get("sign_in", {}), known.get("calendar", {})
    pauses = (f"{each['first']} to {each['last']}" for each in calendar.get("pauses", ()))
    return {
        "base_url": known.get("base_url", ""),
        "version": known.get("version", "1.2"),
        "sign_in": "oauth1" if sign_in.get("kind") == "oauth1" else sign_in.get("credentials_in", "header"),
        "token_url": sign_in.get("token_url") or "",
        "scope": sign_in.get("scope", ""),
        "page_size": str(known.get("page_size", 500)),
        "days": calendar.get("days", list(WEEKDAY_WORDS)[:5]),
        "times": ", ".join(each[:5] for each in calendar.get("times", ("04:00",))),
        "pauses": "\n".join(pauses),
        "authority": known.get("authority", ""),
        "source": source,
    }


def entered(
    sent: Mapping[str, str], days: Sequence[str], source: PulledSource, before: PullSettings | None
) -> tuple[PullSettings | None, dict[str, str]]:
    """The settings that were entered, on top of those that have no field; or what is wrong, by field."""
    known = before.model_dump(mode="json") if before else {}
    pauses = [_PAUSE.fullmatch(line) for line in sent.get("pauses", "").splitlines() if line.strip()]
    if None in pauses:
        return None, {"pauses": WRONG["pauses"]}
    changed: dict[str, Any] = {
        "source": source,
        "base_url": sent.get("base_url", "").strip(),
        "page_size": sent.get("page_size", "").strip(),
        "authority": sent.get("authority", "").strip(),
        "sign_in": _sign_in(sent, known.get("sign_in", {})),
        "calendar": {
            "days": list(days),
            "times": [each.strip() for each in sent.get("times", "").split(",") if each.strip()],
            "pauses": [{"first": pause[1], "last": pause[2]} for pause in pauses if pause],
        },
    }
    if source == "oneroster-rest":
        changed["version"] = sent.get("version", "")
    try:
        return SETTINGS.validate_python(known | changed), {}
    except ValidationError as invalid:
        errors: dict[str, str] = {}
        for each in invalid.errors(include_input=False):
            field = next((str(part) for part in reversed(each["loc"]) if part in FIELDS or part == "days"), "base_url")
            errors.setdefault(field, WRONG.get(field, each["msg"]))
        return None, errors


def _sign_in(sent: Mapping[str, str], known: Mapping[str, Any]) -> dict[str, Any]:
    chosen = sent.get("sign_in", "header")
    if chosen == "oauth1":
        return dict(known) if known.get("kind") == "oauth1" else {"kind": "oauth1"}
    kept = {name: known[name] for name in ClientCredentials.model_fields if known.get("kind") == "oauth2"}
    stated = {"credentials_in": chosen, "token_url": sent.get("token_url", "").strip() or None}
    return kept | stated | {"kind": "oauth2", "scope": sent.get("scope", "").strip()}
