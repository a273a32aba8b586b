"""What the demonstration came to, beside what it had to come to."""

from collections.abc import Iterable
from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from deploy.demonstration.expectation import Expectation, Sighting


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the comparison."""

    label: str
    actual: int
    expected: int

    @property
    def is_right(self) -> bool:
        return self.actual == self.expected


@dataclass(frozen=True, slots=True)
class LinkLeft:
    """A link that nobody has opened yet, and about how many completers it asks."""

    url: str
    completers: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """`pages`: what to look at, with its address. `partner_links`: links of partners that nobody has opened yet."""

    figures: tuple[Figure, ...]
    links: tuple[LinkLeft, ...]
    pages: tuple[tuple[str, str], ...]
    partner_links: tuple[str, ...] = ()

    @property
    def is_right(self) -> bool:
        return all(figure.is_right for figure in self.figures)


def hire_figures(expected: Expectation, hires: Iterable[Sighting], in_review: Iterable[Sighting]) -> list[Figure]:
    """Hires found, missed and wrong, and what waits for a person, rightly and needlessly."""
    told, waiting = set(hires), set(in_review)
    return [
        Figure("Hires found", len(expected.found & told), len(expected.found)),
        Figure("Hires missed", len(expected.found - told), 0),
        Figure("Wrong hires", len(told - expected.found), 0),
        Figure("Hires to be reviewed by a person", len(expected.review & waiting), len(expected.review)),
        Figure("Others to be reviewed", len(waiting - expected.review), 0),
    ]


def render(outcome: Outcome) -> RenderableType:
    """The closing text: figures beside the truth, links to answer, pages to look at."""
    figures = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    figures.add_column("What arrived")
    figures.add_column("Is", justify="right")
    figures.add_column("Should be", justify="right")
    figures.add_column("")
    for figure in outcome.figures:
        mark = Text("as it should be", style="green") if figure.is_right else Text("NOT as it should be", style="red")
        figures.add_row(figure.label, f"{figure.actual:,}", f"{figure.expected:,}", mark)
    return Group(
        figures,
        Text("\nAnswer as a principal: number of completers, link that nobody has opened yet", style="bold"),
        *(_line(f"{link.completers:>3} ", link.url) for link in outcome.links),
        *_partner_links(outcome),
        Text("\nLook at", style="bold"),
        *(part for label, url in outcome.pages for part in (Text(f"  {label}"), _line("    ", url))),
    )


def _partner_links(outcome: Outcome) -> list[Text]:
    if not outcome.partner_links:
        return []
    heading = Text("\nAnswer as a partner of the provider under review", style="bold")
    return [heading, *(_line("    ", link) for link in outcome.partner_links)]


def _line(before: str, url: str) -> Text:
    """An address stands at the end of a line of its own, in one piece: a broken link cannot be opened."""
    return Text.assemble(before, (url, "cyan"), no_wrap=True, overflow="ignore")
