"""Import one or two files of a kind, keep the report, and look for hires that they explain."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial

import structlog

from services.partnership.domain.completer_files import File, read_completer_bundle, read_completer_files
from services.partnership.domain.completer_rows import CompletionRules
from services.partnership.domain.findings import Findings
from services.partnership.domain.import_report import ImportKind, ImportReport
from services.partnership.domain.roster_zip import RosterLimits
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
    put_programs,
)
from shared.access.callers import Caller, Scope
from shared.errors import Forbidden, InvalidInput
from shared.fault import fault
from shared.ids import derived

log = structlog.get_logger()
FOR_PROVIDERS = frozenset({"programs", "completers", "edfi_completers"})


async def import_files(
    kind: ImportKind,
    files: Sequence[File],
    *,
    caller: Caller,
    rules: CompletionRules,
    limits: RosterLimits,
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
    if kind in ("completers", "edfi_completers"):
        done = await _import_completers(
            kind,
            files,
            report,
            scope=scope,
            rules=rules,
            limits=limits,
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
    if kind in ("completers", "edfi_completers"):
        await look_for_hires(now=now)
    _count(done, metrics)
    return done


async def _import_completers(
    kind: ImportKind,
    files: Sequence[File],
    report: ImportReport,
    *,
    scope: Scope,
    rules: CompletionRules,
    limits: RosterLimits,
    directory: Directory,
    completers: CompleterStore,
    now: datetime,
) -> ImportReport:
    """CSV, or a bundle whose programs come first; the report of a bundle counts both."""
    findings = Findings()
    if kind == "completers":
        read = await asyncio.to_thread(read_completer_files, files, rules, findings)
    else:
        read = await asyncio.to_thread(read_completer_bundle, _only(files), rules, limits, findings)
    programs = await put_programs(read.programs, report, findings, scope=scope, directory=directory, now=now)
    done = await import_completers(
        read, report, findings, scope=scope, rules=rules, directory=directory, completers=completers, now=now
    )
    return done.model_copy(
        update={"rows_read": done.rows_read + programs.rows_read, "rows_kept": done.rows_kept + programs.rows_kept}
    )


def _only(files: Sequence[File]) -> File:
    if len(files) != 1:
        raise InvalidInput("Send exactly one file of this kind.", where="file")
    return files[0]


def _count(report: ImportReport, metrics: PartnershipMetrics) -> None:
    metrics.import_rows.labels(kind=report.kind, outcome="kept").inc(report.rows_kept)
    metrics.import_rows.labels(kind=report.kind, outcome="quarantined").inc(report.rows_read - report.rows_kept)
    for finding in report.findings:
        metrics.findings.labels(level=finding["level"]).inc()
    log.info("import_done", import_id=report.import_id, kind=report.kind, kept=report.rows_kept)
