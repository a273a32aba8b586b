"""Findings as a file that a spreadsheet opens without running anything in it."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response

COLUMNS = ("level", "code", "file", "line", "column", "value", "message", "hint")


def findings_csv(findings: Sequence[Mapping[str, Any]], filename: str) -> Response:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows([harmless(finding[column]) for column in COLUMNS] for finding in findings)
    headers = {"content-disposition": f'attachment; filename="{filename}"'}
    return Response(text.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


def harmless(value: object) -> str:
    """What a spreadsheet would take for a formula is shown as text."""
    text = "" if value is None else str(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
