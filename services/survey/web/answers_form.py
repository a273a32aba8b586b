"""What came with a form, and how the form is shown again."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import FormData

from services.survey.domain.instrument import COMMENT, Fault, Instrument
from services.survey.domain.survey import NotAcceptable
from shared.pages import Option

ACTION = "action"


@dataclass(frozen=True)
class Sent:
    """Answers as they were sent. `action` is which button was pressed, if one was."""

    answers: Mapping[str, int]
    comment: str | None
    action: str


def read_answers(form: FormData) -> Sent:
    """NotAcceptable if an answer is no number; whether a number is one of those offered is the instrument's to say."""
    answers: dict[str, int] = {}
    faults = []
    for name, value in form.items():
        if name in (ACTION, COMMENT) or value == "":
            continue
        text = value if isinstance(value, str) else ""
        if not (text.isascii() and text.isdecimal() and len(text) <= 4):
            faults.append(Fault(name, "out_of_range", "Choose one of the answers offered."))
            continue
        answers[name] = int(text)
    if faults:
        raise NotAcceptable(faults)
    return Sent(answers, comment_in(form), str(form.get(ACTION, "")))


def comment_in(form: FormData) -> str | None:
    """The comment without the line ends that browsers add, or None."""
    comment = form.get(COMMENT)
    return (comment.replace("\r\n", "\n").strip() or None) if isinstance(comment, str) else None


def entered(form: FormData) -> dict[str, str]:
    """What the person had entered, whatever it is: to be shown again beside what is wrong with it."""
    return {name: value for name, value in form.items() if isinstance(value, str)}


def kept(answers: Mapping[str, int], comment: str | None) -> dict[str, str]:
    """What was saved before, as the form would send it."""
    return {**{item_id: str(code) for item_id, code in answers.items()}, COMMENT: comment or ""}


def sections_of(instrument: Instrument) -> list[dict[str, Any]]:
    """The instrument as the template lays it out: short scales side by side, described levels one below the other."""
    return [
        {
            "heading": section.heading,
            "introduction": section.introduction,
            "items": [
                {
                    "id": item.id,
                    "text": item.text,
                    "required": item.required,
                    "is_scale": not any(level.description for level in item.levels) and len(item.levels) <= 4,
                    "options": [Option(str(level.code), level.label, level.description) for level in item.levels],
                }
                for item in section.items
            ],
        }
        for section in instrument.sections
    ]


def errors_of(faults: list[Fault]) -> dict[str, str]:
    """Field → what is wrong, in the order of the form."""
    return {fault.field: fault.text for fault in faults}
