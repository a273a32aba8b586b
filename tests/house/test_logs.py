"""Log lines hold ids and counts under names that are known here; a new name is thought about before it is added."""

import ast
from collections.abc import Iterator

from tests.house.files import ROOT, tracked

IDS = {"actor", "delivery_id", "document_id", "event_id", "import_id", "parked_id", "sitting_id", "snapshot_id"}
COUNTS = {"again_in", "attempts", "failed", "kept", "keys", "ms", "number", "people", "records"}
WORDS = {
    "cause", "collection", "error", "exc_info", "kind", "loop", "method", "outcome", "partitions", "problem", "reason",
    "route", "state", "status", "topic", "what",
}  # fmt: skip
LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}


def _log_calls() -> Iterator[tuple[str, ast.Call]]:
    for path in tracked("shared/*.py", "services/*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LEVELS:
                logger = node.func.value
                if isinstance(logger, ast.Name) and logger.id == "log":
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def test_log_lines_tell_what_happened_and_hold_only_known_fields() -> None:
    known = IDS | COUNTS | WORDS
    calls = list(_log_calls())
    assert len(calls) > 20
    strange = [
        f"{place}: {keyword.arg}" for place, call in calls for keyword in call.keywords if keyword.arg not in known
    ]
    assert strange == []
    assert [place for place, call in calls if len(call.args) != 1] == []
    # A text put together at run time is where a name or an address slips in.
    assert [place for place, call in calls if isinstance(call.args[0], ast.JoinedStr)] == []
