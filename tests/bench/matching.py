"""How well matching does where the truth is known, as docs/matching.md: FEBRL 1 to 4, a season with noise.

python -m tests.bench.matching                   write docs/matching.md with the thresholds and the model that are there
python -m tests.bench.matching --thresholds      fix the thresholds anew, on FEBRL 1 to 3, before that
python -m tests.bench.matching --model           train the model that comes with the service anew, before that
"""

import json
from collections.abc import Iterable
from pathlib import Path
from statistics import mean
from typing import Annotated

import typer

from services.partnership.domain.comparing import FIELDS, record_of_completer, record_of_staff
from services.partnership.domain.likeness import LEAST_PROBABILITY, MOST_CANDIDATES
from services.partnership.domain.linkage.training import train
from services.partnership.store import linkage_models
from tests.partnership import febrl, noisy

WRITTEN_TO = Path(__file__).parents[2] / "docs" / "matching.md"
MODEL = Path(linkage_models.__file__).with_name("linkage_model.json")
MODEL_SEED, SEED = 1, 2
STAFF, COMPLETERS = 10_000, 20_000
COMMON = 0.0008
HOW = "The mean F1 of FEBRL 1, 2 and 3 is highest there. By `python -m tests.bench.matching --thresholds`, in bits."
INTRODUCTION = """# Matching, measured

Written by `python -m tests.bench.matching`. Two questions: how well does the model link records, on public sets of
which the truth is known; and what does that mean for hires, on a simulated season whose records have slips?

Exact evidence decides (`services/partnership/domain/exact_evidence.py`). Where it leaves doubt, likeness is asked
(`domain/linkage/`, Splink on DuckDB in memory): its proposals, with what speaks for and against each, are laid before a
person. Nothing but a person makes a match of a proposal: `Candidate` refuses a certainty to likeness, `hire()` refuses
a hire to it.

## FEBRL

Originals against the first duplicate of each. For each set a model is trained on its records, without their truth
(`u` by random sampling with a fixed seed, `m` by expectation maximisation); pairs are then taken one to one, strongest
first.
Thresholds were fixed on FEBRL 1 to 3 (`tests/partnership/febrl_thresholds.json`); FEBRL 4 decided nothing. What the
records are called, which tells whose they are, is replaced before anything is compared, so that it breaks no tie.

| set | fields | pairs weighed | threshold, bits | precision | recall | F1 | to reach | Splink off the shelf |
|---|---|--:|--:|--:|--:|--:|--:|--:|"""


SEASON = """## A season with noise

{staff:,} new colleagues, of whom {truth:,} are completers, and {completers:,} completers, by the names,
providers and numbers of the demonstration; with the model that comes with the service, trained on another seed. How
often what happens:
"""
MISSED = """A completer is proposed from a probability of {least} on. Who is missed has no birth date, number or address
in common with the completer, and a name that changed, or that many have."""


def report(
    anew: Annotated[bool, typer.Option("--thresholds", help="Fix the thresholds anew, on FEBRL 1 to 3.")] = False,
    model: Annotated[bool, typer.Option("--model", help="Train the model that comes with the service anew.")] = False,
) -> None:
    """Measure matching and write docs/matching.md."""
    if model:
        _train()
    lines = [INTRODUCTION]
    bits = {} if anew else febrl.thresholds()
    for field_set in febrl.FIELD_SETS:
        measured = [febrl.compare(number, field_set) for number in (1, 2, 3)]
        if anew:
            bits[field_set] = febrl.best_threshold(measured)
            febrl.THRESHOLDS.write_text(json.dumps({"how": HOW, "bits": bits}, indent=2) + "\n")
        measured.append(febrl.compare(4, field_set))
        for each in measured:
            lines.append(_row(each, bits[field_set]))
            typer.echo(lines[-1])
    lines += ["", *_season()]
    WRITTEN_TO.write_text("\n".join(lines) + "\n", "utf-8")


def _row(compared: febrl.Compared, threshold: float) -> str:
    found, field_set = compared.at(threshold), compared.field_set
    told = (f"{febrl.TO_REACH[field_set]}", f"{febrl.OFF_THE_SHELF[field_set]}") if compared.number == 4 else ("", "")
    figures = f"{threshold:g} | {found.precision:.4f} | {found.recall:.4f} | {found.f1:.4f}"
    return f"| {compared.number} | {field_set} | {len(compared.pairs):,} | {figures} | {' | '.join(told)} |"


def _season() -> Iterable[str]:
    season = noisy.a_season(STAFF, COMPLETERS, SEED)
    outcome, _ = noisy.settled(season, linkage_models.model_without_training())
    yield SEASON.format(staff=len(season.staff), truth=len(season.truth), completers=len(season.completers))
    yield from (f"- {what}: {share:.1%}" for what, share in noisy.NOISE.items())
    yield from ("", "| | figure | to reach |", "|---|--:|--:|")
    counts = [len(each) for each in outcome.in_review.values()]
    for what, figure, promised in (
        ("matched without review", f"{len(outcome.matched):,}", ""),
        ("precision without review", f"{outcome.precision_without_review:.4f}", "0.99"),
        ("recall without review", f"{outcome.recall_without_review:.4f}", ""),
        ("recall with review", f"{outcome.recall_with_review:.4f}", "0.95"),
        ("people in review", f"{len(counts):,}", ""),
        ("of these, none of the candidates is right", f"{outcome.false_reviews:,}", ""),
        ("candidates of a person in review, mean and most", f"{mean(counts):.2f}, {max(counts)}", str(MOST_CANDIDATES)),
    ):
        yield f"| {what} | {figure} | {promised} |"
    yield from ("", MISSED.format(least=LEAST_PROBABILITY))


def _train() -> None:
    """On a season of another seed; of names only the common ones are kept."""
    season = noisy.a_season(4_000, 8_000, MODEL_SEED)
    left = [record_of_staff(each) for each in season.staff]
    trained = train(left, [record_of_completer(each) for each in season.completers], FIELDS)
    frequencies = {
        column: {value: float(f"{share:.4g}") for value, share in known.items() if not value or share >= COMMON}
        for column, known in trained.frequencies.items()
    }
    kept = trained.model_copy(update={"frequencies": frequencies, "trained_on": (0, 0)})
    MODEL.write_text(kept.model_dump_json(indent=1) + "\n", "utf-8")
    linkage_models.model_without_training.cache_clear()


if __name__ == "__main__":
    typer.run(report)
