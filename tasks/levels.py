"""One constant gain for each voice, fixed in the catalog once and for all: those of a cast are equally loud.

Measured on the voice's first takes *in script order*, not on those that happen to be ready first: the same
book gets the same gain however its workers raced or were killed, so that its audio is the same to the bit.

A level is what a voice counts as: the target less the gain that brings its takes to the target, limiter
included. A voice with high peaks loses loudness to the limiter, and counts as quieter than it measures.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from pipeline.audio.codec import CODECS
from pipeline.audio.gain import fitted_gain, target_lufs, voice_gain
from pipeline.audio.loudness import integrated, total
from pipeline.audio.wav import open_wav
from pipeline.model import SILENCE, Loudness, PreparedTake
from pipeline.serial import load
from storage.rows import Artifact, ChunkRow, ChunkState, Production
from storage.store import Store
from tasks.context import Context
from tasks.offers import voice_of
from tasks.options import codecs, speaking_options, told

CALIBRATION_CHARACTERS = 1_500
"""Over a minute of speech: enough for BS.1770's gates to settle within a few tenths of a LU."""
DEFAULT_LUFS = -20.0
"""Taken for a voice whose first takes could not be measured (the report says so)."""
PROMISED_LU = 1.0
"""How near to its target a book is promised to be."""
CORRECTIONS = 2
"""How often a level is moved; each time costs the encoding of the whole book."""
TOLERANCE_LU = 0.9
"""Inside the promised 1 LU, with room for what the codec changes."""


def calibration_chunks(
    context: Context, production: Production, voice: str = ""
) -> Iterator[tuple[int, ChunkRow]]:
    """The first chunks of each of the production's voices, or of one, in script order, as (chapter, row)."""
    catalog = context.store.catalog
    names = [voice] if voice else catalog.voices(production.id)
    found = [
        row for name in names for row in catalog.first_chunks(production.id, name, CALIBRATION_CHARACTERS)
    ]
    for row in sorted(found, key=lambda row: (row.chapter, row.index)):
        yield row.chapter, row


def waits_for_ears(context: Context, production: Production) -> bool:
    """Whether some of the takes that the level is measured on may still be replaced by better ones."""
    return bool(production.ears) and any(
        row.state in (ChunkState.PLANNED, ChunkState.SPOKEN)
        for _, row in calibration_chunks(context, production)
    )


def rests_on_doubts(context: Context, production: Production, doubtful: Collection[str]) -> bool:
    """Whether the level was, or would be, measured on takes that are in doubt or without some that were given up.

    ``doubtful`` are keys of takes.
    """
    return any(
        row.take_key in doubtful or row.state is ChunkState.FAILED
        for _, row in calibration_chunks(context, production)
    )


def level_of(context: Context, production: Production, voice: str = "") -> float | None:
    """LUFS that a voice of the production, the narrator's unless one is named, counts as; None when it is not fixed
    yet."""
    return context.store.catalog.get_level(production.id, *_place(context, production, voice))


def has_levels(context: Context, production: Production) -> bool:
    """Whether the level of every voice is fixed."""
    return all(level_of(context, production, voice) is not None for voice in voices_of(context, production))


def fix_level(context: Context, production: Production) -> float:
    """Measure each voice on its first takes and fix its level; return the narrator's in force, in LUFS."""
    found = {voice: _fix(context, production, voice) for voice in voices_of(context, production)}
    return found.get(production.voice) or next(iter(found.values()))


def _fix(context: Context, production: Production, voice: str) -> float:
    target = target_lufs(production.settings.audio.loudness)
    kept = [context.store.recall(row.take_key) for _, row in calibration_chunks(context, production, voice)]
    takes = [take for take in kept if take is not None and not _by_another(take, voice)]
    lufs = DEFAULT_LUFS
    if target is not None and takes:
        ceiling = _ceiling(production, voice_of(context, production, voice).sample_rate)
        lufs = _counts_as(context.store, takes, target, ceiling)
    return context.store.catalog.fix_level(production.id, *_place(context, production, voice), lufs)


def gain_of(context: Context, production: Production, voice: str = "") -> float:
    """dB by which every take of a voice, the narrator's unless one is named, is raised or lowered."""
    target = target_lufs(production.settings.audio.loudness)
    if target is None:
        return 0.0
    lufs = level_of(context, production, voice)
    return voice_gain(DEFAULT_LUFS if lufs is None else lufs, target)


def correct_level(context: Context, production: Production, made: Loudness) -> bool:
    """After mastering: when the whole is off its target by more than ``TOLERANCE_LU``, move the level of every voice.

    Returns whether it was moved; then every chapter has to be mastered again. It is moved ``CORRECTIONS``
    times at most: what is still off after that is told in the report, not chased.
    """
    target, measured = target_lufs(production.settings.audio.loudness), integrated(made)
    if target is None or measured <= SILENCE or abs(measured - target) <= TOLERANCE_LU:
        return False
    moved = {
        _place(context, production, voice): lufs + (measured - target)
        for voice in voices_of(context, production)
        if (lufs := level_of(context, production, voice)) is not None
    }
    return context.store.catalog.correct_levels(production.id, moved, most=CORRECTIONS)


def loudness_doubt(production: Production, made: Loudness) -> str:
    """What is to be said when the finished loudness is off its target by more than 1 LU; empty otherwise."""
    target, measured = target_lufs(production.settings.audio.loudness), integrated(made)
    if target is None or measured <= SILENCE or abs(measured - target) <= PROMISED_LU:
        return ""
    return f"The book is at {measured:.1f} LUFS; its peaks do not let it come nearer to {target:g} LUFS."


def voices_of(context: Context, production: Production) -> list[str]:
    """The voices that speak in the production, the narrator's first."""
    names = context.store.catalog.voices(production.id) or [production.voice]
    return sorted(names, key=lambda name: (name != production.voice, name))


def _place(context: Context, production: Production, name: str = "") -> tuple[str, str, float]:
    """Where the catalog has the level: by voice, what it was measured for, and speaking rate."""
    voice, audio = voice_of(context, production, name), production.settings.audio
    measured_for = (
        f"{voice.revision} at {audio.loudness} LUFS under {_ceiling(production, voice.sample_rate):g} dBTP"
    )
    if parameters := told(speaking_options(production.settings), voice).parameters:
        measured_for += f", {parameters}"
    return voice.name, measured_for, production.settings.voice.rate


def _ceiling(production: Production, rate: int) -> float:
    """dBTP that samples of ``rate`` Hz may reach before they are encoded."""
    audio, codec = production.settings.audio, CODECS[codecs(production.settings)[0]]
    return codec.ceiling(audio, codec.working_rate(rate))


def _by_another(take: Artifact, voice: str) -> bool:
    """Whether another voice had to speak it: that one is brought to the target by itself."""
    return load(PreparedTake, take.detail).voice not in ("", voice)


def _counts_as(store: Store, takes: Sequence[Artifact], target: float, ceiling: float) -> float:
    """The target less the gain that brings ``takes`` to it through the limiter, in LUFS."""
    measured = []
    for artifact in takes:
        rate, pcm = open_wav(store.blobs.local_path(artifact.digest))
        measured.append((pcm, rate, load(PreparedTake, artifact.detail).loudness))
    if integrated(total(loudness for _, _, loudness in measured)) <= SILENCE:
        return DEFAULT_LUFS
    return target - fitted_gain(measured, target, ceiling)
