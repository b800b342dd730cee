"""Music as it is kept and played: decoded once, measured once, and read block by block wherever it is heard."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.audio.ffmpeg import decode
from pipeline.audio.loudness import Meter, integrated
from pipeline.audio.mix import Samples
from pipeline.audio.wav import open_wav, write_wav
from pipeline.errors import AudioError
from pipeline.limits import MUSIC_BYTES, MUSIC_SECONDS
from pipeline.model import SILENCE, Pcm

MUSIC_RATE = 48000
"""Hz at which music is kept: no less than any codec takes."""
SHORTEST = 0.25
"""Seconds of music that can be faded in and out."""
CROSSFADE = 2.0
"""Seconds over which music that goes on for longer than it is long goes over into its own beginning; a quarter of it
where that is less."""
FORMATS = ("aac", "aiff", "caf", "flac", "matroska", "mov", "mp3", "ogg", "w64", "wav", "wv")
"""What music is read from, as ffmpeg names it: no playlists, which name other files."""
_BLOCK = 1 << 15


@dataclass(frozen=True, slots=True)
class Track:
    """A piece of music that is kept: mono, 16 bits, at ``MUSIC_RATE``."""

    samples: int
    lufs: float
    """Integrated, as ITU-R BS.1770 measures it."""
    true_peak: float
    """dBTP."""

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.samples / MUSIC_RATE


def check_music(source: Path) -> None:
    """Raise ``AudioError`` for what cannot be read as music whatever is in it."""
    try:
        size = source.stat().st_size if source.is_file() else None
    except OSError as error:
        raise AudioError(
            f"The music {source} cannot be read ({error.strerror}): name another file."
        ) from error
    if size is None:
        raise AudioError(f"The music {source} is not there, or no file: name an audio file.")
    if size > MUSIC_BYTES:
        raise AudioError(f"The music {source} has more than {MUSIC_BYTES >> 20} MiB: name a smaller file.")


def keep_music(source: Path, out: Path) -> Track:
    """Write the music in ``source``, any audio file, to ``out`` as WAV, and say what it is.

    Its channels are averaged. No more than a block of it is in memory. Raises ``AudioError`` for what is no music,
    is too long, too short, or silent.
    """
    check_music(source)
    meter, count = Meter(MUSIC_RATE), 0

    def blocks() -> Iterator[Pcm]:
        nonlocal count
        for block in decode(source, MUSIC_RATE, formats=FORMATS, seconds=MUSIC_SECONDS + 1):
            count += len(block)
            if count > MUSIC_SECONDS * MUSIC_RATE:
                raise AudioError(
                    f"The music {source} is longer than {MUSIC_SECONDS // 60} minutes: cut it, it is repeated."
                )
            meter.feed(block)
            yield block

    write_wav(out, MUSIC_RATE, blocks())
    if count < SHORTEST * MUSIC_RATE:
        raise AudioError(
            f"The music {source} has {count / MUSIC_RATE:.2f} seconds of sound: name one of {SHORTEST} or more."
        )
    loudness = meter.loudness()
    if (lufs := integrated(loudness)) <= SILENCE:
        raise AudioError(f"Nothing is heard in the music {source}: name another file.")
    return Track(count, round(lufs, 2), round(loudness.true_peak, 2))


def played(path: Path, rate: int, begin: float = 0.0, *, repeated: bool = False) -> Iterator[Samples]:
    """Yield kept music at ``rate`` Hz, in 16-bit units, from ``begin`` on (0 to 1: a share of it).

    ``repeated`` music never ends, however short it is. Raises ``AudioError`` when the file is damaged.
    """
    import soxr

    kept, pcm = open_wav(path)
    pcm = np.asarray(pcm)
    blocks = _round_and_round(pcm, begin) if repeated else _once(pcm, int(begin * len(pcm)))
    if kept == rate:
        yield from blocks
        return
    stream = soxr.ResampleStream(kept, rate, 1, dtype="float32")
    for block in blocks:
        if len(made := stream.resample_chunk(block)):
            yield made
    if len(made := stream.resample_chunk(np.zeros(0, np.float32), last=True)):
        yield made


def _once(pcm: Pcm, begin: int) -> Iterator[Samples]:
    for start in range(begin, len(pcm), _BLOCK):
        yield pcm[start : start + _BLOCK].astype(np.float32)


def _round_and_round(pcm: Pcm, begin: float) -> Iterator[Samples]:
    """The music over and over; its end goes over into its beginning, both together as loud as one."""
    overlap = min(round(CROSSFADE * MUSIC_RATE), len(pcm) // 4)
    period = len(pcm) - overlap
    angle = (np.arange(overlap, dtype=np.float32) + 0.5) * np.float32(np.pi / 2 / max(overlap, 1))
    now, first = int(begin * period), True
    while True:
        while now < period:
            size = min(_BLOCK, period - now)
            block = pcm[now : now + size].astype(np.float32)
            if not first and now < overlap:
                both = min(size, overlap - now)
                block[:both] *= np.sin(angle[now : now + both])
                tail = pcm[period + now : period + now + both].astype(np.float32)
                block[:both] += tail * np.cos(angle[now : now + both])
            yield block
            now += size
        now, first = 0, False


__all__ = ["CROSSFADE", "FORMATS", "MUSIC_RATE", "SHORTEST", "Track", "check_music", "keep_music", "played"]
