"""What the operator's commands have in common on the command line."""

from pathlib import Path
from typing import Annotated

import typer

DEFAULT_FOLDER = Path(".prepbridge")
FAILED = 1

FolderOption = Annotated[Path, typer.Option("--folder", help="The local stack's, for its operator's key.")]
ServiceOption = Annotated[str | None, typer.Option("--service", help="partnership, survey or analytics.")]
ReasonOption = Annotated[str | None, typer.Option("--reason", help="Why; it is kept, so name nobody.")]


def required_reason(reason: str | None) -> str:
    """What was said, or a refusal before anything is asked."""
    if reason is None or not reason.strip():
        raise typer.BadParameter("say why: it is kept with what is done.", param_hint="--reason")
    return reason
