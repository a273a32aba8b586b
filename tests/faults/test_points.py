"""Kill points are found in the source, each with the services that can come to it."""

from pathlib import Path

import pytest

from tests.faults.points import Point, points


def source(root: Path, **files: str) -> Path:
    for name, text in files.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".py").write_text(text, encoding="utf-8")
    return root


def test_every_service_can_come_to_a_point_of_its_own_and_to_those_of_its_frame(tmp_path: Path) -> None:
    root = source(
        tmp_path,
        services__survey__use_cases__answer='fault("submission.saved")',
        shared__consumer='async def read():\n    fault("consumer.polled")',
        shared__relay='"""fault("relay.only_told_of")"""\nfault("relay.sent")',
    )
    assert points(root) == [
        Point("analytics", "consumer.polled"),
        Point("analytics", "relay.sent"),
        Point("partnership", "consumer.polled"),
        Point("partnership", "relay.sent"),
        Point("survey", "consumer.polled"),
        Point("survey", "relay.sent"),
        Point("survey", "submission.saved"),
    ]


def test_a_point_whose_name_is_made_up_on_the_way_fails_the_search(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="nobody can read"):
        points(source(tmp_path, shared__relay="fault(name)"))
