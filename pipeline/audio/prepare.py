"""From an engine's take to one that can be mastered: checked, trimmed, faded, timed in samples, measured."""

from __future__ import annotations

import logging
from math import isfinite
from operator import lt

import numpy as np

from pipeline.align.estimate import SOURCE, share_out
from pipeline.align.registry import WITHOUT_A_MODEL, align
from pipeline.audio.loudness import measure
from pipeline.check.reference import Reference
from pipeline.check.samples import usable
from pipeline.check.signal import check_signal, check_sound
from pipeline.check.sound import Samples, Series, Sound, Subject, samples_of
from pipeline.errors import AlignFailed
from pipeline.model import Chunk, Doubt, Pcm, PreparedTake, Take, Timing

log = logging.getLogger(__name__)

SILENCE_BELOW_PEAK = 10 ** (-50 / 20)
"""Samples under this share of the take's peak (-50 dB) are silence at its ends."""
MARGIN = 0.015
"""Seconds kept around what is heard."""
QUIET_WORD = 0.1
"""Seconds around what is heard in which a timed word is kept although it is too soft to be told from silence:
an f or s fades out below the threshold. Beyond, a timing that reaches into silence is the timing's fault."""
FADE = 0.004
"""Seconds over which the take comes and goes, so that no edge clicks."""
TIMING_TOLERANCE = 0.05
"""Seconds by which timings may overlap or lie outside without a doubt: rounding, not error."""
_SEARCH = 4096
"""Samples looked at together when the ends of the sound are searched."""


def prepare(
    take: Take,
    chunk: Chunk,
    pace: float = 1.0,
    *,
    sample_rate: int | None = None,
    reference: Reference | None = None,
) -> tuple[Pcm, PreparedTake]:
    """The samples to keep of a take, and all that is known of them, doubts included.

    ``pace`` is the speaking rate that was asked for; 1 is the voice's own. ``sample_rate`` is the voice's (Hz), and
    ``reference`` how it speaks elsewhere; what is not known is not checked.

    The timings are those of the engine, checked and moved with the samples; where it gave none, or none that can
    be used, an aligner's; where that fails, an estimate. Raises ``TakeRefused`` for a take that cannot be what
    the chunk says.
    """
    audio, rate = usable(take, chunk, sample_rate), take.sample_rate
    samples = samples_of(audio)
    sound = Sound(samples, rate)
    doubts = [*take.doubts, *check_sound(sound, chunk)]
    first, last = _audible_span(samples)

    words = chunk.words
    timings, source = take.timings, take.timing_source
    if timings is not None:
        wrong, can_be_used = _timing_doubt(timings, len(words), take.duration)
        if wrong:
            doubts.append(Doubt("times", wrong))
        if not can_be_used:
            timings = None
    if timings is None or source == SOURCE:
        timings, source = _timed(take, chunk, first, last)

    start, end = _cut(first, last, timings, rate, len(take.audio))
    pcm, heard = audio[start:end].copy(), samples.floats[start:end]
    for either in (pcm, heard):
        _fade(either, rate)
    loudness = measure(heard, rate)
    subject = Subject(
        chunk=chunk,
        sound=sound,
        timings=timings,
        timed=source != SOURCE,
        heard=(first / rate, last / rate),
        loudness=loudness,
        pace=pace,
        reference=reference,
        native=source == "engine",
    )
    doubts += check_signal(subject)
    starts, ends = _in_samples(timings, rate, start, len(pcm))
    prepared = PreparedTake(
        samples=len(pcm),
        sample_rate=rate,
        starts=starts,
        ends=ends,
        loudness=loudness,
        timing_source=source,
        doubts=tuple(doubts),
    )
    return pcm, prepared


def _timed(take: Take, chunk: Chunk, first: int, last: int) -> tuple[tuple[Timing, ...], str]:
    """Times for a take whose engine gave none, and who gave them."""
    try:
        return align(take.audio, take.sample_rate, chunk.words, chunk.language, WITHOUT_A_MODEL)
    except AlignFailed as error:
        log.info("the words of a take are timed by estimate: %s", error)
        return share_out(chunk.words, first / take.sample_rate, last / take.sample_rate), SOURCE


def _audible_span(samples: Samples) -> tuple[int, int]:
    """Where the sound begins and ends: the first sample above the threshold, and the one after the last."""
    audio, size = samples.audio, len(samples.audio)
    threshold = max(-samples.low, samples.high) * SILENCE_BELOW_PEAK
    for begin in range(0, size, _SEARCH):
        loud = _louder(audio[begin : begin + _SEARCH], threshold)
        if len(loud):
            first = begin + int(loud[0])
            break
    else:
        return 0, 0
    for end in range(size, 0, -_SEARCH):
        begin = max(0, end - _SEARCH)
        loud = _louder(audio[begin:end], threshold)
        if len(loud):
            return first, begin + int(loud[-1]) + 1
    raise AssertionError("the sound has a beginning and no end")


def _louder(audio: Pcm, threshold: float) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    return np.flatnonzero((audio > threshold) | (audio < -threshold))


def _timing_doubt(timings: tuple[Timing, ...], words: int, duration: float) -> tuple[str, bool]:
    """What is wrong with an engine's timings, empty when they are good, and whether they can be used."""
    if len(timings) != words:
        return f"The engine timed {len(timings)} words of {words}; its times are not used.", False
    starts, ends = [timing.start for timing in timings], [timing.end for timing in timings]
    if not all(map(isfinite, starts)) or not all(map(isfinite, ends)):
        return "The engine's times are not numbers; they are not used.", False
    if any(map(lt, ends, starts)) or any(map(lt, starts[1:], [end - TIMING_TOLERANCE for end in ends])):
        return "The engine's times are out of order.", True
    if timings and (starts[0] < -TIMING_TOLERANCE or ends[-1] > duration + TIMING_TOLERANCE):
        return "The engine's times lie outside its audio.", True
    return "", True


def _cut(first: int, last: int, timings: tuple[Timing, ...], rate: int, size: int) -> tuple[int, int]:
    """Which samples to keep: what is heard, what is timed close to it, and a margin."""
    margin, quiet = round(MARGIN * rate), round(QUIET_WORD * rate)
    start, end = first - margin, last + margin
    if timings:
        start = min(start, max(round(timings[0].start * rate), first - quiet))
        end = max(end, min(round(timings[-1].end * rate), last + quiet))
    return max(0, start), min(size, end)


def _fade(pcm: Pcm | Series, rate: int) -> None:
    """Fade in and out, in place, with half a cosine; to whole numbers, as they are kept."""
    size = min(round(FADE * rate), len(pcm) // 2)
    ramp = (0.5 - 0.5 * np.cos(np.pi * (np.arange(size) + 0.5) / max(size, 1))).astype(np.float32)
    pcm[:size] = np.rint(pcm[:size] * ramp)
    pcm[len(pcm) - size :] = np.rint(pcm[len(pcm) - size :] * ramp[::-1])


def _in_samples(
    timings: tuple[Timing, ...], rate: int, start: int, size: int
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Starts and ends in samples of the kept audio: inside it, in order, no word over the next."""
    starts, ends, now = [], [], 0
    for timing in timings:
        begin = min(max(round(timing.start * rate) - start, now), size)
        finish = min(max(round(timing.end * rate) - start, begin), size)
        starts.append(begin)
        ends.append(finish)
        now = begin
    for place in range(len(ends) - 1):
        ends[place] = min(ends[place], max(starts[place + 1], starts[place]))
    return tuple(starts), tuple(ends)
