"""Nothing is committed that belongs to a machine, a registry or a person."""

import re

from tests.house.files import ROOT, tracked

REGISTRIES = re.compile(
    "|".join(
        (r"pypi\.org", r"pythonhosted\.org", r"npmjs\.(org|com)", r"repo1?\.maven", r"deb\.debian\.org", r"crates\.io")
    )
)
MACHINES = re.compile(r"/work/(main|shared|steering|\.library)|/root/|/home/\w+/")
OPEN_ENDS = re.compile(r"\b(TODO|FIXME|XXX)\b|raise NotImplementedError")
LARGEST_FILE = 3 * 1024 * 1024


def _lines(*patterns: str) -> list[tuple[str, str]]:
    found = []
    for path in tracked(*patterns):
        if path.suffix in (".zip", ".woff2", ".png", ".jar") or path == ROOT / "tests/house/test_what_is_committed.py":
            continue
        name = str(path.relative_to(ROOT))
        found += [(f"{name}:{number}", line) for number, line in enumerate(path.read_text().splitlines(), 1)]
    return found


def test_no_registry_is_named() -> None:
    assert [place for place, line in _lines() if REGISTRIES.search(line)] == []


def test_no_path_of_a_machine_is_named() -> None:
    assert [place for place, line in _lines() if MACHINES.search(line)] == []


def test_nothing_is_left_open() -> None:
    assert [place for place, line in _lines("*.py", "*.html", "*.yml", "Makefile") if OPEN_ENDS.search(line)] == []


def test_no_file_is_large() -> None:
    assert [path for path in tracked() if path.stat().st_size > LARGEST_FILE] == []


def test_the_lock_files_hold_a_hash_for_each_dependency() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        entries = re.split(r"\n(?=\S)", (ROOT / name).read_text().strip())
        assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_the_runtime_lock_agrees_with_the_development_lock() -> None:
    pinned = [
        set(re.findall(r"^([\w.-]+==[\w.]+)", (ROOT / name).read_text(), re.M))
        for name in ("requirements.lock", "requirements-dev.lock")
    ]
    assert pinned[0] <= pinned[1]
