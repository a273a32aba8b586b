"""`prepbridge status`, `prepbridge parked …` and `prepbridge resume`."""

from typing import Annotated

import typer
from rich.console import Console

from deploy.operator.asking import doors
from deploy.operator.options import DEFAULT_FOLDER, FAILED, FolderOption, ReasonOption, required_reason
from deploy.operator.parked import parked_app
from deploy.operator.status import all_needs, as_json, as_table, look


def add_to(app: typer.Typer) -> None:
    """Make them commands of this application."""
    app.command("status")(status)
    app.command("resume")(resume)
    app.add_typer(parked_app, name="parked")


def status(
    as_machine: Annotated[bool, typer.Option("--json", help="For machines: everything that is known.")] = False,
    folder: FolderOption = DEFAULT_FOLDER,
) -> None:
    """How each service is. The exit status is 0 when all is well, 1 when something needs a person."""
    answers = look(doors(folder))
    if as_machine:
        typer.echo(as_json(answers))
    else:
        Console().print(as_table(answers))
    if all_needs(answers):
        raise typer.Exit(FAILED)


def resume(
    service: Annotated[str, typer.Argument(help="survey or analytics.")],
    reason: ReasonOption = None,
    folder: FolderOption = DEFAULT_FOLDER,
) -> None:
    """Let a service read on that has stopped because too many events would be parked: what fails now is parked."""
    said = required_reason(reason)
    (door,) = doors(folder, service)
    answer = door.tell("/consumer/resume", {"reason": said})
    typer.echo(
        f"{service} reads on. What was written until now is parked if it fails, however much it is."
        if answer["was_stopped"]
        else f"The process of {service} that answered had not stopped; those that have read on within seconds."
    )
