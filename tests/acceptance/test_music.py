"""``voxpress make`` with music: the words are where the transcript says, in the finished file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pipeline.audio.ffmpeg import decode
from pipeline.audio.truepeak import true_peak
from pipeline.audio.wav import wav_bytes
from pipeline.script.words import split_words
from pipeline.speech.tone import pitch_of
from tests.books import story, write_epub
from tests.running import Voxpress

RATE = 22050


def chord(path: Path, seconds: float) -> Path:
    """Tones below and above those that words are spoken in."""
    time = np.arange(round(seconds * 44100)) / 44100
    sound = sum(np.sin(2 * np.pi * hertz * time) for hertz in (90, 110, 8100))
    path.write_bytes(wav_bytes(np.rint(7000 * sound).astype(np.int16), 44100))
    return path


def test_words_keep_their_times_with_an_intro_a_bed_and_an_outro(voxpress: Voxpress) -> None:
    music = chord(voxpress.folder / "music.wav", 7.0)
    book = write_epub(voxpress.folder / "book.epub", story(chapters=2, paragraphs=1))
    voxpress.make(book, "--intro", music, "--bed", music, "--outro", music, "--companion", "srt")
    pcm = np.concatenate(list(decode(voxpress.file(".m4b"), RATE)))
    assert true_peak(pcm) <= -3.0
    transcript = voxpress.transcript()
    assert transcript["duration"] == pytest.approx(len(pcm) / RATE, abs=0.001)
    segments = [segment for chapter in transcript["chapters"] for segment in chapter["segments"]]
    words = [word for segment in segments for word in segment["words"]]
    spoken = [word.spoken for segment in segments for word in split_words(segment["text"], "en")]
    assert words[0]["start"] == pytest.approx(7.0 - 3.0 + 1024 / RATE, abs=0.03)
    assert transcript["duration"] - words[-1]["end"] > 4.0
    for word, said in zip(words, spoken, strict=True):
        burst = pcm[int((word["start"] + 0.01) * RATE) : int((word["end"] - 0.01) * RATE)]
        spectrum = np.abs(np.fft.rfft(burst * np.hanning(len(burst)), 1 << 16))
        spectrum[: round(180 / RATE * (1 << 16))] = 0
        assert np.argmax(spectrum) * RATE / (1 << 16) == pytest.approx(pitch_of(said), abs=12), word
