"""Sources become episodes of a show: productions whose editions go to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pipeline.errors import SourceTooLarge
from pipeline.script import estimated_seconds
from pipeline.script.casting.cast import Cast
from pipeline.script.lexicon import Entry
from pipeline.settings import ProductionSettings
from storage.rows import Priority, Production
from storage.show_rows import EpisodeRow, ShowRow
from tasks.context import Context
from tasks.shows import editions_of, show_of
from tasks.submission import Submission, submit


@dataclass(frozen=True, slots=True)
class Added:
    """A source, its episode and its production."""

    episode: EpisodeRow
    submission: Submission

    @property
    def production(self) -> Production:
        """What the episode is made by."""
        return self.submission.production


def add_source(
    context: Context,
    row: ShowRow,
    source: str,
    settings: ProductionSettings,
    *,
    refresh: bool = False,
    shared: bool = False,
    priority: Priority = Priority.NORMAL,
    lexicon: Sequence[Entry] = (),
    cast: Cast | None = None,
    moment: datetime | None = None,
) -> Added:
    """Open the production of an episode, or find it again; an episode that was removed is wanted again.

    Nothing is published yet. As of ``tasks.submission.submit``, which this calls, a source that cannot be read is a
    failed production. A new episode is of now, or of ``moment``.
    """
    output = editions_of(context.settings, row.name)
    submission = submit(
        context,
        source,
        Path(output),
        settings,
        refresh=refresh,
        shared=shared,
        priority=priority,
        lexicon=lexicon,
        cast=cast,
    )
    episode = context.store.catalog.take_episode(row.name, submission.production, moment=moment)
    return Added(episode, submission)


def check_length(context: Context, production: Production) -> None:
    """Refuse what would be longer than the show wants its episodes. Raises ``SourceTooLarge``."""
    row = show_of(context, production.output)
    if row is None or not row.making.max_minutes:
        return
    seconds = estimated_seconds(production.characters, production.words, production.language)
    minutes = seconds / production.settings.voice.rate / 60
    if minutes > row.making.max_minutes:
        raise SourceTooLarge(
            f"{production.source} would be {minutes:.0f} minutes long, and the show {row.name!r} takes "
            f"{row.making.max_minutes:g}: 'voxpress feed set {row.name} --max-minutes {minutes + 1:.0f}' lets it in."
        )
