"""A chapter whose takes are all there becomes encoded audio and word times."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.audio.codec import CODECS
from pipeline.audio.ffmpeg import ffmpeg_version, find_ffmpeg
from pipeline.audio.gain import target_lufs, voice_gain
from pipeline.audio.loudness import integrated
from pipeline.audio.master import Part, master_chapter, segments_of
from pipeline.audio.placeholder import silent_take
from pipeline.audio.wav import wav_bytes
from pipeline.errors import EncoderKilled
from pipeline.model import ChapterScript, Chunk, EncodedChapter, PreparedTake, Segment
from pipeline.serial import dump, load
from storage.rows import Artifact, ChapterRow, Production
from storage.store import Store
from tasks.context import Context
from tasks.doubts import in_doubt
from tasks.keys import master_key, segments_key
from tasks.levels import gain_of
from tasks.music import inputs_of, score_of
from tasks.offers import voice_of
from tasks.options import codecs
from tasks.shelf import read_script

log = logging.getLogger(__name__)


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
    store = context.store
    rows = store.catalog.chunks(production.id, chapter.index)
    # Each take is looked up once: a key and the audio under it must come from the very same takes and gain.
    takes = [store.recall_sound(row.take_key) if row.state == "done" else None for row in rows]
    if any(take is None and row.state != "failed" for row, take in zip(rows, takes, strict=True)):
        return False
    gains = {voice: gain_of(context, production, voice) for voice in dict.fromkeys(row.voice for row in rows)}
    music = inputs_of(context, production, chapter)
    for codec in codecs(production.settings):
        audio = production.settings.audio
        key = master_key(chapter.script_key, takes, gains, audio, codec, encoder(), music)
        if store.recall(key) is None:
            _master(context, production, chapter, takes, gains, codec, key)
        segments = _segments(context, production, chapter, takes, codec, key)
        store.catalog.set_needs(production.id, [key, segments.key], replace=False)
        store.catalog.chapter_mastered(production.id, chapter.index, codec, key)
    return True


def mastered(
    context: Context, production: Production, chapter: ChapterRow, codec: str, key: str
) -> Mastered | None:
    """What is kept under a master key, with its words' times as their doubts are now; None when it is gone."""
    store = context.store
    audio = store.recall(key)
    if audio is None:
        return None
    rows = store.catalog.chunks(production.id, chapter.index)
    kept = store.catalog.artifacts([row.take_key for row in rows if row.state == "done"])
    takes = [kept.get(row.take_key) if row.state == "done" else None for row in rows]
    if any(take is None and row.state != "failed" for row, take in zip(rows, takes, strict=True)):
        return None
    segments = _segments(context, production, chapter, takes, codec, key)
    store.catalog.set_needs(production.id, [segments.key], replace=False)
    return Mastered(load(EncodedChapter, audio.detail), audio, segments)


def _segments(
    context: Context,
    production: Production,
    chapter: ChapterRow,
    takes: Sequence[Artifact | None],
    codec: str,
    key: str,
) -> Artifact:
    """The word times of a chapter: kept, or made anew, which takes no audio, where other words are in doubt."""
    store = context.store
    wanted = segments_key(key, [in_doubt(take) for take in takes])
    if kept := store.recall(wanted):
        return kept
    rate = CODECS[codec].working_rate(voice_of(context, production).sample_rate)
    script = read_script(store, chapter.script_key)
    parts, score = _parts(store, script, takes, rate), score_of(context, production, chapter)
    segments = segments_of(parts, production.settings.pauses, rate, score)
    return store.keep(wanted, "segments", dump(segments, tuple[Segment, ...]))


def _master(
    context: Context,
    production: Production,
    chapter: ChapterRow,
    takes: Sequence[Artifact | None],
    gains: Mapping[str, float],
    codec: str,
    key: str,
) -> None:
    store, settings = context.store, production.settings
    script = read_script(store, chapter.script_key)
    rate = CODECS[codec].working_rate(voice_of(context, production).sample_rate)
    out = store.blobs.temp_dir / f"{key[:16]}-{os.getpid()}{CODECS[codec].suffix}"
    parts = _parts(store, script, takes, rate, gains, target_lufs(settings.audio.loudness))
    score = score_of(context, production, chapter)
    tries = context.settings.attempts
    try:
        while True:
            try:
                encoded, _ = master_chapter(
                    script, parts, settings.audio, settings.pauses, CODECS[codec], out, rate, score
                )
                break
            except EncoderKilled as error:
                tries -= 1
                if not tries:
                    raise
                log.warning("%s It is tried again.", error)
        store.keep(key, "master", out, dump(encoded))
    finally:
        out.unlink(missing_ok=True)


def _parts(
    store: Store,
    script: ChapterScript,
    takes: Sequence[Artifact | None],
    rate: int,
    gains: Mapping[str, float] | None = None,
    target: float | None = None,
) -> list[Part]:
    known = gains or {}
    return [
        _spoken(store, chunk, take, known.get(chunk.voice, 0.0), target)
        if take
        else _silence(store, chunk, rate)
        for chunk, take in zip(script.chunks, takes, strict=True)
    ]


def _spoken(store: Store, chunk: Chunk, kept: Artifact, gain: float, target: float | None) -> Part:
    """A chunk with its take. One that another voice had to speak is brought to the target by itself."""
    take = load(PreparedTake, kept.detail)
    if take.voice and take.voice != chunk.voice:
        gain = voice_gain(integrated(take.loudness), target)
    return Part(chunk, take, store.blobs.local_path(kept.digest), gain)


def _silence(store: Store, chunk: Chunk, rate: int) -> Part:
    """A chunk that could not be spoken."""
    pcm, take = silent_take(chunk, rate)
    return Part(chunk, take, store.blobs.local_path(store.blobs.put_bytes(wav_bytes(pcm, rate))), 0.0)
