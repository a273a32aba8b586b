"""Import one or two files of a kind, keep the report, and look for hires that they explain."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime
from functools import partial

import structlog

from services.partnership.domain.completer_rows import ASSOCIATION_COLUMNS
from services.partnership.domain.import_report import ImportKind, ImportReport
from services.partnership.metrics import PartnershipMetrics
from services.partnership.store.completers import CompleterStore
from services.partnership.store.directory import Directory
from services.partnership.store.imports import ImportStore
from services.partnership.use_cases.import_completers import import_completers
from services.partnership.use_cases.import_directory import (
    import_organizations,
    import_programs,
    import_providers,
    import_role_holders,
)
from shared.access.callers import Caller
from shared.errors import Forbidden, InvalidInput
from shared.fault import fault
from shared.ids import derived

log = structlog.get_logger()
FOR_PROVIDERS = frozenset({"programs", "completers"})
File = tuple[str, bytes]


async def import_files(
    kind: ImportKind,
    files: Sequence[File],
    *,
    caller: Caller,
    completed_reasons: Collection[str],
    directory: Directory,
    completers: CompleterStore,
    imports: ImportStore,
    look_for_hires: Callable[..., Awaitable[None]],
    metrics: PartnershipMetrics,
    now: datetime,
) -> ImportReport:
    """The report of an import. ImportRejected if a file as a whole is not what it should be; then nothing is taken."""
    if caller.role != "agency" and not (caller.role == "provider" and kind in FOR_PROVIDERS):
        raise Forbidden("Your role may not import this.", hint="Ask the state agency to import it.")
    report = ImportReport(
        import_id=derived("import", kind, caller.subject, now.isoformat()),
        kind=kind,
        by=caller.subject,
        by_organizations=tuple(sorted(caller.organizations)),
        received_at=now,
        files=tuple(name for name, _ in files),
    )
    scope = caller.scope()
    if kind == "completers":
        done = await import_completers(
            *_two_kinds(files),
            report,
            scope=scope,
            completed_reasons=completed_reasons,
            directory=directory,
            completers=completers,
            now=now,
        )
    else:
        verbs: dict[str, Callable[..., Awaitable[ImportReport]]] = {
            "organizations": import_organizations,
            "providers": import_providers,
            "programs": partial(import_programs, scope=scope),
            "role_holders": import_role_holders,
        }
        done = await verbs[kind](*_only(files), report, directory=directory, now=now)
    fault("import.taken_not_reported")
    await imports.save(done)
    fault("import.reported")
    if kind == "completers":
        await look_for_hires(now=now)
    _count(done, metrics)
    return done


def _only(files: Sequence[File]) -> File:
    if len(files) != 1:
        raise InvalidInput("Send exactly one file of this kind.", where="file")
    return files[0]


def _two_kinds(files: Sequence[File]) -> tuple[File | None, File | None]:
    """(candidates, associations), told apart by their headers."""
    associations = [file for file in files if _is_about_programs(file[1])]
    candidates = [file for file in files if file not in associations]
    if not files or len(associations) > 1 or len(candidates) > 1:
        raise InvalidInput(
            "Send one file of candidates, one of associations with programs, or both.",
            hint="They are told apart by their headers.",
            where="file",
        )
    return (candidates[0] if candidates else None, associations[0] if associations else None)


def _is_about_programs(content: bytes) -> bool:
    header = content.partition(b"\n")[0]
    return all(column.encode() in header for column in ASSOCIATION_COLUMNS[:2] + ASSOCIATION_COLUMNS[3:4])


def _count(report: ImportReport, metrics: PartnershipMetrics) -> None:
    metrics.import_rows.labels(kind=report.kind, outcome="kept").inc(report.rows_kept)
    metrics.import_rows.labels(kind=report.kind, outcome="quarantined").inc(report.rows_read - report.rows_kept)
    for finding in report.findings:
        metrics.findings.labels(level=finding["level"]).inc()
    log.info("import_done", import_id=report.import_id, kind=report.kind, kept=report.rows_kept)
