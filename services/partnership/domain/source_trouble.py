"""Why a pull came to nothing, in words for the person who has to do something about it."""

from collections.abc import Mapping
from typing import Any

from shared.errors import PrepBridgeError

FILTER_FIELD = "invalid_filter_field"
_MINORS = "imsx_codeMinorField"
_WORDS = {
    400: "does not understand how it is asked",
    401: "does not accept our credentials",
    403: "does not let us read this",
    404: "has nothing at this address",
    422: "does not understand how it is asked",
    429: "asks us to slow down",
}
_HINTS = {
    401: "Check the client id and secret, and whether they are still valid.",
    403: "Ask the system's administrator to grant these credentials read access to staff.",
    404: "Check the base address of the connection.",
}


class SourceTrouble(PrepBridgeError):
    """`message` and `hint` are for people, without personal data and secrets; `may_pass`: it is worth another try."""

    def __init__(self, message: str, hint: str = "", *, may_pass: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.may_pass = may_pass


class FilterRefused(SourceTrouble):
    """The source does not know what we filter by: it has to be asked for everything."""


class ChangedWhileRead(SourceTrouble):
    """What is read page by page has moved meanwhile: it has to be read from its beginning."""


def of_status(status: int, what: str, code: str) -> SourceTrouble:
    """For an answer that says no; `code` is the source's own word for it."""
    words = _WORDS.get(status, "has a fault of its own" if status >= 500 else "does not answer as it should")
    told = f", {code}" if code else ""
    return SourceTrouble(
        f"The source {words}: {what} (status {status}{told}).",
        _HINTS.get(status, "If this stays so, ask its operator."),
        may_pass=status >= 500,
    )


def complaint(body: Any) -> str:
    """The code of an error in one of the shapes that sources have for it; empty when the answer is no error.

    Only codes are told: the descriptions that come along may name people.
    """
    if not isinstance(body, Mapping):
        return ""
    status = body.get("statusInfoSet")
    if isinstance(status, list | Mapping) and status:
        inner = status[0] if isinstance(status, list) else status
        body = inner if isinstance(inner, Mapping) else {}
    major = _word(body.get("imsx_codeMajor", body.get("CodeMajor")))
    severity = _word(body.get("imsx_severity", body.get("Severity")))
    minor = _minor(body)
    if minor == FILTER_FIELD or major in ("failure", "unsupported") or severity == "error":
        return minor or major or severity
    problem = _word(body.get("type"))
    if problem.startswith("urn:ed-fi:api:"):
        return problem.removeprefix("urn:ed-fi:api:")
    if "error" in body and isinstance(body["error"], str):
        return _word(body["error"])
    return minor if minor and not major and not severity and minor != "fullsuccess" else ""


def _minor(body: Mapping[str, Any]) -> str:
    """1.2 nests it, 1.1 and the flat shapes have it as a text."""
    nested = body.get("imsx_CodeMinor", body.get("imsx_codeMinor", body.get("CodeMinor")))
    if isinstance(nested, Mapping):
        fields = nested.get(_MINORS)
        first = fields[0] if isinstance(fields, list) and fields else fields
        nested = first.get("imsx_codeMinorFieldValue") if isinstance(first, Mapping) else ""
    return _word(nested)


def _word(value: Any) -> str:
    """A code as it may be shown: short, and of the characters that codes have."""
    text = str(value).strip().lower().replace(" ", "_") if isinstance(value, str) else ""
    return text if len(text) <= 80 and all(each.isalnum() or each in "_-:." for each in text) else ""
