"""What became of an imported file."""

from datetime import datetime
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict

from services.partnership.domain.findings import Findings

ReportKind = Literal["partners"]
ImportKind = Literal["organizations", "providers", "programs", "role_holders", "completers", "edfi_completers"]


class Tally(BaseModel):
    """How many things were new, changed, and as known already."""

    model_config = ConfigDict(frozen=True)

    new: int = 0
    changed: int = 0
    unchanged: int = 0


class ImportReport(BaseModel):
    """`rows_kept` are rows that were taken; each other one has a finding. `tally` counts what they are about."""

    model_config = ConfigDict(frozen=True)

    import_id: str
    kind: ImportKind | ReportKind
    by: str
    by_organizations: tuple[str, ...]
    received_at: datetime
    files: tuple[str, ...]
    rows_read: int = 0
    rows_kept: int = 0
    tally: Tally = Tally()
    findings: tuple[dict[str, Any], ...] = ()
    finding_counts: dict[str, int] = {}

    def with_outcome(self, rows_read: int, rows_kept: int, tally: Tally, findings: Findings) -> Self:
        return self.model_copy(
            update={
                "rows_read": rows_read,
                "rows_kept": rows_kept,
                "tally": tally,
                "findings": tuple(finding.as_dict() for finding in findings),
                "finding_counts": dict(findings.counts),
            }
        )
