"""`prepbridge parked`: the events that could not be applied, by key and in order, and what to do about them."""

import json
from collections.abc import Callable
from typing import Annotated, Any

import typer
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from deploy.operator.asking import NotThere, Refusal, ServiceDoor, doors, of_each
from deploy.operator.options import DEFAULT_FOLDER, FAILED, FolderOption, ReasonOption, ServiceOption, required_reason
from deploy.operator.words import counted, lasting
from shared.errors import PrepBridgeError

LISTED = 200

parked_app = typer.Typer(no_args_is_help=True, add_completion=False, help="The events that could not be applied.")


@parked_app.command("list")
def list_parked(service: ServiceOption = None, folder: FolderOption = DEFAULT_FOLDER) -> None:
    """What is parked, by key, what has waited longest first."""
    console = Console()
    asked = doors(folder, service)
    unanswered = False
    for door, answer in zip(asked, of_each(asked, lambda door: door.ask(f"/parked?limit={LISTED}")), strict=True):
        if isinstance(answer, PrepBridgeError):
            unanswered = True
            console.print(Text(f"{answer}", style="red"))
        elif not answer["events"]:
            console.print(Text(f"{door.service}: nothing is parked."))
        else:
            console.print(_listing(door.service, answer))
    if unanswered:
        raise typer.Exit(FAILED)


@parked_app.command("show")
def show(
    parked_id: Annotated[str, typer.Argument(metavar="ID", help="As `parked list` shows it.")],
    service: ServiceOption = None,
    folder: FolderOption = DEFAULT_FOLDER,
) -> None:
    """One parked event: why it waits, its headers and history, and its data unless they are personal."""
    _, found = _the_one(doors(folder, service), lambda door: door.ask(f"/parked/{parked_id}"), parked_id)
    _print_event(found)


@parked_app.command("replay")
def replay(
    topic: Annotated[str, typer.Argument(help="As `parked list` shows it.")],
    key: Annotated[str | None, typer.Argument(help="Left out: records that have no key.")] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Do it; without this it is only tried out.")] = False,
    reason: ReasonOption = None,
    service: ServiceOption = None,
    folder: FolderOption = DEFAULT_FOLDER,
) -> None:
    """Apply what waits under a key, in order, up to the first that fails again. A dry run unless --apply is given."""
    said = required_reason(reason) if apply else ""
    wanted = {"topic": topic, "key": key, "dry_run": True}
    what = f"{topic} {key or ''}".strip()
    door, tried = _the_one(doors(folder, service), lambda door: door.tell("/parked/replay", wanted), what)
    answer = door.tell("/parked/replay", wanted | {"dry_run": False, "reason": said}) if apply else tried
    failed = _print_results(door.service, answer)
    if failed:
        raise typer.Exit(FAILED)


@parked_app.command("discard")
def discard(
    parked_id: Annotated[str, typer.Argument(metavar="ID", help="As `parked list` shows it.")],
    reason: ReasonOption = None,
    service: ServiceOption = None,
    folder: FolderOption = DEFAULT_FOLDER,
) -> None:
    """Give a parked event up for good; what waits behind it can then be replayed."""
    said = required_reason(reason)
    door, before = _the_one(doors(folder, service), lambda door: door.ask(f"/parked/{parked_id}"), parked_id)
    if before["state"] != "parked":
        raise Refusal(f"{door.service}: this event is {before['state']} already; nothing was changed.")
    door.tell("/parked/discard", {"id": parked_id, "reason": said})
    again = " ".join(part for part in ("prepbridge parked replay", before["topic"], before["key"]) if part)
    typer.echo(f"{door.service}: discarded. What waits behind it can be replayed: {again}")


def _the_one(asked: list[ServiceDoor], ask: Callable[[ServiceDoor], Any], what: str) -> tuple[ServiceDoor, Any]:
    """The one service that knows it, and its answer; the same event may be parked in two of them."""
    answers = list(zip(asked, of_each(asked, ask), strict=True))
    found = [(door, answer) for door, answer in answers if not isinstance(answer, PrepBridgeError)]
    if len(found) > 1:
        names = " and ".join(door.service for door, _ in found)
        raise Refusal(f"This is parked in {names}: say which with --service.")
    if found:
        return found[0]
    for _, answer in answers:
        if isinstance(answer, PrepBridgeError) and not isinstance(answer, NotThere):
            raise answer
    raise NotThere(f"{what} is not parked in {' or '.join(door.service for door in asked)}.")


def _listing(service: str, answer: dict[str, Any]) -> RenderableType:
    title = f"{service}: {counted(answer['events'], 'event')} of {counted(answer['keys'], 'key')}"
    table = Table(title=title, title_justify="left", title_style="bold", box=None, padding=(0, 2, 0, 0), expand=False)
    table.add_column("topic, key, first event", overflow="fold")
    table.add_column("events", justify="right")
    table.add_column("why", overflow="fold")
    table.add_column("since", no_wrap=True)
    for row in answer["listed"]:
        key = "(no key)" if row["key"] is None else row["key"]
        table.add_row(
            Text.assemble(row["topic"], "\n", (key, "bold"), "\n", (row["first_id"], "dim")),
            f"{row['events']:,}",
            Text(f"{row['reason']}\n{counted(row['attempts'], 'attempt')}"),
            lasting(row["seconds"]),
        )
    if len(answer["listed"]) < answer["keys"]:
        table.caption = f"and {answer['keys'] - len(answer['listed']):,} keys more"
    return table


def _print_event(found: dict[str, Any]) -> None:
    console = Console()
    for name, value in found.items():
        if name in ("data", "fields", "headers", "history", "withheld"):
            continue
        console.print(Text.assemble((f"{name.replace('_', ' '):12}", "dim"), "(none)" if value is None else f"{value}"))
    for name in ("headers", "history"):
        console.print(Text(name, style="dim"))
        console.print(Text(_indented(found[name])))
    console.print(Text("data", style="dim"))
    console.print(Text(_indented(found["data"]) if found["withheld"] is None else _withheld(found)))


def _withheld(found: dict[str, Any]) -> str:
    return f"  {found['withheld']}\n  {', '.join(found['fields']) or '(no fields can be read)'}"


def _indented(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)
    return "\n".join(f"  {line}" for line in text.splitlines())


def _print_results(service: str, answer: dict[str, Any]) -> bool:
    """Whether one failed."""
    is_dry = answer["dry_run"]
    typer.echo(f"{service}: {'dry run, nothing was changed' if is_dry else 'replayed'}, in order:")
    for number, each in enumerate(answer["results"], 1):
        typer.echo(f"  {number}. {each['id']}  {_outcome(each, is_dry)}")
    failed = any(each["outcome"] is None for each in answer["results"])
    if failed:
        typer.echo("It stops there: that event, and what waits behind it, stay parked.")
    elif is_dry:
        typer.echo("With --apply and --reason they are replayed.")
    return failed


def _outcome(each: dict[str, Any], is_dry: bool) -> str:
    if each["outcome"] is None:
        return f"{'cannot be read' if is_dry else 'failed again'}: {each['reason']}"
    if each["outcome"] == "skipped":
        return "nobody reacts to it"
    return "can be read, and would be tried" if is_dry else "applied"
