"""A chapter whose takes are all there becomes encoded audio and word times."""

from __future__ import annotations

import os
from dataclasses import dataclass

from pipeline.audio.codec import CODECS
from pipeline.audio.ffmpeg import ffmpeg_version, find_ffmpeg
from pipeline.audio.master import Part, master_chapter
from pipeline.audio.placeholder import silent_take
from pipeline.audio.wav import wav_bytes
from pipeline.model import Chunk, EncodedChapter, PreparedTake, Segment
from pipeline.serial import dump, load
from storage.rows import Artifact, ChapterRow, ChunkRow, Production
from storage.store import Store
from tasks.context import Context
from tasks.keys import master_key, segments_key
from tasks.levels import gain_of, voice_of
from tasks.options import codecs
from tasks.shelf import read_script


@dataclass(frozen=True, slots=True)
class Mastered:
    """A chapter's audio in one codec, and its words' times, as they are kept."""

    encoded: EncodedChapter
    audio: Artifact
    segments: Artifact


def encoder() -> str:
    """The encoder that is used here, for keys and reports."""
    return ffmpeg_version(find_ffmpeg())


def master(context: Context, production: Production, chapter: ChapterRow) -> bool:
    """Encode a chapter in every codec the production needs; False when takes are still missing."""
    rows = context.store.catalog.chunks(production.id, chapter.index)
    if any(row.state == "planned" for row in rows):
        return False
    for codec in codecs(production.settings):
        key = _key(context, production, chapter, rows, codec)
        if mastered(context.store, key) is None:
            _master(context, production, chapter, rows, codec, key)
        context.store.catalog.set_needs(production.id, [key, segments_key(key)], replace=False)
        context.store.catalog.chapter_mastered(production.id, chapter.index, codec, key)
    return True


def mastered(store: Store, key: str) -> Mastered | None:
    """What is kept under a master key, whole or not at all."""
    audio, segments = store.recall(key), store.recall(segments_key(key))
    if audio is None or segments is None:
        return None
    return Mastered(load(EncodedChapter, audio.detail), audio, segments)


def _key(
    context: Context, production: Production, chapter: ChapterRow, rows: list[ChunkRow], codec: str
) -> str:
    takes = context.store.catalog.artifacts([row.take_key for row in rows if row.state == "done"])
    sounds = [takes.get(row.take_key) for row in rows]
    return master_key(
        chapter.script_key, sounds, gain_of(context, production), production.settings.audio, codec, encoder()
    )


def _master(
    context: Context,
    production: Production,
    chapter: ChapterRow,
    rows: list[ChunkRow],
    codec: str,
    key: str,
) -> None:
    store, settings = context.store, production.settings
    script = read_script(store, chapter.script_key)
    gain = gain_of(context, production)
    rate = CODECS[codec].working_rate(voice_of(context, production).sample_rate)
    out = store.blobs.temp_dir / f"{key[:16]}-{os.getpid()}{CODECS[codec].suffix}"
    parts = [_part(store, row, chunk, gain, rate) for row, chunk in zip(rows, script.chunks, strict=True)]
    try:
        encoded, segments = master_chapter(
            script, parts, settings.audio, settings.pauses, CODECS[codec], out, rate
        )
        store.keep(segments_key(key), "segments", dump(segments, tuple[Segment, ...]))
        store.keep(key, "master", out, dump(encoded))
    finally:
        out.unlink(missing_ok=True)


def _part(store: Store, row: ChunkRow, chunk: Chunk, gain: float, rate: int) -> Part:
    """A chunk with its take; one that could not be spoken is a silence."""
    kept = store.recall(row.take_key) if row.state == "done" else None
    if kept is not None:
        return Part(chunk, load(PreparedTake, kept.detail), store.blobs.local_path(kept.digest), gain)
    pcm, take = silent_take(chunk, rate)
    return Part(chunk, take, store.blobs.local_path(store.blobs.put_bytes(wav_bytes(pcm, rate))), 0.0)
