"""The same rooms in the same places, small files, plain names."""

import re

import pytest

from tests.house.files import ROOT, SERVICES, tracked

ROOMS = {"__init__.py", "app.py", "settings.py", "metrics.py", "web", "use_cases", "domain"}
STORE = {"store.py", "store"}
LONGEST_FILE = 300
FORBIDDEN_NAMES = {
    "manager",
    "helper",
    "helpers",
    "util",
    "utils",
    "common",
    "base",
    "processor",
    "data",
    "info",
    "misc",
}


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_has_its_rooms_and_no_other(service: str) -> None:
    here = ROOT / "services" / service
    found = {path.relative_to(here).parts[0] for path in tracked(f"services/{service}")}
    assert found - STORE == ROOMS
    assert len(found & STORE) == 1


def test_no_file_has_grown_too_long() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in tracked("*.py", "*.html", "*.css")
        if "static/uswds" not in path.as_posix() and (lines := len(path.read_text().splitlines())) > LONGEST_FILE
    }
    assert long == {}


def test_no_module_or_class_has_a_name_that_says_nothing() -> None:
    vague = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in tracked("shared/*.py", "services/*.py", "deploy/*.py")
        for name in (path.stem, *re.findall(r"^class (\w+)", path.read_text(), re.M))
        if FORBIDDEN_NAMES & set(re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower().split("_")) or name.endswith("Service")
    ]
    assert vague == []


def test_every_module_opens_with_a_sentence() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in tracked("shared/*.py", "services/*.py", "deploy/*.py", "tests/*.py")
        if (text := path.read_text()) and not text.startswith(('"""', "#!"))
    ]
    assert silent == []


def test_every_use_case_is_one_async_verb_that_says_what_it_needs() -> None:
    for path in tracked("services/*/use_cases/*.py"):
        if path.name != "__init__.py":
            assert re.search(r"^async def \w+\(", path.read_text(), re.M), path
