"""What a person sees while the stack starts: one line per step, with its time, and a spinner on a terminal."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console

Say = Callable[[str], None]


class Steps:
    """Writes to a console; on something that is no terminal, only the finished lines."""

    def __init__(self, console: Console) -> None:
        self.console = console

    @contextmanager
    def step(self, doing: str) -> Iterator[Say]:
        """Shows `doing` until the block ends, then the last thing that was said in it, with the seconds it took."""
        began = time.monotonic()
        last = doing
        with self.console.status(doing) as status:

            def say(text: str) -> None:
                nonlocal last
                last = text
                status.update(text)

            yield say
        self.console.print(
            f"  [green]✓[/] {last} [dim]({time.monotonic() - began:.1f} s)[/]", highlight=False, soft_wrap=True
        )

    def note(self, text: str) -> None:
        self.console.print(f"    {text}", style="dim", highlight=False, soft_wrap=True)
