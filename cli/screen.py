"""How progress is shown: a live Rich display on a terminal, plain lines elsewhere, nothing with ``-q``."""

from __future__ import annotations

import time
from collections.abc import Sequence
from types import TracebackType

from rich.console import Console
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from cli.output import clock, err
from storage.rows import ProductionState
from tasks.progress import Progress

LINE_SECONDS = 15.0
"""At most one plain line in so long for each production, besides its changes of stage."""
LIVE_PER_SECOND = 5
"""Refreshes of the live display."""


class Screen:
    """Shows nothing: ``-q`` and ``--json``."""

    def __enter__(self) -> Screen:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def show(self, seen: Sequence[Progress]) -> None:
        """Show how far productions are."""


class Pace:
    """How fast audio is made in this run: what was there before does not count."""

    def __init__(self) -> None:
        self._began: dict[str, tuple[float, float, int]] = {}

    def of(self, one: Progress) -> tuple[float, float | None]:
        """(x realtime, seconds left or None) since this production's speaking was first seen."""
        now = time.monotonic()
        if one.state is not ProductionState.SPEAKING:
            return 0.0, None
        began, audio, characters = self._began.setdefault(
            one.id, (now, one.audio_seconds, one.characters_done)
        )
        elapsed = now - began
        done = one.characters_done - characters
        if elapsed < 1 or done <= 0:
            return 0.0, None
        left = (one.characters - one.characters_done) * elapsed / done
        return (one.audio_seconds - audio) / elapsed, left


class PlainScreen(Screen):
    """A line when something changes, and now and then."""

    def __init__(self, console: Console = err) -> None:
        """Lines go to ``console``."""
        self._console, self._pace = console, Pace()
        self._said: dict[str, tuple[ProductionState, float]] = {}

    def show(self, seen: Sequence[Progress]) -> None:
        """Print what is new."""
        for one in seen:
            pace = self._pace.of(one)
            state, when = self._said.get(one.id, (None, 0.0))
            if state is one.state and (one.state.final or time.monotonic() - when < LINE_SECONDS):
                continue
            self._said[one.id] = (one.state, time.monotonic())
            self._console.print(f"{_name(one)}: {_line(one, *pace)}", markup=False)


class LiveScreen(Screen):
    """A table that is drawn anew, a row for each production."""

    def __init__(self, console: Console = err) -> None:
        """Drawn on ``console``, which is a terminal."""
        self._console, self._pace = console, Pace()
        self._live = Live(console=console, refresh_per_second=LIVE_PER_SECOND, transient=True)

    def __enter__(self) -> LiveScreen:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def show(self, seen: Sequence[Progress]) -> None:
        """Draw the table."""
        table = Table.grid(padding=(0, 2))
        table.add_column(max_width=40, no_wrap=True, overflow="ellipsis")
        table.add_column(width=24)
        table.add_column()
        for one in seen:
            bar = ProgressBar(total=100, completed=100 * one.share, pulse=one.characters == 0)
            table.add_row(Text(_name(one)), bar, Text(_line(one, *self._pace.of(one))))
        self._live.update(table)


def screen_for(*, quiet: bool, as_json: bool) -> Screen:
    """The screen that fits: live on a terminal, lines elsewhere."""
    if quiet or as_json:
        return Screen()
    return LiveScreen() if err.is_terminal else PlainScreen()


def _name(one: Progress) -> str:
    return one.title or one.source.rstrip("/").rsplit("/", 1)[-1]


def _line(one: Progress, speed: float, left: float | None) -> str:
    parts = [one.state.label]
    if one.state is ProductionState.SPEAKING:
        parts += [f"{one.share:.0%}", f"chapters {one.chapters_done}/{one.chapters}"]
        parts += [f"audio {clock(one.audio_seconds)}"]
        parts += [f"{speed:.0f}x realtime"] if speed else []
        parts += [f"{clock(left)} left"] if left is not None else []
    elif one.state is ProductionState.FAILED:
        parts.append(one.error)
    elif one.state in (ProductionState.DONE, ProductionState.DONE_WITH_DOUBTS):
        parts.append(f"{clock(one.audio_seconds)} in {one.edition_folder}")
    return ", ".join(parts)
