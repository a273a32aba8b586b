"""The folder in which the local stack keeps its state: who runs it, its data, its logs, its secrets."""

import fcntl
import json
import os
import shutil
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from deploy.local.process import Child, identity
from shared.errors import Misconfigured

_STOP_SECONDS = 90.0
_SHORTLY = 0.1


class AlreadyRuns(Misconfigured):
    """A stack holds this folder."""


class StateFolder:
    """`data/` holds everything that `--fresh` forgets; nothing else in the folder is ever deleted."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.data = self.folder / "data"
        self.simulated = self.data / "demonstration"
        self.access_folder = self.data / "access"
        self.logs = self.folder / "logs"
        self._lock = self.folder / "lock"
        self._record = self.folder / "running.json"
        self._story = self.data / "story.json"

    @contextmanager
    def held(self) -> Iterator[None]:
        """For as long as a stack runs from here. AlreadyRuns if another does; what a killed one left is ended."""
        # For its owner only: secrets, mail and links of the demonstration are in it.
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # The lock ends with this process, however it ends: children do not inherit it.
        with self._lock.open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise AlreadyRuns(
                    f"PrepBridge runs already from {self.folder} (process {self.running().get('pid', '?')}); "
                    f"`prepbridge down` stops it."
                ) from None
            self._end_leftovers()
            try:
                yield
            finally:
                self._record.unlink(missing_ok=True)

    def note_running(self, children: Sequence[Child], *, ready: bool = False) -> None:
        """Write down who runs, for `down` and for the next `up`."""
        members = [{"name": child.name, "pid": child.pid, "identity": identity(child.pid)} for child in children]
        content = {"pid": os.getpid(), "identity": identity(os.getpid()), "ready": ready, "children": members}
        _write(self._record, content)

    def running(self) -> dict[str, Any]:
        return _read(self._record)

    def end(self) -> bool:
        """Stop the stack that runs from here, and return when nothing of it is left. False: nothing was running."""
        record = self.running()
        if not record:
            return False
        pid = int(record["pid"])
        if identity(pid) == record["identity"]:
            os.kill(pid, signal.SIGTERM)
            deadline = time.monotonic() + _STOP_SECONDS
            while identity(pid) == record["identity"] and time.monotonic() < deadline:
                time.sleep(_SHORTLY)
            if identity(pid) == record["identity"]:
                os.kill(pid, signal.SIGKILL)
        self._end_leftovers()
        self._record.unlink(missing_ok=True)
        return True

    def forget_data(self) -> None:
        if self.data.exists():
            shutil.rmtree(self.data)

    @property
    def story(self) -> dict[str, Any]:
        """Which demonstration the data are of, and, once it is loaded, its outcome; empty without one."""
        return _read(self._story)

    def note_story(self, story: dict[str, Any]) -> None:
        _write(self._story, story)

    def _end_leftovers(self) -> None:
        """End the children that a killed stack has left, each recognized by when it began."""
        for child in self.running().get("children", []):
            if identity(child["pid"]) == child["identity"]:
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(child["pid"], signal.SIGKILL)
                while identity(child["pid"]) == child["identity"]:
                    time.sleep(_SHORTLY)


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _write(path: Path, content: dict[str, Any]) -> None:
    """Whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(content, indent=1))
    draft.replace(path)
