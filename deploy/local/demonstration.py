"""The demonstration on the local stack: simulated once, loaded once, shown at every start."""

import csv
from dataclasses import dataclass

from pydantic import TypeAdapter
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from deploy.demonstration.access import read_keys, write_access
from deploy.demonstration.directory import districts as all_districts
from deploy.demonstration.directory import preparing_providers
from deploy.demonstration.outcome import Outcome, render
from deploy.demonstration.places import Places
from deploy.demonstration.simulate import simulate
from deploy.local.services import SERVICES, http_port, metrics_port
from deploy.local.stack import Stack
from deploy.local.state import StateFolder
from deploy.local.steps import Steps
from shared.errors import Misconfigured

DISTRICTS = 40
SEED = 7
_OUTCOME = TypeAdapter(Outcome)


@dataclass(frozen=True)
class Demonstration:
    """Which story is told. `answer_share`: the part of the principals who answer."""

    state: StateFolder
    districts: int
    seed: int
    answer_share: float

    @classmethod
    def of(cls, state: StateFolder, districts: int | None, seed: int | None, answer_share: float) -> "Demonstration":
        """The one that is loaded, else the one asked for; Misconfigured when another is loaded than is asked for."""
        there = state.loaded
        if there and (districts or there["districts"], seed if seed is not None else there["seed"]) != (
            there["districts"],
            there["seed"],
        ):
            raise Misconfigured(
                f"{state.folder} holds the demonstration of {there['districts']} districts and seed {there['seed']}: "
                f"say --fresh to start over with another."
            )
        given = districts or there.get("districts", DISTRICTS), SEED if seed is None else seed
        return cls(state, given[0], there.get("seed", given[1]), answer_share)

    def prepare(self, steps: Steps, *, simulated: bool) -> None:
        """Before the services start: the files, and who may enter. Without `simulated`, keys for all districts."""
        manifest = self.state.simulated / "feeds" / "manifest.csv"
        if simulated and not self.state.loaded:
            with steps.step("simulating a hiring season") as say:
                made = simulate(self.seed, self.districts, self.state.simulated)
                say(f"simulated {made.staff:,} staff of {made.schools:,} schools in {made.districts:,} districts")
        here = all_districts()
        if manifest.exists():
            with manifest.open(encoding="utf-8", newline="") as rows:
                codes = {row["DistrictCode"] for row in csv.DictReader(rows)}
            here = [district for district in here if district.code in codes]
        write_access(self.state.access_folder, here, preparing_providers())

    def show(self, stack: Stack, steps: Steps) -> RenderableType:
        """Load it unless it is there, and say what came of it."""
        if not self.state.loaded:
            outcome = self._load(stack, steps)
            self.state.note_loaded(
                {
                    "districts": self.districts,
                    "seed": self.seed,
                    "outcome": _OUTCOME.dump_python(outcome, mode="json"),
                }
            )
        return Group("", render(_OUTCOME.validate_python(self.state.loaded["outcome"])), where_to_look(stack))

    def _load(self, stack: Stack, steps: Steps) -> Outcome:
        raise NotImplementedError

    def _places(self, stack: Stack) -> Places:
        urls = {name: f"http://localhost:{http_port(name, stack.settings)}" for name in SERVICES}
        return Places(
            **urls,
            mail=f"http://localhost:{stack.settings.port_mail_pages}",
            folder=self.state.simulated,
            api_keys=read_keys(self.state.access_folder),
        )


def where_to_look(stack: Stack) -> RenderableType:
    """The stack's addresses and files."""
    settings, state = stack.settings, stack.state
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    for name in SERVICES:
        table.add_row(name, _address(f"http://localhost:{http_port(name, settings)}/"))
    table.add_row("mail", _address(f"http://localhost:{settings.port_mail_pages}/"))
    for name in SERVICES:
        table.add_row(f"metrics of {name}", _address(f"http://localhost:{metrics_port(name, settings)}/metrics"))
    table.add_row("API keys", str(state.access_folder / "keys.json"))
    table.add_row("logs", str(state.logs))
    return Group(Text("\nWhere everything is", style="bold"), table, "")


def _address(url: str) -> Text:
    return Text(url, no_wrap=True, overflow="ignore", style="cyan")
