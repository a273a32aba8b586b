"""The layout of a state's or district's staff files as text in a form: names of presets, or a declaration in YAML."""

import yaml
from pydantic import ValidationError

from services.partnership.domain.state_layout import StateLayout, presets

MOST_CHARACTERS = 20_000
DEEPEST = 12
_OPENING = (
    yaml.BlockMappingStartToken,
    yaml.BlockSequenceStartToken,
    yaml.FlowMappingStartToken,
    yaml.FlowSequenceStartToken,
)
_CLOSING = (yaml.BlockEndToken, yaml.FlowMappingEndToken, yaml.FlowSequenceEndToken)


def written(layout: StateLayout | None) -> str:
    """What `read_layout` reads back."""
    if layout is None:
        return ""
    declared = layout.model_dump(mode="json", exclude_defaults=True)
    return str(yaml.safe_dump(declared, sort_keys=False, allow_unicode=True, default_flow_style=None, width=100))


def read_layout(text: str) -> tuple[StateLayout | None, str]:
    """The layout, none if nothing is written; or what is wrong with it, with the line or the field."""
    if not text.strip():
        return None, ""
    if len(text) > MOST_CHARACTERS:
        return None, f"Write at most {MOST_CHARACTERS:,} characters."
    try:
        if wrong := _outgrown(text):
            return None, wrong
        declared = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = f"Line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        return None, f"{line}this is no YAML ({error.problem})."
    except (yaml.YAMLError, ValueError):
        return None, "This is no YAML."
    if isinstance(declared, str):
        declared = [name.strip() for name in declared.split(",")]
    try:
        return StateLayout.model_validate({"preset": declared} if isinstance(declared, list) else declared), ""
    except ValidationError as invalid:
        return None, "; ".join(_told(error["loc"], error["msg"]) for error in invalid.errors()[:3])


def hint() -> str:
    names = ", ".join(sorted(presets()))
    return (
        f"Only for a state’s or a district’s own staff files. A preset ({names}), several with commas between them, "
        "or a declaration in YAML: a preset and what is different, or all of it. docs/feeds.md has the fields."
    )


def _outgrown(text: str) -> str:
    """Why it is not read: nested for its own sake, or with aliases, a page of which may stand for a million values."""
    depth = 0
    for token in yaml.scan(text):
        depth += isinstance(token, _OPENING) - isinstance(token, _CLOSING)
        if depth > DEEPEST:
            return f"Line {token.start_mark.line + 1}: this is nested deeper than any layout."
        if isinstance(token, yaml.AliasToken):
            return f"Line {token.start_mark.line + 1}: write out what *{token.value} stands for."
    return ""


def _told(where: tuple[int | str, ...], message: str) -> str:
    said = message.removeprefix("Value error, ").replace("Input should be", "should be")
    field = " → ".join(str(part) for part in where if part != "[key]")
    return f"{field}: {said}" if field else said
