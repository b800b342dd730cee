"""What commands that pull something share: may the network be used, and how far is it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from cli.output import err
from pipeline.errors import SettingsError
from pipeline.pulling.files import Progress

T = TypeVar("T")


def require_reachable(source: str, *, offline: bool) -> None:
    """Raise ``SettingsError`` for an address of the network where that is forbidden."""
    if offline and "://" in source and not source.startswith("file:"):
        raise SettingsError("--offline forbids the network: pull from a folder with '--from DIR'.")


def with_bar(name: str, pull: Callable[[Progress], T]) -> T:
    """What ``pull`` gives, with a bar on stderr that shows how far it is."""
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TransferSpeedColumn
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
    )
    with Bars(*columns, console=err, transient=True) as bars:
        task = bars.add_task(name, total=None)
        return pull(lambda done, total: bars.update(task, completed=done, total=total))
