"""What the districts of the demonstration need: invented openings by licence field."""

import random
from collections.abc import Mapping
from typing import Any

from deploy.demonstration.directory import District

SPANS: Mapping[str, str] = {
    "Elementary": "1-6",
    "Moderate Disabilities": "PK-8",
    "English as a Second Language": "PK-6",
    "Mathematics": "8-12",
    "Biology": "8-12",
    "Spanish": "5-12",
    "Severe Disabilities": "All",
    "Speech, Language and Hearing Disorders": "All",
}
"""Licence field → span of grades. For the last one, none of the demonstration's programs prepares."""
MOST = 24


def vacancies_of(seed: int, district: District) -> list[dict[str, Any]]:
    """A large district has more of them; every district leaves some fields out."""
    rng = random.Random(f"vacancies:{seed}:{district.code}")
    most = max(2, min(MOST, len(district.schools)))
    return [
        {"licence_field": field, "grade_span": span, "kind": kind, "count": rng.randint(1, most)}
        for field, span in SPANS.items()
        for kind in ("current", "projected")
        if rng.random() < 0.7
    ]
