"""One constant gain for each voice, fixed in the catalog once and for all.

Measured on the voice's first takes *in script order*, not on those that happen to be ready first: the same book
gets the same gain however its workers raced or were killed, so that its audio is the same to the bit.
"""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.audio.gain import target_lufs, voice_gain
from pipeline.audio.loudness import integrated, total
from pipeline.model import SILENCE, Loudness, PreparedTake, Voice
from pipeline.serial import load
from pipeline.speech.registry import find_voice
from storage.rows import ChunkRow, Production
from tasks.context import Context

CALIBRATION_CHARACTERS = 900
"""About a minute of speech: enough for BS.1770's gates to settle within a few tenths of a LU."""
DEFAULT_LUFS = -20.0
"""Taken for a voice whose first takes could not be measured (the report says so)."""


def calibration_chunks(context: Context, production: Production) -> Iterator[tuple[int, ChunkRow]]:
    """The first chunks of the production's voice, in script order, as (chapter, row)."""
    characters = 0
    for chapter in context.store.catalog.chapters(production.id):
        for row in context.store.catalog.chunks(production.id, chapter.index):
            yield chapter.index, row
            characters += row.characters
            if characters >= CALIBRATION_CHARACTERS:
                return


def level_of(context: Context, production: Production) -> float | None:
    """LUFS of the production's voice as the catalog has it; None when it is not fixed yet."""
    voice = voice_of(context, production)
    rate = production.settings.voice.rate
    return context.store.catalog.get_level(production.id, voice.name, voice.revision, rate)


def fix_level(context: Context, production: Production) -> float:
    """Measure the voice on its first takes and fix its level; return the level in force, in LUFS."""
    takes = [context.store.recall(row.take_key) for _, row in calibration_chunks(context, production)]
    measured = integrated(total(load(PreparedTake, take.detail).loudness for take in takes if take))
    voice = voice_of(context, production)
    lufs = measured if measured > SILENCE else DEFAULT_LUFS
    return context.store.catalog.fix_level(
        production.id, voice.name, voice.revision, production.settings.voice.rate, lufs
    )


def gain_of(context: Context, production: Production) -> float:
    """dB by which every take of the production is raised or lowered."""
    target = target_lufs(production.settings.audio.loudness)
    if target is None:
        return 0.0
    level = level_of(context, production)
    return voice_gain(DEFAULT_LUFS if level is None else level, target)


def correct_level(context: Context, production: Production, made: Loudness) -> bool:
    """After mastering: when the whole is off its target by more than ``TOLERANCE_LU``, move the level.

    Returns whether it was moved; then every chapter has to be mastered again.
    """
    target, measured = target_lufs(production.settings.audio.loudness), integrated(made)
    level = level_of(context, production)
    if target is None or level is None or measured <= SILENCE or abs(measured - target) <= TOLERANCE_LU:
        return False
    voice, rate = voice_of(context, production), production.settings.voice.rate
    context.store.catalog.correct_level(
        production.id, voice.name, voice.revision, rate, level + (measured - target)
    )
    return True


TOLERANCE_LU = 0.9
"""Inside the promised 1 LU, with room for what the codec changes."""


def voice_of(context: Context, production: Production) -> Voice:
    """The production's voice as it is installed here. Raises ``VoiceNotFound``."""
    return find_voice(production.voice, production.language, context.engines)
