"""A voice memo becomes the sound of an episode: level, peaks, chapters, encoder, all of it streamed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.audio.codec import Codec
from pipeline.audio.ffmpeg import PROTOCOLS, feed_ffmpeg, local
from pipeline.audio.gain import LARGEST_MAKE_UP, target_lufs, voice_gain
from pipeline.audio.limiter import limited
from pipeline.audio.loudness import Meter, integrated, shift, total
from pipeline.errors import AudioError
from pipeline.model import EncodedChapter, Pcm, Stretch
from pipeline.notes.recording import RATE, Survey, sound
from pipeline.settings import AudioSettings

NEAR = 0.3
"""LU that the loudness may be off before the gain is corrected: the limiter takes some."""
TRIES = 3
FADE = 0.02
"""Seconds at both ends."""


@dataclass(frozen=True, slots=True)
class Span:
    """A chapter of the recording."""

    title: str
    first: int
    """Sample of the recording, at ``RATE``."""
    after: int


def master(
    path: Path, survey: Survey, spans: Sequence[Span], audio: AudioSettings, codec: Codec, folder: Path
) -> tuple[list[EncodedChapter], list[Path]]:
    """Encode the chapters, which follow each other without a gap, into files in ``folder``.

    Raises ``AudioError`` when the recording changed meanwhile, or ffmpeg fails.
    """
    codec.check(audio)
    target = target_lufs(audio.loudness)
    first = gain = voice_gain(integrated(survey.loudness), target)
    for _ in range(TRIES):
        made, paths = _encoded(path, spans, audio, codec, folder, gain)
        reached = integrated(total(chapter.loudness for chapter in made))
        if target is None or abs(target - reached) <= NEAR:
            break
        better = round(min(gain + target - reached, first + LARGEST_MAKE_UP), 1)
        if better == gain:
            break
        gain = better
    return made, paths


def _encoded(
    path: Path, spans: Sequence[Span], audio: AudioSettings, codec: Codec, folder: Path, gain_db: float
) -> tuple[list[EncodedChapter], list[Path]]:
    rate = codec.working_rate(RATE)
    assert rate == RATE, "every codec takes this rate"
    raised = _raised(_between(sound(path), spans[0].first, spans[-1].after), spans, gain_db + codec.loss)
    stream = _Stream(limited(raised, RATE, codec.ceiling(audio, RATE)))
    made, paths = [], []
    for index, span in enumerate(spans):
        out = folder / f"{index}{codec.suffix}"
        meter = Meter(RATE)
        size = span.after - span.first
        filled = -(-size // codec.quantum(RATE)) * codec.quantum(RATE)
        source = [*PROTOCOLS, "-f", "s16le", "-ar", str(RATE), "-ac", "1", "-i", "pipe:0"]
        encoding = ["-map_metadata", "-1", *codec.arguments(audio, RATE), local(out)]
        blocks = _filled(_metered(stream.take(size, path), meter), filled)
        feed_ffmpeg([*source, *encoding], blocks, f'encoding the chapter "{span.title}"')
        frames = codec.count_frames(out)
        if frames < codec.frames_needed(filled, RATE):
            raise AudioError(
                f'The encoder lost the end of the chapter "{span.title}": run the command again.'
            )
        heard = shift(meter.loudness(), -codec.loss)
        made.append(
            EncodedChapter(
                index=index,
                title=span.title,
                level=1,
                sample_rate=RATE,
                content_samples=filled,
                frames=frames,
                loudness=heard,
                codec=codec.name,
                stretches=(Stretch(0, size, round(integrated(heard), 1), round(heard.true_peak, 1)),),
            )
        )
        paths.append(out)
    return made, paths


def _between(blocks: Iterable[Pcm], first: int, after: int) -> Iterator[Pcm]:
    """The samples from ``first`` on, up to ``after``."""
    at = 0
    for block in blocks:
        part = block[max(0, first - at) : max(0, after - at)]
        at += len(block)
        if len(part):
            yield part
        if at >= after:
            return


def _raised(blocks: Iterable[Pcm], spans: Sequence[Span], gain_db: float) -> Iterator[NDArray[np.float32]]:
    """After the gain, faded in and out."""
    factor, size, fade = 10 ** (gain_db / 20), spans[-1].after - spans[0].first, round(FADE * RATE)
    at = 0
    for block in blocks:
        samples = block.astype(np.float32) * np.float32(factor)
        if at < fade or at + len(block) > size - fade:
            places = np.arange(at, at + len(block))
            near = np.minimum(np.minimum(places, size - 1 - places), fade) / fade
            samples *= (0.5 - 0.5 * np.cos(np.pi * near)).astype(np.float32)
        at += len(block)
        yield samples


class _Stream:
    """Blocks of samples, taken by number."""

    def __init__(self, blocks: Iterator[Pcm]) -> None:
        self._blocks, self._rest = blocks, np.zeros(0, np.int16)

    def take(self, size: int, path: Path) -> Iterator[Pcm]:
        """The next ``size`` samples."""
        while size:
            if not len(self._rest):
                block = next(self._blocks, None)
                if block is None:
                    raise AudioError(f"{path.name} became shorter while it was read: run the command again.")
                self._rest = block
            part, self._rest = self._rest[:size], self._rest[size:]
            size -= len(part)
            yield part


def _metered(blocks: Iterable[Pcm], meter: Meter) -> Iterator[Pcm]:
    for block in blocks:
        meter.feed(block)
        yield block


def _filled(blocks: Iterable[Pcm], size: int) -> Iterator[Pcm]:
    """Zeros up to ``size``."""
    for block in blocks:
        size -= len(block)
        yield block
    yield np.zeros(size, np.int16)


__all__ = ["Span", "master"]
