"""Findings say what is wrong without saying about whom."""

from types import ModuleType

import pytest

from services.partnership.domain import edfi_findings, oneroster_rest, roster_findings, state_findings
from services.partnership.domain.findings import FindingKind, Findings, Place, in_full, masked
from services.partnership.web.finding_words import EXPECTED

ODD = FindingKind("test.odd", "warning", "Something is odd.", "Mend it.")
BROKEN = FindingKind("test.broken", "error", "Something is broken.")


def test_a_masked_value_keeps_its_first_letter_and_its_class_of_length() -> None:
    assert masked("Maria") == "M… (2–5 characters)"
    assert masked("Maria Fernández-Ruiz of Boston") == "M… (over 20 characters)"
    assert masked("X") == "X… (1 character)"
    assert masked("") == ""


def test_headers_enumerations_and_dates_are_shown_and_whatever_else_is_masked() -> None:
    assert in_full("metadata.stateCode") == "metadata.stateCode"
    assert in_full("12/31/2026 0:00") == "12/31/2026 0:00"
    assert in_full("mei@district.example") == "m… (11–20 characters)"
    assert in_full("Fernández") == "F… (6–10 characters)"


def test_a_hundred_of_a_kind_are_kept_and_all_are_counted() -> None:
    findings = Findings()
    for line in range(250):
        findings.note(ODD, Place("users.csv", line), value="secret")
    findings.note(BROKEN)
    assert len(findings) == 101
    assert findings.counts == {"test.odd": 250, "test.broken": 1}
    assert findings.count_of("warning") == 250


def test_the_gravest_come_first() -> None:
    findings = Findings()
    findings.note(ODD, Place("users.csv", 7, "email"), value="mei@district.example")
    findings.note(BROKEN)
    assert findings.worst == "error"
    assert [finding.code for finding in findings] == ["test.broken", "test.odd"]
    assert list(findings)[1].as_dict() == {
        "code": "test.odd",
        "level": "warning",
        "file": "users.csv",
        "line": 7,
        "column": "email",
        "value": "m… (11–20 characters)",
        "message": "Something is odd.",
        "hint": "Mend it.",
    }


def test_without_findings_nothing_is_worst() -> None:
    assert Findings().worst is None


@pytest.mark.parametrize(
    "module", [roster_findings, edfi_findings, state_findings, oneroster_rest], ids=lambda module: module.__name__
)
def test_whatever_a_run_finds_wrong_is_told_with_what_was_expected(module: ModuleType) -> None:
    kinds = [each for each in vars(module).values() if isinstance(each, FindingKind) and each.level != "info"]
    assert kinds
    assert [kind.code for kind in kinds if kind.code not in EXPECTED] == []
