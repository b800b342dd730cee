"""A chapter from its takes: gain, limiter, pauses, encoder. Only the takes that sound together are in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from pipeline.audio.codec import Codec
from pipeline.audio.ffmpeg import PROTOCOLS, feed_ffmpeg, local
from pipeline.audio.gain import level, leveled_loudness
from pipeline.audio.layout import Layout, Part, lay_out, rescaled
from pipeline.audio.limiter import limited
from pipeline.audio.loudness import Meter, add, integrated, shift
from pipeline.audio.mix import mix
from pipeline.audio.score import Score, accompanied, cues_of, speech_start
from pipeline.audio.wav import open_wav
from pipeline.errors import AudioError
from pipeline.model import ChapterScript, EncodedChapter, Loudness, Pcm, PreparedTake, Segment, Stretch
from pipeline.settings import AudioSettings, PauseSettings

_SILENCE = np.zeros(1 << 16, np.int16)
_SILENCE.flags.writeable = False


@dataclass(slots=True)
class Tally:
    """What ``render_pcm`` counted and measured on its way."""

    samples: int = 0
    loudness: Loudness = field(default_factory=Loudness)
    stretches: list[Stretch] = field(default_factory=list)


def master_chapter(
    script: ChapterScript,
    parts: Sequence[Part],
    audio: AudioSettings,
    pauses: PauseSettings,
    codec: Codec,
    out: Path,
    sample_rate: int,
    score: Score | None = None,
) -> tuple[EncodedChapter, tuple[Segment, ...]]:
    """Encode a chapter to ``out`` and say where each of its words is.

    ``parts`` are one for each chunk of the script, in order. ``sample_rate`` is that of the samples given to
    the encoder and of all times returned. Takes at other rates are resampled. ``score`` is its music. Raises
    ``AudioError`` when a take's file is not what its description says, or ffmpeg fails; ``out`` is then incomplete.
    """
    codec.check(audio)
    _check_parts(script, parts)
    if sample_rate not in codec.rates:
        raise AudioError(f"{codec.name} has no sample rate of {sample_rate} Hz; use one of {codec.rates}.")
    tally = Tally()
    blocks = render_pcm(parts, audio, pauses, codec, sample_rate, tally, score)
    source = [*PROTOCOLS, "-f", "s16le", "-ar", str(sample_rate), "-ac", "1", "-i", "pipe:0"]
    encoding = ["-map_metadata", "-1", *codec.arguments(audio, sample_rate), local(out)]
    feed_ffmpeg([*source, *encoding], blocks, f'encoding the chapter "{script.title}"')

    frames = codec.count_frames(out)
    if frames < codec.frames_needed(tally.samples, sample_rate):
        raise AudioError(f'The encoder lost the end of the chapter "{script.title}"; encode it again.')
    chapter = EncodedChapter(
        index=script.index,
        title=script.title,
        level=script.level,
        sample_rate=sample_rate,
        content_samples=tally.samples,
        frames=frames,
        loudness=tally.loudness,
        codec=codec.name,
        stretches=tuple(tally.stretches),
    )
    return chapter, segments_of(parts, pauses, sample_rate, score)


def render_pcm(
    parts: Sequence[Part],
    audio: AudioSettings,
    pauses: PauseSettings,
    codec: Codec,
    sample_rate: int,
    tally: Tally,
    score: Score | None = None,
) -> Iterator[Pcm]:
    """Yield a chapter's samples at ``sample_rate``: pause, take, pause, take, pause, up to a whole frame.

    Takes that enter early are heard over those before them, and music as ``score`` says. Fills in ``tally``. The
    true peak is kept to ``audio.true_peak`` less the codec's headroom, also of what sounds together.
    """
    layout = _layout(parts, pauses, sample_rate, score)
    ceiling = codec.ceiling(audio, sample_rate)
    takes = _takes(parts, layout, codec, sample_rate, ceiling, tally)
    if score or layout.overlaps:
        cues, end = cues_of(score, layout, sample_rate) if score else ([], layout.end)
        spots = [layout.spots[place] for place in layout.order]
        together = accompanied(mix(spots, takes, end, sample_rate), cues, sample_rate)
        blocks = _metered(limited(together, sample_rate, ceiling), codec, sample_rate, tally)
    else:
        blocks = _sequence(layout, takes)
    for block in blocks:
        tally.samples += len(block)
        yield block
    missing = -tally.samples % codec.quantum(sample_rate)
    tally.samples += missing
    yield from _silence(missing)


def segments_of(
    parts: Sequence[Part], pauses: PauseSettings, sample_rate: int, score: Score | None = None
) -> tuple[Segment, ...]:
    """One segment for each sentence, with its words' times in samples from the start of the content."""
    segments = []
    layout = _layout(parts, pauses, sample_rate, score)
    for part, spot in zip(parts, layout.spots, strict=True):
        rate = part.take.sample_rate
        starts = [spot.begin + rescaled(start, rate, sample_rate) for start in part.take.starts]
        ends = [spot.begin + rescaled(end, rate, sample_rate) for end in part.take.ends]
        place, doubtful = 0, words_in_doubt(part.take, len(part.chunk.words))
        for sentence in part.chunk.sentences:
            after = place + len(sentence.words)
            inside = [word - place for word in range(place, after) if word in doubtful]
            segments.append(
                Segment(
                    text=sentence.text,
                    voice=part.take.voice or part.chunk.voice,
                    words=sentence.words,
                    starts=tuple(starts[place:after]),
                    ends=tuple(ends[place:after]),
                    doubt=bool(inside),
                    doubtful=tuple(inside) if len(inside) < len(sentence.words) else (),
                    kind=part.chunk.kind,
                    begins=sentence.begins,
                    language=part.chunk.language,
                    timed_by=part.take.timing_source,
                    speaker=part.chunk.speaker,
                )
            )
            place = after
    return tuple(segments)


def words_in_doubt(take: PreparedTake, words: int) -> frozenset[int]:
    """The places of the words, of so many, that the take's doubts are about."""
    spans = [doubt.words or (0, words) for doubt in take.doubts]
    return frozenset(place for first, after in spans for place in range(max(0, first), min(after, words)))


def _layout(parts: Sequence[Part], pauses: PauseSettings, sample_rate: int, score: Score | None) -> Layout:
    return lay_out(parts, speech_start(score, pauses.chapter_start, sample_rate), sample_rate)


def _takes(
    parts: Sequence[Part], layout: Layout, codec: Codec, sample_rate: int, ceiling: float, tally: Tally
) -> Iterator[Pcm]:
    """The takes' samples as they begin to sound; ``tally`` gets how loud each is by itself."""
    for place in layout.order:
        part, spot = parts[place], layout.spots[place]
        pcm, loudness = _mastered(part, part.gain_db + codec.loss, sample_rate, ceiling)
        heard = shift(loudness, -codec.loss)
        tally.loudness = add(tally.loudness, heard)
        lufs, peak = round(integrated(heard), 1), round(heard.true_peak, 1)
        tally.stretches.append(Stretch(spot.begin, len(pcm), lufs, peak))
        yield pcm


def _sequence(layout: Layout, takes: Iterator[Pcm]) -> Iterator[Pcm]:
    """The takes of a chapter in which nobody speaks over another."""
    now = 0
    for spot, pcm in zip(layout.spots, takes, strict=True):
        yield from _silence(spot.begin - now)
        yield pcm
        now = spot.end
    yield from _silence(layout.end - now)


def _metered(blocks: Iterable[Pcm], codec: Codec, sample_rate: int, tally: Tally) -> Iterator[Pcm]:
    """``blocks``, of which ``tally`` gets the loudness: that of a mix is not the sum of its parts."""
    meter = Meter(sample_rate)
    for block in blocks:
        meter.feed(block)
        yield block
    tally.loudness = shift(meter.loudness(), -codec.loss)


def _mastered(part: Part, gain_db: float, sample_rate: int, ceiling: float) -> tuple[Pcm, Loudness]:
    """A take's samples at the chapter's rate and level, and their loudness."""
    take = part.take
    rate, pcm = open_wav(part.path)
    if (rate, len(pcm)) != (take.sample_rate, take.samples):
        raise AudioError(
            f"The take {part.path.name} has {len(pcm)} samples at {rate} Hz instead of {take.samples} at "
            f"{take.sample_rate}; it has to be spoken again."
        )
    if rate != sample_rate:
        pcm = resample(pcm, rate, sample_rate)
    leveled, change = level(pcm, sample_rate, take.loudness.true_peak, gain_db, ceiling)
    return leveled, leveled_loudness(take.loudness, gain_db, change, ceiling)


def resample(pcm: Pcm, rate: int, wanted: int) -> Pcm:
    """``pcm`` at ``wanted`` Hz; its length is exactly the old one times ``wanted / rate``, rounded."""
    import soxr

    size = rescaled(len(pcm), rate, wanted)
    made: Pcm = soxr.resample(np.asarray(pcm), rate, wanted)
    return np.pad(made[:size], (0, max(0, size - len(made))))


def _check_parts(script: ChapterScript, parts: Sequence[Part]) -> None:
    if [part.chunk for part in parts] != list(script.chunks):
        raise AudioError(f'The takes of the chapter "{script.title}" are not those of its script.')
    for part in parts:
        count = len(part.chunk.words)
        if (len(part.take.starts), len(part.take.ends)) != (count, count):
            raise AudioError(f"The take {part.path.name} does not time the {count} words of its chunk.")


def _silence(samples: int) -> Iterator[Pcm]:
    while samples > 0:
        block = _SILENCE[: min(samples, len(_SILENCE))]
        samples -= len(block)
        yield block


__all__ = [
    "Part",
    "Tally",
    "master_chapter",
    "render_pcm",
    "resample",
    "segments_of",
    "words_in_doubt",
]
