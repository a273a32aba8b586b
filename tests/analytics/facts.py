"""Builders: valid by default, override what matters."""

from datetime import UTC, datetime, timedelta
from itertools import count

from services.analytics.domain.disposition import FactKind
from services.analytics.domain.fact import Fact, Leaf
from shared.events.survey import InstrumentItem, InstrumentPublished, ScalePoint

NOW = datetime(2027, 4, 5, 9, 30, tzinfo=UTC)
_numbers = count(1)

READINESS = InstrumentItem(
    item_id="readiness",
    label="Overall readiness",
    is_headline=True,
    scale=tuple(ScalePoint(code=code, label=f"Level {code}") for code in range(1, 6)),
)
INSTRUMENT = InstrumentPublished(instrument_id="hiring_survey", version=1, title="Hiring Survey", items=(READINESS,))


def a_leaf(provider_id: str = "provider-1", program_id: str = "program-1") -> Leaf:
    return Leaf(
        campaign_id="hiring-2027",
        school_year=2027,
        instrument_id="hiring_survey",
        instrument_version=1,
        provider_id=provider_id,
        program_id=program_id,
        licence_field="Mathematics",
    )


def a_fact(kind: FactKind, survey_id: str = "survey-1", *, leaf: Leaf | None = None, **fields: object) -> Fact:
    number = next(_numbers)
    values: dict[str, object] = {
        "fact_id": f"fact-{number}",
        "survey_id": survey_id,
        "kind": kind,
        "sequence": number,
        "at": NOW + timedelta(minutes=number),
        "leaf": leaf or a_leaf(),
        **fields,
    }
    return Fact(**values)  # type: ignore[arg-type]
