"""Takes that were made for a chunk, why there is none, and what is said and counted of that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from pipeline.check.faults import badness
from pipeline.errors import SpeechFailed, TakeRefused
from pipeline.model import Chunk, Doubt, Pcm, PreparedTake, Take, Timing, Voice


class EngineBroke(SpeechFailed):
    """An engine raised what no engine should."""


class ProcessKilled(SpeechFailed):
    """Its process was killed every time it was tried."""


@dataclass(frozen=True, eq=False)
class Rendition:
    """A take that can be kept, and who spoke it."""

    pcm: Pcm
    prepared: PreparedTake
    voice: Voice


class TakeDoubted(SpeechFailed):
    """Its take is in doubt: there may be a better one."""

    def __init__(self, chunk: Chunk, rendition: Rendition) -> None:
        """The worst of its doubts is the message."""
        worst = max(rendition.prepared.doubts, key=lambda doubt: badness([doubt]))
        super().__init__(f"The take of “{chunk.text[:60]}” is in doubt ({worst.fault}): {worst.text}")
        self.rendition = rendition


REASONS = {TakeRefused: "refused", TakeDoubted: "doubted", EngineBroke: "broke", ProcessKilled: "killed"}
"""Why a chunk had to be tried again, as it is counted; else its engine ``failed`` and said so."""


def faults_of(error: SpeechFailed) -> tuple[Doubt, ...]:
    """What was wrong with a try, by name."""
    if isinstance(error, TakeDoubted):
        return error.rendition.prepared.doubts
    return (Doubt(getattr(error, "fault", "") or "engine-failed", str(error)),)


def by_another(rendition: Rendition, cause: SpeechFailed) -> Rendition:
    """The take of another engine than the planned one: that is a doubt by itself."""
    note = Doubt("other-voice", f"It was spoken by {rendition.voice.name} after: {cause}")
    prepared = replace(rendition.prepared, doubts=(*rendition.prepared.doubts, note))
    return replace(rendition, prepared=prepared)


def reason_of(error: SpeechFailed) -> str:
    """Why a chunk had to be tried again, in the word that is counted."""
    return next((reason for kind, reason in REASONS.items() if isinstance(error, kind)), "failed")


def unexpected(voice: Voice, error: Exception) -> EngineBroke:
    """An engine is other people's code: whatever it raises is the failure of one chunk."""
    return EngineBroke(f"The engine {voice.engine} failed with {type(error).__name__}: {error}.")


def joined(takes: Sequence[Take], pause: float) -> Take:
    """Several takes as one, with ``pause`` seconds between them."""
    rate = takes[0].sample_rate
    silence = np.zeros(int(pause * rate), dtype=np.int16)
    pieces: list[np.ndarray[tuple[int], np.dtype[np.int16]]] = []
    timings: list[Timing] | None = []
    position = 0
    for take in takes:
        if take.timings is None:
            timings = None
        elif timings is not None:
            offset = position / rate
            timings += [Timing(t.start + offset, t.end + offset) for t in take.timings]
        pieces += [take.audio, silence]
        position += len(take.audio) + len(silence)
    doubts = tuple(doubt for take in takes for doubt in take.doubts)
    return Take(
        audio=np.concatenate(pieces[:-1]),
        sample_rate=rate,
        timings=tuple(timings) if timings is not None else None,
        timing_source=takes[0].timing_source,
        doubts=doubts,
    )
