"""Music around and under the speech: where it is, how loud it is, and where the words are then."""

from __future__ import annotations

import itertools
import subprocess
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from pipeline.audio.codec import CODECS
from pipeline.audio.ffmpeg import decode, find_ffmpeg
from pipeline.audio.loudness import integrated, measure
from pipeline.audio.master import Part, Tally, master_chapter, render_pcm
from pipeline.audio.mix import Samples
from pipeline.audio.music import CROSSFADE, MUSIC_RATE, keep_music, played
from pipeline.audio.prepare import prepare
from pipeline.audio.score import Score, Tune
from pipeline.audio.truepeak import true_peak
from pipeline.audio.wav import wav_bytes
from pipeline.errors import AudioError
from pipeline.model import BlockKind, ChapterScript, Chunk, Pcm, Sentence, Take, Timing, Word
from pipeline.settings import AudioSettings, MusicSettings, PauseSettings

RATE = 22050
PAUSES = PauseSettings()
AUDIO = AudioSettings(loudness="podcast", true_peak=-1.0)
TARGET = -16.0
MUSIC = MusicSettings()
SPEECH, INTRO, OUTRO, BED = 1300, 300, 420, 600
"""Hz: all is told apart by its pitch."""
STEREO = "pan=stereo|c0=c0|c1=c0"


def tone(hertz: float, seconds: float, rate: int = RATE, level: float = 8000) -> Pcm:
    time = np.arange(round(seconds * rate)) / rate
    return np.rint(level * np.sin(2 * np.pi * hertz * time)).astype(np.int16)


Tunes = Callable[..., Tune]


@pytest.fixture(scope="module")
def tune(tmp_path_factory: pytest.TempPathFactory) -> Tunes:
    """Music of one pitch, each made once."""
    folder = tmp_path_factory.mktemp("music")

    @cache
    def made(hertz: float, seconds: float, level: float = 8000) -> Tune:
        name = f"{hertz}-{seconds}-{level}.wav"
        (folder / name).write_bytes(wav_bytes(tone(hertz, seconds, 44100, level), 44100))
        return Tune(keep_music(folder / name, folder / f"kept-{name}"), folder / f"kept-{name}")

    return made


def spoken(
    folder: Path, seconds: Sequence[float], pauses: Sequence[float], level: float = 8000
) -> list[Part]:
    """Takes of one word each, at the production's loudness, with those pauses after them."""
    parts = []
    for index, (length, pause) in enumerate(zip(seconds, pauses, strict=True)):
        pcm = np.concatenate((np.zeros(RATE // 5), tone(SPEECH, length, level=level), np.zeros(RATE // 5)))
        take = Take(pcm.astype(np.int16), RATE, (Timing(0.2, 0.2 + length),))
        said = Word("word", " ".join(["word"] * max(1, round(2 * length))))
        chunk = Chunk(index, (Sentence((said,)),), BlockKind.PARAGRAPH, "tone:a", "en", pause)
        kept, prepared = prepare(take, chunk)
        path = folder / f"take{index}.wav"
        path.write_bytes(wav_bytes(kept, RATE))
        parts.append(Part(chunk, prepared, path, round(TARGET - integrated(prepared.loudness), 1)))
    return parts


def rendered(parts: Sequence[Part], score: Score | None, pauses: PauseSettings = PAUSES) -> tuple[Pcm, Tally]:
    tally = Tally()
    return np.concatenate(list(render_pcm(parts, AUDIO, pauses, CODECS["aac"], RATE, tally, score))), tally


def heard(pcm: Pcm, hertz: float, start: float, end: float) -> float:
    """Level of a tone in LU, as BS.1770 weighs one channel of it, from ``start`` to ``end`` seconds."""
    piece = pcm[round(start * RATE) : round(end * RATE)].astype(float) * np.hanning(
        round(end * RATE) - round(start * RATE)
    )
    turn = np.exp(-2j * np.pi * hertz * np.arange(len(piece)) / RATE)
    amplitude = 4 * abs(np.mean(piece * turn))
    return float(20 * np.log10(max(amplitude, 1e-3) / 32768)) + _weight(hertz)


@cache
def _weight(hertz: float) -> float:
    """What a meter reads of a full tone above its level in dBFS."""
    return integrated(measure(tone(hertz, 2, level=8000), RATE, between_silences=False)) - float(
        20 * np.log10(8000 / 32768)
    )


def word_times(pcm: Pcm) -> list[tuple[float, float]]:
    turned = np.abs(
        np.convolve(
            pcm * np.exp(-2j * np.pi * SPEECH * np.arange(len(pcm)) / RATE), np.ones(441) / 441, "same"
        )
    )
    on = turned > turned.max() / 2
    edges = np.flatnonzero(np.diff(np.concatenate(([False], on, [False])).astype(int)))
    return [(begin / RATE, end / RATE) for begin, end in zip(edges[::2], edges[1::2], strict=True)]


@pytest.mark.parametrize("name", CODECS)
def test_words_are_where_the_segments_say_with_music_before_under_and_after(
    name: str, tmp_path: Path, tune: Tunes
) -> None:
    codec = CODECS[name]
    parts = spoken(tmp_path, [1.0, 1.5, 0.7], [0.4, 2.5, 1.5])
    score = Score(
        MUSIC,
        TARGET,
        intro=tune(INTRO, 6.0),
        outro=tune(OUTRO, 8.0),
        bed=tune(BED, 40.0),
    )
    out = tmp_path / f"c{codec.suffix}"
    script = ChapterScript(0, "One", 1, tuple(part.chunk for part in parts))
    chapter, segments = master_chapter(script, parts, AUDIO, PAUSES, codec, out, RATE, score)
    pcm = np.concatenate(list(decode(out, RATE)))[codec.content_offset * RATE // codec.output_rate(RATE) :]

    told = [(one.starts[0] / RATE, one.ends[0] / RATE) for one in segments]
    assert told[0][0] == pytest.approx(6.0 - MUSIC.overlap + 0.015, abs=0.002)
    for (start, end), (begins, ends) in zip(told, word_times(pcm), strict=True):
        assert begins == pytest.approx(start, abs=0.015)
        assert ends == pytest.approx(end, abs=0.015)
    assert true_peak(pcm) <= AUDIO.true_peak
    assert chapter.loudness.true_peak <= AUDIO.true_peak
    whole = integrated(measure(pcm, RATE, between_silences=False))
    assert whole == pytest.approx(TARGET, abs=1.0)
    assert integrated(chapter.loudness) == pytest.approx(whole, abs=0.5)


def test_an_intro_is_as_loud_as_speech_and_goes_down_before_the_first_word(
    tmp_path: Path, tune: Tunes
) -> None:
    parts = spoken(tmp_path, [6.0], [1.5])
    pcm, _ = rendered(parts, Score(MUSIC, TARGET, intro=tune(INTRO, 10.0, level=900)))
    first = 10.0 - MUSIC.overlap
    assert heard(pcm, INTRO, 1.0, 4.5) == pytest.approx(TARGET, abs=0.3)
    assert heard(pcm, SPEECH, first + 0.5, first + 5.5) == pytest.approx(TARGET, abs=0.3)
    under = TARGET - MUSIC.bed_below - MUSIC.ducking
    assert heard(pcm, INTRO, first, first + 0.4) == pytest.approx(under, abs=1.5)
    assert heard(pcm, INTRO, first + MUSIC.overlap + 0.1, first + 5.5) < under - 30


def test_an_outro_comes_under_the_last_words_and_up_after_them(tmp_path: Path, tune: Tunes) -> None:
    parts = spoken(tmp_path, [6.0], [1.5])
    pcm, tally = rendered(parts, Score(MUSIC, TARGET, outro=tune(OUTRO, 12.0)))
    last = word_times(pcm)[-1][1]
    assert heard(pcm, OUTRO, 0.5, last - MUSIC.overlap - 0.1) < TARGET - 50
    assert heard(pcm, OUTRO, last - 0.5, last - 0.1) == pytest.approx(
        TARGET - MUSIC.bed_below - MUSIC.ducking, abs=1.5
    )
    assert heard(pcm, OUTRO, last + MUSIC.fade + 0.2, last + 8.5) == pytest.approx(TARGET, abs=0.3)
    assert len(pcm) / RATE == pytest.approx(last + 12.0 - MUSIC.overlap + 0.5, abs=0.1)
    assert tally.samples == len(pcm)


def test_a_bed_is_softer_than_speech_and_comes_up_in_long_pauses_alone(tmp_path: Path, tune: Tunes) -> None:
    parts = spoken(tmp_path, [4.0, 4.0, 4.0], [0.6, 4.0, 1.5])
    pcm, _ = rendered(parts, Score(MUSIC, TARGET, bed=tune(BED, 60.0)))
    words = word_times(pcm)
    under = TARGET - MUSIC.bed_below - MUSIC.ducking
    for start, end in words[1:]:
        assert heard(pcm, BED, start + 0.2, end - 0.2) == pytest.approx(under, abs=0.4)
    assert heard(pcm, BED, words[0][1] + 0.05, words[1][0] - 0.05) == pytest.approx(under, abs=0.7)
    assert heard(pcm, BED, words[1][1] + 1.0, words[2][0] - 1.0) == pytest.approx(
        TARGET - MUSIC.bed_below, abs=0.4
    )
    assert np.abs(pcm[-RATE // 50 :]).max() < 60  # gone where the chapter ends
    assert np.abs(pcm[: RATE // 50]).max() < 60


def test_a_bed_is_up_before_the_first_word_where_that_waits_and_cuts_nothing_off(
    tmp_path: Path, tune: Tunes
) -> None:
    parts = spoken(tmp_path, [3.0], [0.0])
    slow, sudden = replace(PAUSES, chapter_start=5.0), replace(MUSIC, fade=0.0)
    for settings in (MUSIC, sudden):
        pcm, _ = rendered(parts, Score(settings, TARGET, bed=tune(BED, 30.0)), slow)
        assert heard(pcm, BED, 2.5, 4.3) == pytest.approx(TARGET - MUSIC.bed_below, abs=0.4)
        assert heard(pcm, BED, 5.3, 7.0) == pytest.approx(TARGET - MUSIC.bed_below - MUSIC.ducking, abs=0.4)
        steps = np.abs(np.diff(pcm.astype(int)))
        assert steps[: 4 * RATE].max() < 300


def test_chapters_begin_at_other_places_of_the_bed(tmp_path: Path) -> None:
    sweep = np.arange(0, 30, 1 / 44100)
    samples = np.rint(8000 * np.sin(2 * np.pi * (200 + 20 * sweep) * sweep)).astype(np.int16)
    source, out = tmp_path / "sweep.wav", tmp_path / "kept.wav"
    source.write_bytes(wav_bytes(samples, 44100))
    bed = Tune(keep_music(source, out), out)
    parts = spoken(tmp_path, [3.0], [1.5])
    pitches = []
    for chapter in range(4):
        pcm, _ = rendered(parts, Score(MUSIC, TARGET, bed=bed, chapter=chapter))
        piece = pcm[2 * RATE : 2 * RATE + RATE // 4] * np.hanning(RATE // 4)
        spectrum = np.abs(np.fft.rfft(piece))
        spectrum[abs(np.fft.rfftfreq(len(piece), 1 / RATE) - SPEECH) < 100] = 0
        pitches.append(float(np.fft.rfftfreq(len(piece), 1 / RATE)[np.argmax(spectrum)]))
    assert pitches[0] == pytest.approx(200 + 2 * 20 * 2.1, abs=20)
    assert all(abs(one - other) > 50 for one, other in itertools.combinations(pitches, 2))


@pytest.mark.parametrize("seconds", [0.3, 1.0, 2.7])
def test_a_short_bed_is_repeated_without_a_hole_or_a_click(
    tmp_path: Path, tune: Tunes, seconds: float
) -> None:
    bed = tune(BED, seconds)
    blocks = itertools.islice(played(bed.path, MUSIC_RATE, 0.3, repeated=True), 1000)
    pieces: list[Samples] = []
    while sum(len(piece) for piece in pieces) < 12 * MUSIC_RATE:
        pieces.append(next(blocks))
    pcm = np.concatenate(pieces)
    levels = np.sqrt(np.mean(np.square(pcm[: len(pcm) // 2400 * 2400].reshape(-1, 2400)), axis=1))
    assert np.abs(np.diff(pcm)).max() < 8000 * 2 * np.pi * BED / MUSIC_RATE * 1.6
    assert levels[1:-1].max() < 8000  # twice the power where it goes over, at the most: a tone is not music
    assert CROSSFADE < 12
    spoken_over, _ = rendered(spoken(tmp_path, [5.0], [1.5]), Score(MUSIC, TARGET, bed=bed))
    assert heard(spoken_over, BED, 3.0, 5.0) > TARGET - MUSIC.bed_below - MUSIC.ducking - 6


@pytest.mark.parametrize("speech", [0.3, 5.0])
@pytest.mark.parametrize("music", [0.3, 7.0])
@pytest.mark.parametrize("overlap", [0.0, 2.0, 60.0])
def test_whatever_is_longer_nothing_is_lost_and_the_ceiling_holds(
    tmp_path: Path, tune: Tunes, speech: float, music: float, overlap: float
) -> None:
    one = tune(INTRO, music, level=32000)
    settings = replace(MUSIC, overlap=overlap, level=6.0, longest=5.0)
    score = Score(settings, TARGET, intro=one, outro=one, bed=tune(BED, music), chapter=3)
    parts = spoken(tmp_path, [speech], [0.0])
    pcm, _ = rendered(parts, score)
    assert true_peak(pcm) <= CODECS["aac"].ceiling(AUDIO, RATE) + 0.01
    ((start, end),) = word_times(pcm)
    assert end - start == pytest.approx(speech, abs=0.03)
    length = min(music, settings.longest)
    under = min(overlap, length / 2)
    assert start == pytest.approx(max(PAUSES.chapter_start, length - under) + 0.015, abs=0.02)
    assert len(pcm) / RATE >= end + length - under


def test_memory_does_not_grow_with_the_music_or_the_speech(tmp_path: Path, tune: Tunes) -> None:
    parts = spoken(tmp_path, [1.0], [0.6])
    short, long = (Score(MUSIC, TARGET, bed=tune(BED, seconds)) for seconds in (3.0, 100.0))

    def peak(repeats: int, score: Score) -> int:
        tracemalloc.start()
        for _ in render_pcm(parts * repeats, AUDIO, PAUSES, CODECS["aac"], RATE, Tally(), score):
            pass
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest

    peak(1, short)
    assert peak(16, long) < 1.15 * peak(4, short) + 300_000


# -- files ---------------------------------------------------------------------------------------------------


def converted(source: Path, out: Path, *arguments: str) -> Path:
    subprocess.run(
        [find_ffmpeg(), "-v", "error", "-y", "-i", source, *arguments, out], check=True, timeout=120
    )
    return out


@pytest.mark.parametrize(
    ("suffix", "arguments"),
    [
        (".mp3", ["-af", STEREO, "-ar", "32000"]),
        (".ogg", ["-af", STEREO, "-c:a", "libopus"]),
        (".m4a", ["-ar", "11025"]),
        (".flac", ["-af", STEREO, "-ar", "96000"]),
        (".wav", ["-c:a", "pcm_s24le", "-ar", "37800"]),
    ],
)
def test_music_of_any_kind_is_kept_at_the_same_loudness(
    tmp_path: Path, suffix: str, arguments: list[str]
) -> None:
    plain = tmp_path / "plain.wav"
    plain.write_bytes(wav_bytes(tone(440, 3.0, 44100), 44100))
    whole = keep_music(plain, tmp_path / "a.wav")
    track = keep_music(converted(plain, tmp_path / f"m{suffix}", *arguments), tmp_path / "b.wav")
    assert track.seconds == pytest.approx(3.0, abs=0.1)
    assert track.lufs == pytest.approx(whole.lufs, abs=0.6)  # encoders add silence


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "failed while reading"),
        (b"ID3 this is no music at all" * 50, "failed while reading"),
        (wav_bytes(np.zeros(0, np.int16), 44100), "seconds of sound"),
        (wav_bytes(tone(440, 0.1, 44100), 44100), "seconds of sound"),
        (wav_bytes(np.zeros(44100, np.int16), 44100), "Nothing is heard"),
        (b"#EXTM3U\n#EXTINF:3,\nfile:///etc/hostname\n", "failed while reading"),
        (b"ffconcat version 1.0\nfile /etc/hostname\n", "failed while reading"),
    ],
)
def test_what_is_no_music_is_refused_in_a_sentence(tmp_path: Path, content: bytes, said: str) -> None:
    source = tmp_path / "music.mp3"
    source.write_bytes(content)
    with pytest.raises(AudioError, match=said):
        keep_music(source, tmp_path / "out.wav")


def test_music_that_is_too_long_or_not_there_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(AudioError, match="not there"):
        keep_music(tmp_path / "none.mp3", tmp_path / "out.wav")
    monkeypatch.setattr("pipeline.audio.music.MUSIC_SECONDS", 2)
    source = tmp_path / "long.wav"
    source.write_bytes(wav_bytes(tone(440, 3.5, 8000), 8000))
    with pytest.raises(AudioError, match="is longer than"):
        keep_music(source, tmp_path / "out.wav")
