"""The `prepbridge` command: what a person types to run a PrepBridge on their machine, and to look after one."""

import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Literal, NoReturn

import typer
from rich.console import Console

from deploy.demonstration.day_series import simulate_days_command
from deploy.demonstration.load import ANSWER_SHARE
from deploy.demonstration.simulate import simulate_command
from deploy.kafka.topics import topics_app
from deploy.local.demonstration import Demonstration, where_to_look
from deploy.local.process import identity
from deploy.local.settings import check_ports, read_local_settings
from deploy.local.signals import interruptible
from deploy.local.stack import Stack
from deploy.local.state import StateFolder
from deploy.local.steps import Steps
from deploy.operator import commands as operator_commands
from deploy.rebuild import rebuild_app
from shared.errors import PrepBridgeError

FAILED = 1
INTERRUPTED = 130

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
app.add_typer(topics_app, name="topics")
app.add_typer(rebuild_app, name="rebuild")
app.command("simulate")(simulate_command)
app.command("simulate-days")(simulate_days_command)
operator_commands.add_to(app)

FolderOption = Annotated[Path, typer.Option(help="Where data, logs and secrets of the local stack are.")]
DEFAULT_FOLDER = Path(".prepbridge")


@app.command()
def up(
    folder: FolderOption = DEFAULT_FOLDER,
    districts: Annotated[int | None, typer.Option(min=1, max=409, help="Districts of the demonstration (40).")] = None,
    seed: Annotated[int | None, typer.Option(help="Its seed (7): the same seed tells the same story.")] = None,
    answer_share: Annotated[
        float, typer.Option(min=0, max=1, help="The part of the principals who answer.")
    ] = ANSWER_SHARE,
    broker: Annotated[Literal["auto", "kafka", "tansu"], typer.Option(help="Which broker to start.")] = "auto",
    demo: Annotated[bool, typer.Option(help="Load the demonstration, unless it is there already.")] = True,
    fresh: Annotated[bool, typer.Option(help="Forget all data first.")] = False,
    detach: Annotated[bool, typer.Option(help="Return once it is up; `prepbridge down` stops it.")] = False,
) -> None:
    """Start everything on this machine, load the demonstration, and run until Ctrl-C or `prepbridge down`."""
    state = StateFolder(folder)
    if detach:
        _up_in_the_background(state)
        return
    console = Console()
    steps = Steps(console)
    with interruptible(), state.held():
        if fresh:
            state.forget_data()
        demonstration = Demonstration.of(state, districts=districts, seed=seed, answer_share=answer_share)
        with Stack(state, read_local_settings(), broker, steps) as stack:
            check_ports(stack.settings)
            demonstration.prepare(steps, simulated=demo)
            stack.start()
            console.print(demonstration.show(stack, steps) if demo else where_to_look(stack))
            way = "Ctrl-C, or `make down` in another window," if console.is_terminal else "`make down`"
            console.print(f"{way} stops it.")
            with suppress(KeyboardInterrupt):
                stack.watch()


@app.command()
def down(folder: FolderOption = DEFAULT_FOLDER) -> None:
    """Stop what `prepbridge up` started from this folder."""
    typer.echo("PrepBridge has stopped." if StateFolder(folder).end() else "Nothing was running.")


def main() -> None:
    """Errors that we name are one sentence and status 1; a stop that was asked for is none."""
    try:
        app()
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Python's own end is not to be interrupted once more.
        raise SystemExit(INTERRUPTED) from None
    except PrepBridgeError as error:
        _refuse(f"{error}")
    except OSError as error:
        # A full disk, a folder that may not be written: the machine's, not ours.
        _refuse(f"{error.strerror or type(error).__name__}: {error.filename or 'see the logs in the folder'}")


def _refuse(sentence: str) -> NoReturn:
    Console(stderr=True).print(sentence, style="red", highlight=False, soft_wrap=True, markup=False)
    raise SystemExit(FAILED)


def _up_in_the_background(state: StateFolder) -> None:
    """The same command without `--detach` in a session of its own; its words are shown until it is up."""
    state.logs.mkdir(parents=True, exist_ok=True)
    log = state.logs / "up.log"
    arguments = [argument for argument in sys.argv[1:] if argument != "--detach"]
    with log.open("w") as output:
        running = subprocess.Popen(
            [sys.executable, "-m", "deploy.command", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    with log.open() as words:
        ready = False
        while not ready and running.poll() is None:
            record = state.running()
            ready = bool(record.get("ready")) and record.get("identity") == identity(running.pid)
            time.sleep(0.1)
            sys.stdout.write(words.read())
        sys.stdout.write(words.read())
    if not ready:
        raise SystemExit(running.returncode or FAILED)


if __name__ == "__main__":
    main()
