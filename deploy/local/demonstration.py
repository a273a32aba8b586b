"""The demonstration on the local stack: simulated once, loaded once, shown at every start."""

from dataclasses import dataclass
from typing import Any

import httpx
from pydantic import TypeAdapter
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from deploy.demonstration.access import read_keys, write_access
from deploy.demonstration.browser import PageNotUnderstood
from deploy.demonstration.campaign import season_of
from deploy.demonstration.directory import districts as all_districts
from deploy.demonstration.directory import preparing_providers, simulated_districts
from deploy.demonstration.doors import DoorClosed
from deploy.demonstration.load import load
from deploy.demonstration.outcome import Outcome, render
from deploy.demonstration.places import Places
from deploy.demonstration.simulate import SEED, simulate
from deploy.local.services import SERVICES, http_port, metrics_port
from deploy.local.stack import Stack
from deploy.local.state import StateFolder
from deploy.local.steps import Steps
from shared.clock import utc_now
from shared.errors import Misconfigured, PrepBridgeError

DISTRICTS = 40
_OUTCOME = TypeAdapter(Outcome)


class DemonstrationFailed(PrepBridgeError):
    """The stack runs, but would not take the demonstration."""


@dataclass(frozen=True)
class Demonstration:
    """Which story is told. `season`: the year of the hires. `answer_share`: the part of the principals who answer."""

    state: StateFolder
    districts: int
    seed: int
    season: int
    answer_share: float

    @classmethod
    def of(cls, state: StateFolder, districts: int | None, seed: int | None, answer_share: float) -> "Demonstration":
        """The one that is here, else the one asked for; Misconfigured when another is here than is asked for."""
        here = state.story
        told = Demonstration(
            state=state,
            districts=districts or here.get("districts", DISTRICTS),
            seed=here.get("seed", SEED) if seed is None else seed,
            season=here.get("season") or season_of(utc_now().date()),
            answer_share=answer_share,
        )
        if here and (told.districts, told.seed) != (here["districts"], here["seed"]):
            raise Misconfigured(
                f"{state.folder} holds the demonstration of {here['districts']} districts and seed {here['seed']}: "
                f"say --fresh to start over with another."
            )
        return told

    def prepare(self, steps: Steps, *, simulated: bool) -> None:
        """Before the services start: the files, and who may enter. Without `simulated`, keys for all districts."""
        manifest = self.state.simulated / "feeds" / "manifest.csv"
        if simulated and not self.state.story.get("outcome"):
            self.state.note_story(self._story)
            with steps.step("simulating a hiring season") as say:
                made = simulate(self.seed, self.districts, self.state.simulated, season=self.season)
                say(f"simulated {made.staff:,} staff of {made.schools:,} schools in {made.districts:,} districts")
        here = simulated_districts(self.state.simulated) if manifest.exists() else all_districts()
        write_access(self.state.access_folder, here, preparing_providers())

    def show(self, stack: Stack, steps: Steps) -> RenderableType:
        """Load it unless it is there, and say what came of it."""
        kept = self.state.story.get("outcome")
        if kept:
            outcome = _OUTCOME.validate_python(kept)
            steps.note("the demonstration is here already; this is what came of it when it was loaded")
        else:
            outcome = self._load(stack, steps)
            self.state.note_story({**self._story, "outcome": _OUTCOME.dump_python(outcome, mode="json")})
        return Group("", render(outcome), where_to_look(stack))

    def _load(self, stack: Stack, steps: Steps) -> Outcome:
        places = self._places(stack)
        work = load(places, steps.step, season=self.season, answer_share=self.answer_share, seed=self.seed)
        try:
            return stack.run_watched(work)
        except (ExceptionGroup, httpx.HTTPError, DoorClosed, PageNotUnderstood) as error:
            first: BaseException = error
            while isinstance(first, BaseExceptionGroup):
                first = first.exceptions[0]
            reason = f"{type(first).__name__}: {first}".rstrip(": ")
            raise DemonstrationFailed(f"The demonstration was not loaded. {reason}. See {self.state.logs}.") from error

    @property
    def _story(self) -> dict[str, Any]:
        return {"districts": self.districts, "seed": self.seed, "season": self.season}

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
    table.add_row("mail catcher", _address(f"http://localhost:{settings.port_mail_pages}/"))
    for name in SERVICES:
        table.add_row(f"metrics of {name}", _address(f"http://localhost:{metrics_port(name, settings)}/metrics"))
    table.add_row("sign-in", "each page offers the people of the demonstration")
    table.add_row("API keys", str(state.access_folder / "keys.json"))
    table.add_row("logs", str(state.logs))
    return Group(Text("\nWhere everything is", style="bold"), table, "")


def _address(url: str) -> Text:
    return Text(url, no_wrap=True, overflow="ignore", style="cyan")
