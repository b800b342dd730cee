"""A chapter from takes to an encoded file: every word in its place, at the level that was asked for."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pipeline.audio.codec import CODECS
from pipeline.audio.ffmpeg import decode
from pipeline.audio.master import Part, Tally, master_chapter, render_pcm
from pipeline.audio.prepare import prepare
from pipeline.audio.wav import wav_bytes
from pipeline.errors import AudioError
from pipeline.model import Begins, BlockKind, ChapterScript, Chunk, Pcm, Sentence, Take, Timing, Word
from pipeline.settings import AudioSettings, PauseSettings

PAUSES = PauseSettings()
TONES = (300, 500, 800)
"""Hz: each word of a take is a tone, so that it can be told which word is heard."""


def tones(rate: int, level: float = 6000) -> Take:
    """Three words of 0.4 s, 0.1 s apart, in a recording with silence at its ends."""
    pcm = np.zeros(2 * rate)
    timings = []
    for place, frequency in enumerate(TONES):
        start = 0.3 + 0.5 * place
        time = np.arange(round(start * rate), round((start + 0.4) * rate))
        pcm[time] = level * np.sin(2 * np.pi * frequency * time / rate)
        timings.append(Timing(start, start + 0.4))
    return Take(np.rint(pcm).astype(np.int16), rate, tuple(timings))


def parts_of(rates: list[int], folder: Path, gain: float = 0.0, level: float = 6000) -> list[Part]:
    parts = []
    for index, rate in enumerate(rates):
        low, high = (Word("low", "low"), Word("mid", "mid")), (Word("high", "high"),)
        sentences = (Sentence(low, Begins.BLOCK), Sentence(high, Begins.LINE))
        pause = PAUSES.chapter_end if index == len(rates) - 1 else PAUSES.paragraph
        chunk = Chunk(index, sentences, BlockKind.VERSE, "tone:a", "en", pause)
        pcm, prepared = prepare(tones(rate, level), chunk)
        path = folder / f"take{index}-{rate}-{level}.wav"
        path.write_bytes(wav_bytes(pcm, rate))
        parts.append(Part(chunk, prepared, path, gain))
    return parts


def script_of(parts: list[Part]) -> ChapterScript:
    return ChapterScript(0, "One", 1, tuple(part.chunk for part in parts))


def pitch(pcm: Pcm, rate: int) -> float:
    spectrum = np.abs(np.fft.rfft(pcm * np.hanning(len(pcm)), rate))
    return float(np.argmax(spectrum)) * rate / rate


@pytest.mark.parametrize("name", CODECS)
def test_every_word_is_heard_where_the_segments_say(name: str, tmp_path: Path) -> None:
    codec, rate = CODECS[name], 22050
    parts = parts_of([22050, 16000, 22050], tmp_path)  # the second take is resampled
    out = tmp_path / "chapter"
    chapter, segments = master_chapter(script_of(parts), parts, AudioSettings(), PAUSES, codec, out, rate)

    assert chapter.frames == codec.count_frames(out)
    assert chapter.content_samples % codec.quantum(rate) == 0
    assert [segment.text for segment in segments] == ["low mid", "high"] * 3
    assert [segment.begins for segment in segments] == [Begins.BLOCK, Begins.LINE] * 3
    assert {(segment.kind, segment.language) for segment in segments} == {(BlockKind.VERSE, "en")}
    heard = np.concatenate(list(decode(_playable(out, name), rate)))
    offset = codec.content_offset * rate // codec.output_rate(rate)
    words = [pair for segment in segments for pair in zip(segment.starts, segment.ends, strict=True)]
    assert len(words) == 9
    sounding = np.zeros(len(heard), bool)
    for number, (start, end) in enumerate(words):
        assert end - start == pytest.approx(0.4 * rate, abs=2)
        assert pitch(heard[offset + start : offset + end], rate) == pytest.approx(TONES[number % 3], abs=3)
        sounding[offset + start - 300 : offset + end + 300] = True
    assert np.abs(heard[~sounding].astype(int)).max() < 300

    first = round(PAUSES.chapter_start * rate)
    assert words[0][0] == pytest.approx(first + 0.015 * rate, abs=3)
    quiet = words[3][0] - words[2][1]
    assert quiet == pytest.approx((PAUSES.paragraph + 2 * 0.015) * rate, abs=5)
    assert chapter.content_samples - words[-1][1] >= PAUSES.chapter_end * rate


def _playable(path: Path, name: str) -> Path:
    return path.rename(path.with_suffix(CODECS[name].suffix))


def test_one_take_changed_changes_nothing_else(tmp_path: Path) -> None:
    def render(parts: list[Part]) -> Pcm:
        return np.concatenate(list(render_pcm(parts, AudioSettings(), PAUSES, CODECS["aac"], 22050, Tally())))

    parts = parts_of([22050] * 3, tmp_path, gain=14.0)
    before = render(parts)
    after = render([parts[0], replace(parts[1], gain_db=3.0), parts[2]])
    one, two = len(before) // 3, 2 * len(before) // 3
    changed = np.flatnonzero(before != after)
    assert one - 22050 < changed[0] < changed[-1] < two + 22050
    assert np.array_equal(render(parts), before)


def test_memory_does_not_grow_with_the_chapter(tmp_path: Path) -> None:
    def peak(repeats: int) -> int:
        parts = parts_of([22050], tmp_path) * repeats
        tracemalloc.start()
        for _ in render_pcm(parts, AudioSettings(), PAUSES, CODECS["aac"], 22050, Tally()):
            pass
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest

    peak(1)
    assert peak(200) < 1.1 * peak(20) + 100_000


def test_no_pauses_at_all(tmp_path: Path) -> None:
    none = PauseSettings(chapter_start=0.0)
    parts = [
        replace(part, chunk=replace(part.chunk, pause_after=0.0)) for part in parts_of([22050], tmp_path)
    ]
    out = tmp_path / "c.aac"
    chapter, segments = master_chapter(
        script_of(parts), parts, AudioSettings(), none, CODECS["aac"], out, 22050
    )
    assert chapter.content_samples == -(-parts[0].take.samples // 1024) * 1024
    assert segments[0].starts == parts[0].take.starts[:2]


def test_wrong_takes_are_refused(tmp_path: Path) -> None:
    parts = parts_of([22050, 22050], tmp_path)
    out = tmp_path / "c.aac"

    script = script_of(parts)

    def master(parts: list[Part], rate: int = 22050) -> None:
        master_chapter(script, parts, AudioSettings(), PAUSES, CODECS["aac"], out, rate)

    master(parts)
    with pytest.raises(AudioError, match="not those of its script"):
        master(parts[:1])
    with pytest.raises(AudioError, match="sample rate of 20000"):
        master(parts, 20000)
    short = replace(parts[1], take=replace(parts[1].take, starts=(0,), ends=(1,)))
    with pytest.raises(AudioError, match="does not time the 3 words"):
        master([parts[0], short])
    parts[1].path.write_bytes(wav_bytes(np.zeros(100, np.int16), 22050))
    with pytest.raises(AudioError, match="spoken again"):
        master(parts)
