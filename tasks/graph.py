"""The production graph, always built from the catalog, always by ``advance``.

    ingest -> script -> level -> [ chapter: chord(speak, speak, ...) -> master ] ... -> publish

The first run, a resume after a kill and the reconciler all call ``advance``; it publishes what the catalog says
is missing, and nothing else. Calling it twice costs time, never correctness: every task looks at the catalog
first.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter

from celery import chain, chord
from celery.canvas import Signature

from pipeline.audio.gain import target_lufs
from pipeline.speech.engine import EngineLimits
from pipeline.speech.registry import open_engine
from storage.rows import ChunkRow, Production, ProductionState
from tasks.app import app
from tasks.context import Context
from tasks.levels import calibration_chunks, level_of, voice_of
from tasks.publishing import is_complete
from tasks.queues import CPU_QUEUE, queue_of

log = logging.getLogger(__name__)

BATCH_CHUNKS = 100
"""Most chunks of a batch: each holds a file lock while the batch is spoken (macOS allows 256 open files)."""


def start(production: Production) -> None:
    """Publish the head of the graph; ``script`` publishes the rest when the plan is committed."""
    chain(_task("ingest", production.id), _task("script", production.id)).apply_async()


def advance(context: Context, production: Production) -> None:
    """Publish what a planned production still lacks."""
    if is_complete(context, production):
        publish(context, production)
        return
    context.store.catalog.transition(production.id, ProductionState.PUBLISHING, ProductionState.SPEAKING)
    limits = _limits(context, production)
    if level_of(context, production) is None and target_lufs(production.settings.audio.loudness) is not None:
        _publish_calibration(context, production, limits)
        return
    for chapter in context.store.catalog.chapters(production.id):
        rows = [row for row in context.store.catalog.chunks(production.id, chapter.index) if _missing(row)]
        master = _task("master", production.id, chapter=chapter.index)
        batches = [_speak(production.id, chapter.index, batch) for batch in batched(rows, limits)]
        if batches:
            chord(batches, master).apply_async()
        else:
            master.apply_async()


def publish(context: Context, production: Production) -> None:
    """Publish the graph's last task."""
    context.store.catalog.set_state(production.id, ProductionState.PUBLISHING)
    _task("publish", production.id).apply_async()


def remaster(context: Context, production: Production) -> None:
    """Master every chapter again, because the voice's level was corrected."""
    context.store.catalog.forget_mastered(production.id)
    for chapter in context.store.catalog.chapters(production.id):
        _task("master", production.id, chapter=chapter.index).apply_async()


def batched(rows: list[ChunkRow], limits: EngineLimits) -> Iterator[list[ChunkRow]]:
    """Runs of chunks of one voice, each of about ``limits.batch_seconds`` of audio."""
    for _, run in groupby(rows, key=attrgetter("voice")):
        batch: list[ChunkRow] = []
        seconds = 0.0
        for row in run:
            batch.append(row)
            seconds += row.characters / limits.characters_per_second
            if seconds >= limits.batch_seconds or len(batch) >= BATCH_CHUNKS:
                yield batch
                batch, seconds = [], 0.0
        if batch:
            yield batch


def _publish_calibration(context: Context, production: Production, limits: EngineLimits) -> None:
    """Speak the voice's first chunks, then fix its level, then ``level`` advances to the rest."""
    first = list(calibration_chunks(context, production))
    level = _task("level", production.id)
    header = [
        _speak(production.id, chapter, batch)
        for chapter, run in groupby(first, key=lambda item: item[0])
        for batch in batched([row for _, row in run if _missing(row)], limits)
    ]
    if header:
        chord(header, level).apply_async()
    else:
        level.apply_async()


def _missing(row: ChunkRow) -> bool:
    return row.state == "planned"


def _limits(context: Context, production: Production) -> EngineLimits:
    voice = voice_of(context, production)
    return open_engine(voice.engine, context.engines).limits(voice, production.language)


def _speak(production_id: str, chapter: int, batch: list[ChunkRow]) -> Signature:
    first, last = batch[0].index, batch[-1].index
    return _task(
        "speak",
        production_id,
        queue=queue_of(batch[0].engine),
        chapter=chapter,
        first=first,
        count=last - first + 1,
    )


def _task(name: str, production_id: str, *, queue: str = CPU_QUEUE, **arguments: int) -> Signature:
    return app.signature(
        f"voxpress.{name}",
        kwargs={"production_id": production_id, **arguments},
        immutable=True,
        queue=queue,
    )
