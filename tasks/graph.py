"""The production graph, always built from the catalog, always by ``advance``.

    ingest -> script -> level -> [ chapter: chord(speak [-> hear], ...) -> master ] ... -> publish

The first run, a resume after a kill and the reconciler all call ``advance``; it publishes what the catalog says
is missing, and nothing else. Calling it twice costs time, never correctness: every task looks at the catalog
first.

Of a long book only a *window* of chapters is on the broker at a time, and every batch that is spoken calls for
the next: so several productions take turns, and the broker stays small whatever waits in the catalog.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import groupby
from pathlib import Path

import redis
from celery import chain, chord
from celery.canvas import Signature
from kombu.exceptions import OperationalError

from pipeline.audio.gain import target_lufs
from pipeline.errors import BrokerUnavailable
from pipeline.ingest.fetch import is_address
from pipeline.speech.engine import EngineLimits
from storage.rows import ChunkRow, ChunkState, Production, ProductionState
from tasks.app import app
from tasks.context import Context
from tasks.levels import calibration_chunks, has_levels
from tasks.offers import limits_of
from tasks.publishing import is_complete
from tasks.queues import ASR_QUEUE, CPU_QUEUE, PUBLISH_QUEUE, queue_of
from tasks.references import is_learned
from tasks.serving import slots

log = logging.getLogger(__name__)

BATCH_CHUNKS = 100
"""Most chunks of a batch: each holds a file lock while the batch is spoken (macOS allows 256 open files)."""


TITLE_SHOWN = 60
"""Characters of a title that messages carry for monitors."""
Limits = Callable[[str], EngineLimits]
"""What one call of a voice, by its name, can take."""
WINDOW_BATCHES = 2
"""Batches of a production on the broker, for each slot of the workers that speak it: one in hand and one that
waits, so that none is idle while the next chapter is published, and other productions wait for little."""


def start(production: Production) -> None:
    """Publish the head of the graph; ``script`` publishes the rest when the plan is committed."""
    _put(chain(_task("ingest", production), _task("script", production)))


def advance(context: Context, production: Production) -> None:
    """Publish what a planned production still lacks."""
    if is_complete(context, production):
        publish(context, production)
        return
    context.store.catalog.transition(production.id, ProductionState.PUBLISHING, ProductionState.SPEAKING)
    limits = _limits(context, production)
    if not has_level(context, production):
        _publish_calibration(context, production, limits)
        return
    context.store.catalog.put_back_chapters(production.id)
    refill(context, production)


def has_level(context: Context, production: Production) -> bool:
    """Whether the level of every voice is fixed, or none is asked for and the voices are known: before that no
    chapter is published."""
    if target_lufs(production.settings.audio.loudness) is None:
        return is_learned(context, production)
    return has_levels(context, production)


def refill(context: Context, production: Production) -> None:
    """Publish the next chapters while the broker has less than a window of the production."""
    catalog, limits = context.store.catalog, _limits(context, production)
    batches = WINDOW_BATCHES * slots(context, production)
    usual = limits(production.voice)
    window = batches * usual.batch_seconds * usual.characters_per_second
    while catalog.characters_on_broker(production.id) < window:
        chapter = catalog.take_chapter(production.id)
        if chapter is None:
            return
        _publish_chapter(context, production, chapter.index, limits)


def publish(context: Context, production: Production) -> None:
    """Publish the graph's last task."""
    context.store.catalog.set_state(production.id, ProductionState.PUBLISHING)
    _put(_task("publish", production, queue=PUBLISH_QUEUE))


def remaster(context: Context, production: Production) -> None:
    """Master every chapter again, because the voice's level was corrected."""
    context.store.catalog.forget_mastered(production.id)
    for chapter in context.store.catalog.chapters(production.id):
        _put(_task("master", production, chapter=chapter.index))


def speak_again(context: Context, production: Production, chapter: int, refused: Iterable[ChunkRow]) -> None:
    """Publish chunks of a chapter that ears refused: they are spoken and listened to once more, and then whatever
    waits for them is tried again."""
    limits, keys = _limits(context, production), {row.take_key for row in refused}
    rows = [row for row in context.store.catalog.chunks(production.id, chapter) if row.take_key in keys]
    if has_level(context, production):
        then = _task("master", production, chapter=chapter)
    else:
        then = _task("level", production)
    # Only neighbours together: what lies between others is in the hands of other tasks.
    runs = [[row for _, row in run] for _, run in groupby(enumerate(rows), lambda at: at[1].index - at[0])]
    header = [task for run in runs for task in _spoken_and_heard(production, chapter, run, limits)]
    _put(chord(header, then) if header else then)


def batched(rows: Iterable[ChunkRow], limits: Limits) -> Iterator[list[ChunkRow]]:
    """Chunks of one voice, in order, each batch of about its engine's ``batch_seconds`` of audio.

    What other voices say in between belongs to other batches: a dialogue is not cut into tasks of a line each.
    """
    by_voice: dict[str, list[ChunkRow]] = {}
    for row in rows:
        by_voice.setdefault(row.voice, []).append(row)
    for voice, own in by_voice.items():
        limit = limits(voice)
        batch: list[ChunkRow] = []
        seconds = 0.0
        for row in own:
            batch.append(row)
            seconds += row.characters / limit.characters_per_second
            if seconds >= limit.batch_seconds or len(batch) >= BATCH_CHUNKS:
                yield batch
                batch, seconds = [], 0.0
        if batch:
            yield batch


def _publish_chapter(context: Context, production: Production, chapter: int, limits: Limits) -> None:
    rows = context.store.catalog.chunks(production.id, chapter)
    master = _task("master", production, chapter=chapter)
    header = [
        *_spoken_and_heard(production, chapter, rows, limits),
        *_heard(production, chapter, rows, limits),
    ]
    _put(chord(header, master) if header else master)


def _publish_calibration(context: Context, production: Production, limits: Limits) -> None:
    """Speak the first chunks of each voice, then fix the levels, then ``level`` advances to the rest."""
    first = list(calibration_chunks(context, production))
    level = _task("level", production)
    header: list[Signature] = []
    for chapter, run in groupby(first, key=lambda item: item[0]):
        rows = [row for _, row in run]
        header += _spoken_and_heard(production, chapter, rows, limits)
        header += _heard(production, chapter, rows, limits)
    _put(chord(header, level) if header else level)


def _put(work: Signature) -> None:
    """Put something on the broker. Raises ``BrokerUnavailable``.

    Whatever of it is there already may stay: what is missing is published again when the broker is back.
    """
    try:
        work.apply_async()
    except (OperationalError, redis.RedisError, OSError, RuntimeError) as error:  # the last: of the backend
        raise BrokerUnavailable(
            f"The broker takes nothing now ({reason(error)}): what is made is kept, and it goes on when it can."
        ) from error


def reason(error: Exception) -> str:
    """Why the broker fails, as one line without a stop at its end."""
    if isinstance(error, RuntimeError):  # what it says is for programmers
        return "it cannot be reached"
    said = str(error).rpartition("caused error: ")[2]  # before it, the command, with control characters
    return " ".join(said.split()).rstrip(".") or type(error).__name__


def _spoken_and_heard(
    production: Production, chapter: int, rows: Iterable[ChunkRow], limits: Limits
) -> list[Signature]:
    """The batches that are still to be spoken, and listened to as soon as they are where the production has ears."""
    batches = list(batched([row for row in rows if _missing(row)], limits))
    if not production.ears:
        return [_speak(production, chapter, batch, limits) for batch in batches]
    return [
        chain(_speak(production, chapter, batch, limits), _hear(production, chapter, batch, limits))
        for batch in batches
    ]


def _heard(production: Production, chapter: int, rows: Iterable[ChunkRow], limits: Limits) -> list[Signature]:
    """The batches that are only to be listened to."""
    spoken = [row for row in rows if row.state == ChunkState.SPOKEN]
    return [_hear(production, chapter, batch, limits) for batch in batched(spoken, limits)]


def _missing(row: ChunkRow) -> bool:
    return row.state == "planned"


def _limits(context: Context, production: Production) -> Limits:
    @cache
    def limits(name: str) -> EngineLimits:
        return limits_of(context, production, name)

    return limits


def _speak(production: Production, chapter: int, batch: list[ChunkRow], limits: Limits) -> Signature:
    first, last = batch[0].index, batch[-1].index
    return _task(
        "speak",
        production,
        queue=queue_of(batch[0].engine),
        seconds=_seconds(batch, limits),
        chapter=chapter,
        first=first,
        count=last - first + 1,
    )


def _seconds(batch: list[ChunkRow], limits: Limits) -> float:
    return sum(row.characters for row in batch) / limits(batch[0].voice).characters_per_second


def _hear(production: Production, chapter: int, batch: list[ChunkRow], limits: Limits) -> Signature:
    first, last = batch[0].index, batch[-1].index
    seconds = _seconds(batch, limits)
    count = last - first + 1
    return _task(
        "hear", production, queue=ASR_QUEUE, seconds=seconds, chapter=chapter, first=first, count=count
    )


def _task(
    name: str, production: Production, *, queue: str = CPU_QUEUE, seconds: float = 0.0, **arguments: int
) -> Signature:
    """A task, with what monitors show of it: the production's name, not only its id."""
    shown: dict[str, object] = {"book": _name(production)[:TITLE_SHOWN]}
    if "chapter" in arguments:
        shown["chapter"] = arguments["chapter"] + 1
    if seconds:
        shown["seconds"] = round(seconds)
    shown["production"] = production.id  # also what the reconciler looks for
    return app.signature(
        f"voxpress.{name}",
        kwargs={"production_id": production.id, **arguments},
        immutable=True,
        queue=queue,
        priority=production.priority,
        ignore_result=True,  # else who publishes would listen for it, and wait for a broker that is away
        kwargsrepr=repr(shown),
        argsrepr="()",
    )


def _name(production: Production) -> str:
    """What people call it; before its book was read, the source's name without the folder."""
    source = production.source
    return production.title or (source if is_address(source) else Path(source).name)
