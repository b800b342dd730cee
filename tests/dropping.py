"""A drop folder with its watcher in a thread, and hands that do what workers would: for tests of the ledger."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from pipeline.errors import VoxpressError, from_kind
from storage.catalog import Catalog
from storage.rows import IntakeRow, IntakeState, Production, ProductionState
from storage.settings import load_settings
from tasks.context import Context, open_context
from workers.drop.watcher import Watcher

PATIENCE = 60.0
"""Seconds for something to come about that is a matter of one or two."""

_THREAD = "watcher under test"


@dataclass
class DropFolder:
    """A state folder, a library and a drop folder, all empty."""

    folder: Path
    flags: dict[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Make the drop folder and the library."""
        self.inbox.mkdir(parents=True)
        self.library.mkdir()

    @property
    def inbox(self) -> Path:
        """The drop folder."""
        return self.folder / "inbox"

    @property
    def library(self) -> Path:
        """Where editions go."""
        return self.folder / "library"

    def context(self, **flags: object) -> Context:
        """A context of its own, as another process would have."""
        given = {"home": self.folder / "home", "output": self.library, "settle_seconds": 0.1}
        return open_context(load_settings({**given, **self.flags, **flags}).settings)

    @cached_property
    def catalog(self) -> Catalog:
        """The test's own view of the catalog."""
        return self.context().store.catalog

    @contextmanager
    def watching(self, *folders: Path, **flags: object) -> Iterator[Watcher]:
        """A watcher of the drop folder, until the end of the block; what it raises is raised there."""
        watcher = Watcher(self.context(**flags), list(folders) or [self.inbox])
        raised: list[BaseException] = []
        ready = threading.Event()

        def run() -> None:
            try:
                watcher.run(ready=lambda folders: ready.set())
            except BaseException as error:
                raised.append(error)
                ready.set()

        thread = threading.Thread(target=run, name=_THREAD)
        thread.start()
        try:
            assert ready.wait(PATIENCE)
            yield watcher
        finally:
            watcher.stop()
            thread.join(PATIENCE)
            assert not thread.is_alive()
        if raised:
            raise raised[0]

    def run_once(self, **flags: object) -> bool:
        """A watcher that ends when there is nothing more to do."""
        return Watcher(self.context(**flags), [self.inbox]).run(once=True)

    def put(self, name: str, text: str = "A dark night. It was stormy.") -> Path:
        """Drop a text, whole at once."""
        path = self.inbox / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    # -- the ledger and the catalog -----------------------------------------------------------------------

    @property
    def rows(self) -> list[IntakeRow]:
        """The ledger, the oldest row first."""
        return sorted(self.catalog.intakes(), key=lambda row: row.id)

    def states(self) -> list[tuple[str, str]]:
        """Path and state of each row."""
        return [(row.path, row.state.value) for row in self.rows]

    def productions(self) -> list[Production]:
        """The oldest first."""
        return self.catalog.productions()[::-1]

    def row(self, path: str, state: IntakeState | None = None, *, settled: bool = False) -> IntakeRow:
        """Wait for a row of that path, in that state."""

        def found() -> list[IntakeRow]:
            return [
                row
                for row in self.rows
                if row.path == path
                and (state is None or row.state is state)
                and (row.settled or not settled)
                and (row.production_id or state is not IntakeState.TAKEN)
            ]

        until(found, self.states)
        return found()[0]

    def make(self, row: IntakeRow, title: str = "A Night") -> Path:
        """Do a production's work: an edition is there, and the catalog says so."""
        catalog = self.catalog
        production = catalog.get(row.production_id)
        folder = Path(production.output) / "Nobody" / title
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "book.m4b").write_bytes(b"sound")
        report = {
            "source": {"uri": production.source, "sha256": production.source_sha256},
            "files": [{"name": "book.m4b", "size": 5}],
        }
        (folder / "report.json").write_text(json.dumps(report))
        catalog.update(production.id, title=title, edition_folder=str(folder))
        catalog.set_state(production.id, ProductionState.DONE)
        return folder

    def spoil(self, row: IntakeRow, kind: str, said: str) -> None:
        """Let a production fail."""
        error: VoxpressError = from_kind(kind, said)
        self.catalog.set_state(row.production_id, ProductionState.FAILED, error)

    def files(self) -> list[str]:
        """Everything in the drop folder but the file with its name."""
        found = (str(path.relative_to(self.inbox)) for path in self.inbox.rglob("*") if not path.is_dir())
        return sorted(name for name in found if name != ".voxpress-inbox")


def watching() -> bool:
    """Whether a watcher of ``DropFolder.watching`` runs."""
    return any(thread.name == _THREAD for thread in threading.enumerate())


def until(what: Callable[[], object], seen: Callable[[], object] = lambda: "") -> None:
    """Wait for something to be true."""
    deadline = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < deadline, seen()
        time.sleep(0.05)
