"""Our meter against ffmpeg's ebur128, and finished audio against its promises."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pipeline.audio.codec import CODECS
from pipeline.audio.ffmpeg import decode
from pipeline.audio.gain import fitted_gain
from pipeline.audio.loudness import integrated, measure
from pipeline.audio.master import Part, master_chapter, resample
from pipeline.audio.prepare import prepare
from pipeline.audio.wav import wav_bytes
from pipeline.model import ChapterScript, Pcm, SpeakingOptions, Take
from pipeline.settings import AudioSettings, PauseSettings
from pipeline.speech.engine import EngineContext
from pipeline.speech.espeak import EspeakEngine
from tests.helpers_speech import chunk_of
from tests.publishing import ebur128

TEXTS = (
    "The harbour lay quiet under the first grey light, and nobody had yet lit the stoves along the quay.",
    "Why should anyone believe him now? He asked for nothing, and yet everybody listened.",
    "When the bell rang at half past six the whole street woke up at once: doors, dogs, children.",
)


def by_ffmpeg(pcm: Pcm, rate: int) -> tuple[float, float]:
    """LUFS and dBTP."""
    source = ["-f", "s16le", "-ar", str(rate), "-ac", "1", "-i", "pipe:0"]
    return ebur128(*source, data=pcm.tobytes())


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Pcm:
    """Some 20 s of espeak at 22,050 Hz."""
    engine = EspeakEngine(EngineContext(tmp_path_factory.mktemp("voices")))
    voice = next(voice for voice in engine.voices() if voice.languages[0].startswith("en"))
    takes = engine.speak([chunk_of(text) for text in TEXTS], voice, SpeakingOptions())
    return np.concatenate([take.audio for take in takes])


@pytest.mark.parametrize("rate", [16000, 22050, 24000, 44100, 48000])
def test_speech_reads_as_ffmpeg_reads_it(speech: Pcm, rate: int) -> None:
    softer = np.rint(speech * 0.6).astype(np.int16)
    pcm = softer if rate == 22050 else resample(softer, 22050, rate)
    loudness, (lufs, peak) = measure(pcm, rate, between_silences=False), by_ffmpeg(pcm, rate)
    assert integrated(loudness) == pytest.approx(lufs, abs=0.1)
    assert loudness.true_peak == pytest.approx(peak, abs=0.3)


@pytest.mark.parametrize("rate", [16000, 22050, 44100])
@pytest.mark.parametrize("colour", [0.0, 0.5])
def test_noise_reads_as_ffmpeg_reads_it(rate: int, colour: float) -> None:
    """White and pink noise, from 20 Hz up to where resamplers begin to differ."""
    size = rate * 12
    spectrum = np.fft.rfft(np.random.default_rng(11).standard_normal(size))
    frequency = np.fft.rfftfreq(size, 1 / rate)
    shaped = np.fft.irfft(
        spectrum * (frequency > 20) * (frequency < 0.42 * rate) / np.maximum(frequency, 20) ** colour, size
    )
    ends = np.minimum(1, np.minimum(np.arange(size), np.arange(size)[::-1]) / (rate / 50))
    pcm = np.rint(shaped * ends / shaped.std() * 2500).astype(np.int16)
    assert integrated(measure(pcm, rate, between_silences=False)) == pytest.approx(
        by_ffmpeg(pcm, rate)[0], abs=0.1
    )


@pytest.mark.parametrize(
    ("name", "bitrate"), [("aac", 32), ("aac", 64), ("mp3", 32), ("mp3", 64), ("opus", 32), ("opus", 64)]
)
def test_what_was_promised_is_what_is_decoded(speech: Pcm, name: str, bitrate: int, tmp_path: Path) -> None:
    """The limiter has to work hard here; loudness and true peak are kept all the same."""
    codec, audio = CODECS[name], AudioSettings(bitrate=bitrate, true_peak=-3.0)
    chunk = replace(chunk_of(" ".join(TEXTS)), pause_after=1.5)
    pcm, take = prepare(Take(speech, 22050), chunk)
    path, out = tmp_path / "take.wav", tmp_path / f"chapter{codec.suffix}"
    path.write_bytes(wav_bytes(pcm, 22050))
    gain = fitted_gain([(pcm, 22050, take.loudness)], -18.0, codec.ceiling(audio, 22050))
    script = ChapterScript(0, "One", 1, (chunk,))
    parts = [Part(chunk, take, path, gain)]
    chapter, _ = master_chapter(script, parts, audio, PauseSettings(), codec, out, 22050)

    rate = codec.output_rate(22050)
    heard = measure(np.concatenate(list(decode(out, rate))), rate, between_silences=False)
    assert heard.true_peak <= -3.0
    assert integrated(heard) == pytest.approx(-18.0, abs=0.5)
    assert integrated(chapter.loudness) == pytest.approx(integrated(heard), abs=0.4)


def test_each_stretch_is_as_loud_as_it_is_heard_where_it_stands(speech: Pcm, tmp_path: Path) -> None:
    """One that the limiter works on, a soft one, and one at another rate."""
    audio, rate = AudioSettings(true_peak=-6.0), 22050
    parts = []
    for number, (factor, own, gain) in enumerate([(1.0, rate, 12.0), (0.1, rate, 6.0), (0.4, 16000, 3.0)]):
        chunk = replace(chunk_of(" ".join(TEXTS)), index=number, pause_after=0.8)
        softer = resample(np.rint(speech * factor).astype(np.int16), rate, own)
        pcm, take = prepare(Take(softer, own), chunk)
        path = tmp_path / f"{number}.wav"
        path.write_bytes(wav_bytes(pcm, own))
        parts.append(Part(chunk, take, path, gain))
    script = ChapterScript(0, "One", 1, tuple(part.chunk for part in parts))
    out = tmp_path / "chapter.aac"
    chapter, _ = master_chapter(script, parts, audio, PauseSettings(), CODECS["aac"], out, rate)

    assert len(chapter.stretches) == 3
    (content,) = CODECS["aac"].chapter_starts([chapter.frames], rate)
    heard = np.concatenate(list(decode(out, rate)))
    for stretch in chapter.stretches:
        start = content + stretch.start
        sound = heard[start : start + stretch.samples]
        found = measure(sound, rate)
        assert stretch.lufs == pytest.approx(integrated(found), abs=0.4)
        assert stretch.true_peak == pytest.approx(found.true_peak, abs=0.8)
        before, after = heard[start - rate // 4 : start], heard[start + stretch.samples :][: rate // 4]
        assert max(np.abs(before).max(), np.abs(after).max()) < np.abs(sound).max() / 20  # nothing but pauses


@pytest.mark.real
def test_a_narrator_reads_as_ffmpeg_reads_it(samples: Path) -> None:
    for path in sorted((samples / "audio" / "ljspeech").glob("*.flac")):
        pcm = np.concatenate(list(decode(path, 22050)))
        loudness, (lufs, peak) = measure(pcm, 22050, between_silences=False), by_ffmpeg(pcm, 22050)
        assert integrated(loudness) == pytest.approx(lufs, abs=0.1), path.name
        assert loudness.true_peak == pytest.approx(peak, abs=0.3), path.name
