"""What came with a form, and how the form is shown again."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from starlette.datastructures import FormData
from starlette.requests import Request

from services.survey.domain.instrument import COMMENT, Fault, Instrument
from services.survey.domain.survey import NotAcceptable
from shared.errors import InvalidInput
from shared.pages import Option

ACTION = "action"
URL_ENCODED = "application/x-www-form-urlencoded"
MOST_FIELDS = 1000


@dataclass(frozen=True)
class Sent:
    """Answers as they were sent. `action` is which button was pressed, if one was."""

    answers: Mapping[str, int]
    comment: str | None
    action: str


async def form_in(request: Request) -> FormData:
    """The form that was sent.

    As browsers send one without a file, it is read here: Starlette's reader, made for long bodies, takes twice as long.
    """
    if not request.headers.get("content-type", "").startswith(URL_ENCODED):
        return await request.form()
    body = (await request.body()).decode(errors="replace")
    try:
        fields = parse_qsl(body, keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        raise InvalidInput(f"The form has more than {MOST_FIELDS} fields.") from None
    return FormData(dict(fields))


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
