"""Voices that are heard together: where the script says, under the ceiling, and timed as they sound."""

from __future__ import annotations

import tracemalloc
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pipeline.audio.codec import CODECS
from pipeline.audio.ffmpeg import decode
from pipeline.audio.layout import LEAST_APART, lay_out
from pipeline.audio.loudness import integrated, measure
from pipeline.audio.master import Part, Tally, master_chapter, render_pcm, segments_of
from pipeline.audio.mix import ASIDE_DB, INTERRUPTED_DB
from pipeline.audio.prepare import prepare
from pipeline.audio.truepeak import true_peak
from pipeline.audio.wav import wav_bytes
from pipeline.model import BlockKind, ChapterScript, Chunk, Pcm, Sentence, Take, Timing, Word
from pipeline.settings import AudioSettings, PauseSettings

PAUSES = PauseSettings()
RATE = 22050
AUDIO = AudioSettings()


def part(
    folder: Path,
    index: int,
    who: str,
    hertz: float,
    seconds: Sequence[float],
    *,
    enters: float = 0.0,
    rate: int = RATE,
    level: float = 6000,
    gain: float = 0.0,
) -> Part:
    """A take whose words are tones of ``hertz``, so many ``seconds`` each, 0.1 s apart."""
    timings, pieces, now = [], [np.zeros(round(0.2 * rate))], 0.2
    for length in seconds:
        time = np.arange(round(length * rate)) / rate
        pieces += [level * np.sin(2 * np.pi * hertz * time), np.zeros(round(0.1 * rate))]
        timings.append(Timing(now, now + length))
        now += length + 0.1
    take = Take(np.rint(np.concatenate(pieces)).astype(np.int16), rate, tuple(timings))
    words = tuple(Word(f"{who}{number}", "word") for number in range(len(seconds)))
    chunk = Chunk(
        index, (Sentence(words),), BlockKind.PARAGRAPH, f"tone:{who}", "en", 0.6, who, enters=enters
    )
    pcm, prepared = prepare(take, chunk)
    path = folder / f"{index}-{who}.wav"
    path.write_bytes(wav_bytes(pcm, rate))
    return Part(chunk, prepared, path, gain)


def rendered(parts: Sequence[Part]) -> tuple[Pcm, Tally]:
    tally = Tally()
    blocks = list(render_pcm(parts, AUDIO, PAUSES, CODECS["aac"], RATE, tally))
    return np.concatenate(blocks), tally


def loud_spans(pcm: Pcm, hertz: float, rate: int = RATE) -> list[tuple[float, float]]:
    """When a tone is heard, in seconds, to a few milliseconds: its envelope over half of what it is at most."""
    time = np.arange(len(pcm)) / rate
    window = np.hanning(round(0.02 * rate))
    turned = np.convolve(pcm * np.exp(-2j * np.pi * hertz * time), window / window.sum(), "same")
    envelope = np.abs(turned)
    on = envelope > envelope.max() / 4
    edges = np.flatnonzero(np.diff(np.concatenate(([False], on, [False])).astype(int)))
    return [(begin / rate, end / rate) for begin, end in zip(edges[::2], edges[1::2], strict=True)]


@pytest.mark.parametrize("name", CODECS)
def test_a_second_voice_enters_where_the_script_says(name: str, tmp_path: Path) -> None:
    codec = CODECS[name]
    parts = [
        part(tmp_path, 0, "a", 500, [0.8, 1.2]),
        part(tmp_path, 1, "b", 1300, [0.9, 0.6], enters=0.45, rate=16000),
        part(tmp_path, 2, "a", 500, [0.5]),
    ]
    out = tmp_path / f"chapter{codec.suffix}"
    script = ChapterScript(0, "Talk", 1, tuple(one.chunk for one in parts))
    _, segments = master_chapter(script, parts, AUDIO, PAUSES, codec, out, RATE)
    heard = np.concatenate(list(decode(out, RATE)))[codec.content_offset * RATE // codec.output_rate(RATE) :]

    low, high = loud_spans(heard, 500), loud_spans(heard, 1300)
    assert (len(low), len(high)) == (3, 2)
    assert low[1][1] - high[0][0] == pytest.approx(0.45, abs=0.012)
    told = [
        (start / RATE, end / RATE)
        for one in segments
        for start, end in zip(one.starts, one.ends, strict=True)
    ]
    for (start, end), (begins, ends) in zip(told, [*low[:2], *high, low[2]], strict=True):
        assert begins == pytest.approx(start, abs=0.012)
        assert ends == pytest.approx(end, abs=0.012)
    assert told[4][0] - told[3][1] == pytest.approx(0.6, abs=0.04)  # who comes next waits for the later end
    assert [one.speaker for one in segments] == ["a", "b", "a"]


def test_a_reaction_lies_inside_and_is_lower_and_the_next_waits_for_the_one_who_speaks_on(
    tmp_path: Path,
) -> None:
    parts = [
        part(tmp_path, 0, "a", 500, [3.0]),
        part(tmp_path, 1, "b", 1300, [0.3], enters=2.0),
        part(tmp_path, 2, "b", 1300, [0.5]),
    ]
    pcm, _ = rendered(parts)
    (said,), (reaction, after) = loud_spans(pcm, 500), loud_spans(pcm, 1300)
    assert said[0] < reaction[0] < reaction[1] < said[1] - 1.5
    assert said[1] - reaction[0] == pytest.approx(2.0, abs=0.012)
    assert after[0] - said[1] == pytest.approx(0.6 + 2 * 0.015, abs=0.012)

    def level(start: float, end: float, hertz: float) -> float:
        piece = pcm[round(start * RATE) : round(end * RATE)]
        turn = np.exp(-2j * np.pi * hertz * np.arange(len(piece)) / RATE)
        return float(20 * np.log10(abs(np.mean(piece * turn))))

    full = level(after[0] + 0.1, after[0] + 0.4, 1300)
    assert level(reaction[0] + 0.05, reaction[1] - 0.05, 1300) - full == pytest.approx(ASIDE_DB, abs=0.2)
    before, during = level(said[0] + 0.1, said[0] + 0.5, 500), level(*reaction, 500)
    assert during == pytest.approx(before, abs=0.2)  # who speaks on is not turned down


def test_who_is_interrupted_is_turned_down_and_nothing_clicks(tmp_path: Path) -> None:
    parts = [
        part(tmp_path, 0, "a", 500, [2.0]),
        part(tmp_path, 1, "b", 1300, [1.5], enters=0.8),
    ]
    pcm, _ = rendered(parts)
    spans = loud_spans(pcm, 1300)
    turn = np.exp(-2j * np.pi * 500 * np.arange(len(pcm)) / RATE)
    at = round(spans[0][0] * RATE)

    def level(start: int, end: int) -> float:
        return float(20 * np.log10(abs(np.mean(pcm[start:end] * turn[start:end]))))

    assert level(at + 6000, at + 12000) - level(at - 8000, at - 2000) == pytest.approx(
        INTERRUPTED_DB, abs=0.3
    )
    steepest = 6000 * 2 * np.pi * (500 + 1300) / RATE
    assert np.abs(np.diff(pcm.astype(int))).max() < steepest


@pytest.mark.parametrize("name", CODECS)
def test_what_sounds_together_keeps_under_the_ceiling(name: str, tmp_path: Path) -> None:
    codec = CODECS[name]
    parts = [
        part(tmp_path, 0, "a", 441, [2.0], level=20000, gain=6.0),
        part(tmp_path, 1, "b", 447, [2.0], enters=1.5, level=20000, gain=6.0),
        part(tmp_path, 2, "c", 450, [2.5], enters=1.9, level=20000, gain=6.0),
    ]
    out = tmp_path / f"chapter{codec.suffix}"
    script = ChapterScript(0, "Talk", 1, tuple(one.chunk for one in parts))
    chapter, _ = master_chapter(script, parts, AUDIO, PAUSES, codec, out, RATE)
    heard = np.concatenate(list(decode(out, RATE)))
    assert true_peak(heard) <= AUDIO.true_peak
    assert true_peak(heard) > AUDIO.true_peak - 4
    assert chapter.loudness.true_peak <= AUDIO.true_peak
    sent = np.concatenate(list(render_pcm(parts, AUDIO, PAUSES, codec, RATE, Tally())))
    meter = integrated(measure(sent, RATE, between_silences=False)) - codec.loss
    assert integrated(chapter.loudness) == pytest.approx(meter, abs=0.1)


def test_nobody_begins_before_the_one_before_nor_over_their_own_words(tmp_path: Path) -> None:
    parts = [
        part(tmp_path, 0, "a", 500, [1.0], enters=9.0),  # the first has nothing to enter over
        part(tmp_path, 1, "b", 700, [1.0], enters=30.0),
        part(tmp_path, 2, "b", 700, [0.5], enters=0.4),
        part(tmp_path, 3, "a", 500, [0.2], enters=0.01),
    ]
    layout = lay_out(parts, 1000, RATE)
    begins = [spot.begin for spot in layout.spots]
    assert begins[0] == 1000
    assert begins[1] == 1000 + round(LEAST_APART * RATE)
    assert begins[2] == layout.spots[1].end  # of the same voice
    assert layout.order == [0, 1, 2, 3]
    assert layout.end == layout.spots[3].end + round(0.6 * RATE)
    segments = segments_of(parts, replace(PAUSES, chapter_start=1000 / RATE), RATE)
    assert [one.starts[0] - spot.begin for one, spot in zip(segments, layout.spots, strict=True)] == [
        one.take.starts[0] for one in parts
    ]


def test_a_reaction_may_lie_anywhere_in_a_line_of_several_chunks(tmp_path: Path) -> None:
    parts = [
        part(tmp_path, 0, "a", 500, [2.0]),
        part(tmp_path, 1, "a", 500, [2.0]),
        part(tmp_path, 2, "b", 1300, [0.3], enters=3.5),
        part(tmp_path, 3, "b", 1300, [2.5], enters=2.2),
    ]
    pcm, tally = rendered(parts)
    line, (reaction, over) = loud_spans(pcm, 500), loud_spans(pcm, 1300)
    end = line[-1][1]
    assert end - reaction[0] == pytest.approx(3.5, abs=0.012)
    assert line[0][0] < reaction[0] < reaction[1] < line[0][1]
    assert end - over[0] == pytest.approx(2.2, abs=0.012)
    told = segments_of(parts, PAUSES, RATE)
    assert [one.starts[0] / RATE for one in told] == [
        pytest.approx(begin, abs=0.012) for begin, _ in (line[0], line[1], reaction, over)
    ]
    layout = lay_out(parts, round(PAUSES.chapter_start * RATE), RATE)
    assert [spot.aside for spot in layout.spots] == [False, False, True, False]
    assert layout.spots[0].interrupted is None
    assert layout.spots[1].interrupted == 0  # somebody else has begun in the pause before it
    assert [one.start for one in tally.stretches] == sorted(spot.begin for spot in layout.spots)


def test_memory_does_not_grow_with_a_chapter_of_interruptions(tmp_path: Path) -> None:
    one, two = (
        part(tmp_path, 0, "a", 500, [1.0, 1.0], enters=0.3),
        part(tmp_path, 1, "b", 700, [1.0, 1.0], enters=0.3),
    )

    def peak(repeats: int) -> int:
        tracemalloc.start()
        for _ in render_pcm([one, two] * repeats, AUDIO, PAUSES, CODECS["aac"], RATE, Tally()):
            pass
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest

    peak(1)
    assert peak(16) < 1.1 * peak(4) + 100_000
