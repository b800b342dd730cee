"""Is it audio at all? Rate, type, zeros, clipping, offset."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pipeline.check.sound import Samples, Sound
from pipeline.errors import TakeRefused
from pipeline.model import Chunk, Doubt, Pcm, Take

SILENT_PEAK = 10 ** (-50 / 20)
"""Of full scale: speech whose loudest sample is below -50 dBFS is no speech."""
CLIPPED_SHARE = (0.002, 0.1)
"""Share of samples at full scale from which on a take is doubted, and refused."""
OFFSET_SHARE = (0.02, 0.25)
"""Mean of the samples as a share of full scale (DC), likewise."""
RATES = (4000, 192000)
"""Hz."""


def usable(take: Take, chunk: Chunk, rate: int | None = None) -> Pcm:
    """The take's audio, if that is what an engine has to give; ``rate`` is the voice's. Raises ``TakeRefused``."""
    audio: object = take.audio  # engines come from third parties: nothing is taken for granted
    if not isinstance(audio, np.ndarray) or audio.ndim != 1:
        raise refused("no-audio", chunk, "the engine returned something that is no mono audio")
    if audio.dtype.kind == "f" and not np.isfinite(audio).all():
        raise refused("nan", chunk, "the engine returned samples that are not numbers (NaN)")
    if audio.dtype != np.int16:
        raise refused("no-audio", chunk, f"the engine returned {audio.dtype} samples instead of 16-bit ones")
    if not RATES[0] <= take.sample_rate <= RATES[1]:
        raise refused("rate", chunk, f"the engine names a sample rate of {take.sample_rate} Hz")
    if rate is not None and take.sample_rate != rate:
        raise refused(
            "rate", chunk, f"the engine spoke at {take.sample_rate} Hz, and the voice has {rate} Hz"
        )
    if not len(audio):
        raise refused("no-audio", chunk, "the engine returned no audio")
    return audio


def check_samples(sound: Sound) -> Iterator[Doubt]:
    """Zeros, near silence, clipping, offset."""
    samples = sound.samples
    peak = max(-samples.low, samples.high) / 32768
    if peak < SILENT_PEAK:
        found = f"near silence ({20 * np.log10(peak):.0f} dBFS)" if peak else "nothing but zeros"
        yield Doubt("silence", f"The engine returned {found}.")
        return
    clipped = _clipped_share(samples)
    if clipped > CLIPPED_SHARE[0]:
        yield Doubt(
            "distorted" if clipped > CLIPPED_SHARE[1] else "clipping",
            f"{clipped:.1%} of the samples are clipped.",
        )
    offset = abs(sound.mean) / 32768
    if offset > OFFSET_SHARE[0]:
        yield Doubt(
            "offset-large" if offset > OFFSET_SHARE[1] else "offset",
            f"The samples have an offset of {offset:.1%} of full scale.",
        )


def refused(fault: str, chunk: Chunk, why: str) -> TakeRefused:
    """The error for a take that cannot be what its chunk says; ``why`` is the end of a sentence."""
    text = chunk.text
    quoted = text if len(text) <= 60 else text[:57].rstrip() + "..."
    return TakeRefused(f'The voice {chunk.voice} failed on "{quoted}": {why}.', fault)


def _clipped_share(samples: Samples) -> float:
    audio = samples.audio
    if samples.high < 32767 and samples.low > -32767:
        return 0.0
    return int(np.count_nonzero((audio >= 32767) | (audio <= -32767))) / len(audio)
