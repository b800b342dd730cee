"""Chapters encoded apart and joined by copying frames: each is heard exactly where the arithmetic says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pipeline.audio.codec import CODECS, Codec
from pipeline.audio.ffmpeg import PROTOCOLS, decode, feed_ffmpeg, local, run_ffmpeg
from pipeline.audio.master import resample
from pipeline.model import Pcm
from pipeline.settings import AudioSettings


def chirps(rate: int, quantum: int, number: int) -> Pcm:
    """Two sweeps, different in each chapter, with silence before, between and after; whole frames."""
    seconds = 1.6 + 0.31 * number
    size = -(-int(rate * seconds) // quantum) * quantum
    pcm = np.zeros(size)
    time = np.arange(int(rate * 0.4)) / rate
    sweep = 9000 * np.sin(2 * np.pi * (250 * time + (600 + 200 * number) * time**2)) * np.hanning(len(time))
    for place in (int(rate * 0.5) + 137 * number, size - int(rate * 0.6)):
        pcm[place : place + len(sweep)] = sweep
    return np.rint(pcm).astype(np.int16)


def encode(pcm: Pcm, rate: int, codec: Codec, audio: AudioSettings, out: Path) -> int:
    source = [*PROTOCOLS, "-f", "s16le", "-ar", str(rate), "-ac", "1", "-i", "pipe:0"]
    feed_ffmpeg([*source, *codec.arguments(audio, rate), local(out)], [pcm], "encoding")
    return codec.count_frames(out)


def join(parts: list[Path], codec: Codec, folder: Path) -> Path:
    """As publishing does, by the simplest means: bytes one after the other; packets renumbered for Opus."""
    joined = folder / f"joined{codec.suffix}"
    if codec.name == "opus":
        names = folder / "list.txt"
        names.write_text("".join(f"file '{part}'\n" for part in parts))
        reading = ["-f", "concat", "-safe", "0", *PROTOCOLS, "-i", local(names), "-c", "copy"]
        run_ffmpeg([*reading, "-bsf:a", "setts=pts=N*960:dts=N*960:duration=960", local(joined)], "joining")
        return joined
    joined.write_bytes(b"".join(part.read_bytes() for part in parts))
    if codec.name == "aac":
        book = folder / "joined.m4b"
        run_ffmpeg([*PROTOCOLS, "-i", local(joined), "-c", "copy", "-f", "mp4", local(book)], "muxing")
        return book
    return joined


def lag(heard: Pcm, wanted: Pcm, expected: int, reach: int = 2000) -> int:
    """By how many samples ``wanted`` is heard later than expected (cross-correlation)."""
    lead = min(reach, expected)
    piece = heard[expected - lead : expected + len(wanted) + reach].astype(float)
    size = len(piece) + len(wanted)
    spectrum = np.fft.rfft(piece, size) * np.conj(np.fft.rfft(wanted.astype(float), size))
    return int(np.argmax(np.fft.irfft(spectrum, size)[: lead + reach])) - lead


@pytest.mark.parametrize(
    ("name", "rate", "bitrate"),
    [
        ("aac", 16000, 32),
        ("aac", 22050, 64),
        ("aac", 24000, 48),
        ("aac", 44100, 96),
        ("mp3", 16000, 32),
        ("mp3", 22050, 64),
        ("mp3", 44100, 64),
        ("opus", 16000, 48),
        ("opus", 22050, 32),
        ("opus", 44100, 64),
    ],
)
def test_every_chapter_is_heard_where_it_is_said_to_start(
    name: str, rate: int, bitrate: int, tmp_path: Path
) -> None:
    codec, audio = CODECS[name], AudioSettings(bitrate=bitrate)
    chapters = [chirps(rate, codec.quantum(rate), number) for number in range(3)]
    parts = [tmp_path / f"{number}{codec.suffix}" for number in range(3)]
    frames = [encode(pcm, rate, codec, audio, part) for pcm, part in zip(chapters, parts, strict=True)]
    assert all(
        count >= codec.frames_needed(len(pcm), rate) for count, pcm in zip(frames, chapters, strict=True)
    )

    output = codec.output_rate(rate)
    heard = np.concatenate(list(decode(join(parts, codec, tmp_path), output)))
    assert len(heard) == sum(frames) * codec.samples_per_frame(rate) - codec.skipped
    starts = codec.chapter_starts(frames, rate)
    for start, pcm in zip(starts, chapters, strict=True):
        wanted = pcm if output == rate else resample(pcm, rate, output)
        assert lag(heard, wanted, start) == 0
    for seam in starts[1:]:  # silence on both sides: nothing may click
        around = heard[seam - output // 10 : seam + output // 10].astype(int)
        assert np.abs(around).max() < 32768 * 10 ** (-60 / 20)
