"""The table of the fault matrix: in order, and the document keeps what people wrote."""

from pathlib import Path

from tests.faults.rows import Row, table, write


def test_rows_come_in_the_order_of_their_numbers() -> None:
    lines = table([Row("F10", "b"), Row("F2", "a", 1.25, 0, 0, 3, "held")]).splitlines()
    assert lines[2:] == ["| F2 | a | 1.2 s | 0 | 0 | 3 | held |", "| F10 | b |  |  |  |  | not finished |"]


def test_the_document_keeps_what_was_written_by_hand(tmp_path: Path) -> None:
    document = tmp_path / "faults.md"
    document.write_text("# Faults\n\n<!-- table -->\nold\n<!-- /table -->\n\n## Defects\n", encoding="utf-8")
    write([Row("F2", "a", 1.0, 0, 0, 0, "held")], document, told="Today.")
    text = document.read_text(encoding="utf-8")
    assert text.startswith("# Faults\n\n<!-- table -->\nToday.\n")
    assert text.endswith("<!-- /table -->\n\n## Defects\n")
    assert "old" not in text
