"""A voice memo becomes the sound of an episode: level, peaks, chapters, encoder, all of it streamed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from pipeline.audio.codec import Codec
from pipeline.audio.ffmpeg import PROTOCOLS, feed_ffmpeg, local
from pipeline.audio.gain import LARGEST_MAKE_UP, target_lufs, voice_gain
from pipeline.audio.layout import Layout, Spot, samples_of
from pipeline.audio.limiter import limited
from pipeline.audio.loudness import Meter, integrated, shift, total
from pipeline.audio.mix import Samples
from pipeline.audio.score import Cue, Score, accompanied, cues_of, speech_start
from pipeline.errors import AudioError
from pipeline.model import EncodedChapter, Pcm, Stretch
from pipeline.notes.recording import LEAD, RATE, TAIL, Survey, sound
from pipeline.settings import AudioSettings

Kind = TypeVar("Kind", bound=np.generic)

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


@dataclass(frozen=True, slots=True)
class Accompanied:
    """A chapter that has music."""

    score: Score
    said: tuple[tuple[int, int], ...]
    """From where to where each of its words sounds, in samples from the start of its span, ascending."""


def lead_in(music: Accompanied | None) -> int:
    """Samples at ``RATE`` by which all of a chapter is heard later for its music: the intro comes first."""
    return speech_start(music.score, 0.0, RATE) if music else 0


def master(
    path: Path,
    survey: Survey,
    spans: Sequence[Span],
    audio: AudioSettings,
    codec: Codec,
    folder: Path,
    music: Sequence[Accompanied | None] = (),
) -> tuple[list[EncodedChapter], list[Path]]:
    """Encode the chapters, which follow each other without a gap, into files in ``folder``.

    ``music`` is that of each chapter, or none of any.
    Raises ``AudioError`` when the recording changed meanwhile, or ffmpeg fails.
    """
    codec.check(audio)
    target = target_lufs(audio.loudness)
    first = gain = voice_gain(integrated(survey.loudness), target)
    for _ in range(TRIES):
        made, paths = _encoded(path, _chapters(spans, music), audio, codec, folder, gain)
        reached = integrated(total(chapter.loudness for chapter in made))
        if target is None or abs(target - reached) <= NEAR:
            break
        better = gain + target - reached
        better = round(min(max(better, first - LARGEST_MAKE_UP), first + LARGEST_MAKE_UP), 1)
        if better == gain:
            break
        gain = better
    return made, paths


@dataclass(frozen=True, slots=True)
class _Chapter:
    """A chapter as it is heard."""

    span: Span
    before: int
    """Samples before the recording is heard in it."""
    size: int
    """Samples of it all."""
    cues: tuple[Cue, ...] = ()


def _chapters(spans: Sequence[Span], music: Sequence[Accompanied | None]) -> Iterator[_Chapter]:
    for span, one in zip_longest(spans, music):
        before, recorded = lead_in(one), span.after - span.first
        if one is None:
            yield _Chapter(span, before, recorded)
            continue
        cues, size = cues_of(one.score, _layout(one, before, recorded), RATE)
        yield _Chapter(span, before, size, tuple(cues))


def _layout(music: Accompanied, before: int, recorded: int) -> Layout:
    """Where somebody speaks.

    All that is heard before the first word counts as speech where an intro plays, and all after the last one where an
    outro does: a filler is not in the text.
    """
    first, last = music.said[0][0], music.said[-1][1]
    begin = 0 if music.score.intro else max(0, first - samples_of(LEAD, RATE))
    end = recorded if music.score.outro else min(recorded, last + samples_of(TAIL, RATE))
    begins = [begin, *(one for one, _ in music.said[1:])]
    ends = [*(one for _, one in music.said[:-1]), end]
    spots = tuple(
        Spot(before + start, max(0, stop - start)) for start, stop in zip(begins, ends, strict=True)
    )
    return Layout(spots, before + first, before + last, before + recorded)


def _encoded(
    path: Path, chapters: Iterable[_Chapter], audio: AudioSettings, codec: Codec, folder: Path, gain_db: float
) -> tuple[list[EncodedChapter], list[Path]]:
    rate = codec.working_rate(RATE)
    assert rate == RATE, "every codec takes this rate"
    every = list(chapters)
    spans = [chapter.span for chapter in every]
    raised = _raised(_between(sound(path), spans[0].first, spans[-1].after), spans, gain_db + codec.loss)
    stream = _Stream(limited(_mixed(every, _Stream(raised), path), RATE, codec.ceiling(audio, RATE)))
    made, paths = [], []
    for index, (span, chapter) in enumerate(zip(spans, every, strict=True)):
        out = folder / f"{index}{codec.suffix}"
        meter = Meter(RATE)
        size = chapter.size
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


def _mixed(chapters: Sequence[_Chapter], raised: _Stream[np.float32], path: Path) -> Iterator[Samples]:
    """The recording with the music of each chapter."""
    for chapter in chapters:
        recorded = chapter.span.after - chapter.span.first
        pieces = raised.take(recorded, path)
        if not chapter.cues:
            yield from pieces
            continue
        after = chapter.size - chapter.before - recorded
        yield from accompanied(chain(_silence(chapter.before), pieces, _silence(after)), chapter.cues, RATE)


def _silence(samples: int) -> Iterator[Samples]:
    yield np.zeros(samples, np.float32)


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


class _Stream(Generic[Kind]):
    """Blocks of samples, taken by number."""

    def __init__(self, blocks: Iterator[NDArray[Kind]]) -> None:
        self._blocks = blocks
        self._rest: NDArray[Kind] | None = None

    def take(self, size: int, path: Path) -> Iterator[NDArray[Kind]]:
        """The next ``size`` samples."""
        while size:
            block = next(self._blocks, None) if self._rest is None else self._rest
            if block is None:
                raise AudioError(f"{path.name} became shorter while it was read: run the command again.")
            part = block[:size]
            self._rest = block[size:] if len(block) > size else None
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


__all__ = ["Accompanied", "Span", "lead_in", "master"]
