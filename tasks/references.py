"""How a production's voices speak, learned from its first takes in script order and then fixed.

What may decide whether a take is kept must not depend on what happened to be ready first, or a run that was killed
would end in other bytes. So the voice is known from the very takes on which its level is measured, which are there
before all others are begun; it is kept under a key made of theirs. These takes are themselves judged by what they
have in common: one that is unlike the rest is spoken again before anything else is.
"""

from __future__ import annotations

from pipeline.audio.wav import open_wav
from pipeline.check.level import check_level
from pipeline.check.pace import check_pace
from pipeline.check.reference import Known, Reference, learn
from pipeline.check.sound import Sound, Subject, samples_of
from pipeline.model import Chunk, PreparedTake
from pipeline.serial import dump, key_of, load
from storage.rows import Artifact, ChunkRow, Production
from tasks.context import Context
from tasks.levels import calibration_chunks, voices_of
from tasks.offers import voice_of
from tasks.shelf import read_script

REFERENCE_VERSION = 1
"""Raised when something else is learned from the same takes."""


def reference_of(context: Context, production: Production, voice: str) -> Reference | None:
    """What is known of a voice of the production; None before it is learned, or where its takes are too few."""
    kept = context.store.recall(_key(context, production, voice))
    return load(Known, kept.detail).reference if kept else None


def is_usual(production: Production, chunk: Chunk) -> bool:
    """Whether a chunk is spoken as those are from which a voice is known: in the book's language and at its speed."""
    return chunk.language == production.language and not chunk.rate and not chunk.parameters


def is_learned(context: Context, production: Production, voice: str = "") -> bool:
    """Whether ``learn_reference`` was here, for one voice or for all."""
    names = [voice] if voice else voices_of(context, production)
    return all(context.store.recall(_key(context, production, name)) is not None for name in names)


def learn_reference(context: Context, production: Production) -> int:
    """Learn how each voice speaks, once; returns how many takes are unlike the rest of their voice's and are to be
    spoken again."""
    return sum(_learn(context, production, voice) for voice in voices_of(context, production))


def _learn(context: Context, production: Production, voice: str) -> int:
    if is_learned(context, production, voice):
        return 0
    takes = list(_takes(context, production, voice))
    reference = learn([(chunk, prepared) for _, chunk, _, prepared in takes])
    key = _key(context, production, voice)
    context.store.keep(key, "reference", b"{}", dump(Known(reference)))
    context.store.catalog.set_needs(production.id, [key], replace=False)
    if reference is None:
        return 0
    odd = [row for row, chunk, take, kept in takes if _is_odd(context, chunk, take, kept, reference)]
    for row in odd:
        context.store.forget(row.take_key)
    return len(odd)


def forget_reference(context: Context, production: Production) -> None:
    """Learn them anew: their takes are."""
    for voice in voices_of(context, production):
        context.store.forget(_key(context, production, voice))


def _takes(
    context: Context, production: Production, voice: str
) -> list[tuple[ChunkRow, Chunk, Artifact, PreparedTake]]:
    """The first takes of the voice itself, as it usually speaks."""
    found, scripts = [], {}
    for chapter, row in calibration_chunks(context, production, voice):
        kept = context.store.recall(row.take_key)
        if kept is None:
            continue
        if chapter not in scripts:
            key = context.store.catalog.chapter(production.id, chapter).script_key
            scripts[chapter] = read_script(context.store, key)
        chunk, prepared = scripts[chapter].chunks[row.index], load(PreparedTake, kept.detail)
        if is_usual(production, chunk) and prepared.voice in ("", voice):
            found.append((row, chunk, kept, prepared))
    return found


def _is_odd(context: Context, chunk: Chunk, take: Artifact, kept: PreparedTake, reference: Reference) -> bool:
    rate, pcm = open_wav(context.store.blobs.local_path(take.digest))
    subject = Subject(
        chunk=chunk,
        sound=Sound(samples_of(pcm), rate),
        timings=(),
        timed=False,
        heard=(0.0, kept.duration),
        loudness=kept.loudness,
        reference=reference,
    )
    return any(True for check in (check_pace, check_level) for _ in check(subject))


def _key(context: Context, production: Production, name: str) -> str:
    takes = [row.take_key for _, row in calibration_chunks(context, production, name)]
    voice = voice_of(context, production, name)
    return key_of(
        "reference", REFERENCE_VERSION, voice, production.settings.voice.rate, production.language, takes
    )
