"""`prepbridge rebuild analytics`: the read model made again from the topics, beside the one that is served."""

import asyncio
import getpass
import os
import secrets
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Annotated

import typer
from prometheus_client import CollectorRegistry
from rich.console import Console
from rich.status import Status
from rich.table import Table

from services.analytics.app import TOPICS, reactions
from services.analytics.metrics import AnalyticsMetrics
from services.analytics.settings import AnalyticsSettings
from services.analytics.store.generations import Generations
from services.analytics.use_cases.compare_models import Difference
from services.analytics.use_cases.rebuild_model import Asked, Ended, Rebuilt, Step, alone, drop_retired, rebuild_model
from shared.brokers import TRAITS
from shared.clock import utc_now
from shared.fault import arm
from shared.kafka_log import read_through
from shared.lease import Lease
from shared.mongo import Mongo
from shared.settings import read_settings

MOST_SHOWN = 20
DIFFERENT = 1
WORDS = {
    Step.ANNOUNCING: "announced: every process writes to both generations",
    Step.READING: "topics read",
    Step.COUNTING: "leaves made",
    Step.COMPARING: "compared",
}

rebuild_app = typer.Typer(no_args_is_help=True, add_completion=False, help="Make what can be derived again.")


@rebuild_app.callback()
def _rebuild() -> None:
    """Keeps `analytics` a command of its own, also while it is the only one."""


@rebuild_app.command("analytics")
def rebuild_analytics(
    reason: Annotated[str, typer.Option(help="Why; it is kept with the outcome.")],
    actor: Annotated[str, typer.Option(help="Who asks for it.", default_factory=getpass.getuser)],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only compare; the status is 1 if anything differs.")
    ] = False,
    accept_loss: Annotated[
        bool, typer.Option("--accept-loss", help="Swap even if the topics no longer tell all that is served.")
    ] = False,
    drop_old: Annotated[
        bool, typer.Option("--drop-old", help="Drop the old generation at once; else the next rebuild does.")
    ] = False,
) -> None:
    """Make analytics' read model again from the topics, compare it with the one that is served, and swap them.

    The services go on meanwhile. Where to find them is told by the environment of analytics (ANALYTICS_…).
    """
    settings = read_settings(AnalyticsSettings)
    if settings.fault:
        arm(settings.fault, CollectorRegistry())
    console = Console()
    asked = Asked(actor, reason, only_compare=dry_run, accept_loss=accept_loss)
    rebuilt = asyncio.run(_rebuilt(asked, settings, console, drop_old=drop_old))
    _show(rebuilt, console)
    if rebuilt.ended is Ended.REFUSED or (dry_run and rebuilt.difference.counts):
        raise typer.Exit(DIFFERENT)


async def _rebuilt(asked: Asked, settings: AnalyticsSettings, console: Console, *, drop_old: bool) -> Rebuilt:
    me = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
    mongo = await Mongo.connect(
        settings.mongodb_uri.get_secret_value(), settings.mongodb_database, settings.mongo_driver, app_name="rebuild"
    )
    generations = Generations(mongo)

    async def work() -> Rebuilt:
        with _shown(console) as steps:
            rebuilt = await rebuild_model(
                asked,
                generations=generations,
                topics=partial(
                    read_through,
                    settings.kafka_bootstrap_servers,
                    TRAITS[settings.kafka_broker],
                    TOPICS,
                    client_id=me,
                ),
                reactions=lambda to: reactions(to, AnalyticsMetrics(CollectorRegistry())),
                clock=utc_now,
                tell=steps.tell,
            )
            if drop_old and rebuilt.ended is Ended.SWAPPED:
                steps.begin("dropping the old generation")
                await drop_retired(generations)
            return rebuilt

    try:
        return await alone(Lease(mongo.collection("leases"), "rebuild", me), work)
    finally:
        await mongo.close()


class _Steps:
    """A line for each step that is done, and what is being done now."""

    def __init__(self, console: Console, status: Status) -> None:
        self._console = console
        self._status = status
        self._step: Step | None = None
        self._text = ""
        self._began = 0.0

    def tell(self, step: Step, done: int, of: int) -> None:
        if step is not self._step:
            self.begin(WORDS[step])
            self._step = step
        if done:
            self._text = f"{WORDS[step]}: {done:,}" + (f" of {of:,}" if of else "")
            self._status.update(self._text)

    def begin(self, text: str) -> None:
        self.end()
        self._step, self._text, self._began = None, text, time.monotonic()
        self._status.update(text)

    def end(self) -> None:
        if self._text:
            took = f"[dim]({time.monotonic() - self._began:.1f} s)[/]"
            self._console.print(f"  [green]✓[/] {self._text} {took}", highlight=False, soft_wrap=True)
        self._text = ""


@contextmanager
def _shown(console: Console) -> Iterator[_Steps]:
    with console.status("waiting for the lease") as status:
        steps = _Steps(console, status)
        yield steps
        steps.end()


def _show(rebuilt: Rebuilt, console: Console) -> None:
    if rebuilt.read.unreadable:
        console.print(f"{rebuilt.read.unreadable:,} records could not be read; the service parks such records.")
    if rebuilt.difference.counts:
        console.print(_table(rebuilt.difference))
    else:
        console.print("The topics tell exactly what is served.")
    console.print(_outcome(rebuilt), soft_wrap=True, highlight=False)


def _table(difference: Difference) -> Table:
    """How much differs, and which, by id."""
    table = Table(title="What the topics tell otherwise than what is served", title_justify="left")
    for heading in ("of", "is", "number", "such as"):
        table.add_column(heading, justify="right" if heading == "number" else "left", overflow="fold")
    for (name, kind), number in sorted(difference.counts.items()):
        ids = [
            f"{found.id} ({', '.join(found.fields)})" if found.fields else found.id
            for found in difference.deviations
            if (found.collection, found.kind) == (name, kind)
        ]
        table.add_row(name, kind, f"{number:,}", "\n".join(sorted(ids)[:MOST_SHOWN]))
    return table


def _outcome(rebuilt: Rebuilt) -> str:
    match rebuilt.ended:
        case Ended.SWAPPED:
            return f"Generation {rebuilt.generation} is served now."
        case Ended.COMPARED:
            return "Only compared: what is served is what was served."
        case Ended.REFUSED:
            return (
                f"Refused: {rebuilt.difference.lost:,} documents that are served are not in the topics; a swap would "
                "lose them. What is served is what was served. Bring the topics back, or say --accept-loss."
            )
