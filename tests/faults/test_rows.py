"""The table of the fault matrix: every row has a test that plays it, and the document keeps what people wrote."""

import re
from pathlib import Path

from tests.faults.rows import Row, table, write

HERE = Path(__file__).parent
IN_EVERY_RUN = {1, 2, 3, 4, 5, 6, 13, 14, 21, 30, 31, 32, 35, 36, 38, 39, 40}
LONG = {*range(7, 13), *range(15, 21), *range(22, 30), 33, 34, 37, 42, 44, 45}


def rows_played(paths: list[Path]) -> set[int]:
    marks = (re.findall(r'fault\(\s*"F(\d+)"', path.read_text(encoding="utf-8")) for path in paths)
    return {int(number) for found in marks for number in found}


def test_every_row_that_each_run_owes_has_a_test() -> None:
    assert rows_played([path for path in HERE.glob("test_*.py") if path != Path(__file__)]) == IN_EVERY_RUN


def test_every_long_row_has_a_test() -> None:
    assert rows_played(list((HERE / "long").glob("test_*.py"))) >= LONG


def test_rows_come_in_the_order_of_their_numbers() -> None:
    lines = table([Row("F10", "b"), Row("F2", "a", 1.25, 0, 0, 3, "held")]).splitlines()
    assert lines[2:] == ["| F2 | a | 1.2 s | 0 | 0 | 3 | held |  |", "| F10 | b |  |  |  |  | not finished |  |"]


def test_the_document_keeps_what_was_written_by_hand(tmp_path: Path) -> None:
    document = tmp_path / "faults.md"
    document.write_text("# Faults\n\n<!-- table -->\nold\n<!-- /table -->\n\n## Defects\n", encoding="utf-8")
    write([Row("F2", "a", 1.0, 0, 0, 0, "held")], document, told="Today.")
    text = document.read_text(encoding="utf-8")
    assert text.startswith("# Faults\n\n<!-- table -->\nToday.\n")
    assert text.endswith("<!-- /table -->\n\n## Defects\n")
    assert "old" not in text


def test_rows_that_were_not_played_this_time_keep_their_lines(tmp_path: Path) -> None:
    document = tmp_path / "faults.md"
    document.write_text("<!-- table -->\n<!-- /table -->\n", encoding="utf-8")
    earlier = [
        Row("F2", "a (longest wait: 3 s)", 1.0, 0, 0, 2, "held", "2026-11-01 10:00"),
        Row("F3", "b", None, None, None, 0, "FAILED", "2026-11-01 10:00"),
    ]
    write(earlier, document, told="A machine.")
    again = Row("F3", "b", 2.0, 0, 0, 0, "held", "2026-11-02 10:00")
    write([again], document, told="A machine.", keep=True)
    assert table([earlier[0], again]) in document.read_text(encoding="utf-8")
    write([again], document, told="A machine.")
    assert "F2" not in document.read_text(encoding="utf-8")
