"""WAV files, against the standard library's reader."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from pipeline.audio.wav import open_wav, read_wav, wav_bytes, write_wav
from pipeline.errors import AudioError
from pipeline.model import Pcm

PCM = np.arange(-300, 300, dtype=np.int16)


def test_what_is_written_is_read_by_everyone(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(wav_bytes(PCM, 24000))
    with wave.open(str(path)) as reader:
        assert reader.getparams()[:4] == (1, 2, 24000, len(PCM))
        assert reader.readframes(len(PCM)) == PCM.tobytes()
    rate, pcm = open_wav(path)
    assert rate == 24000
    assert np.array_equal(pcm, PCM)


def test_other_chunks_before_the_samples_are_passed_over(tmp_path: Path) -> None:
    data = wav_bytes(PCM, 16000)
    path = tmp_path / "a.wav"
    path.write_bytes(data[:36] + b"LIST\x04\x00\x00\x00INFO" + data[36:])
    assert np.array_equal(open_wav(path)[1], PCM)


def test_a_file_may_be_written_piece_by_piece(tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", 24000, (PCM[n : n + 100] for n in range(0, len(PCM), 100)))
    assert (tmp_path / "a.wav").read_bytes() == wav_bytes(PCM, 24000)


def test_what_was_written_before_a_failure_can_be_played(tmp_path: Path) -> None:
    def broken() -> Iterator[Pcm]:
        yield PCM[:100]
        raise AudioError("It broke.")

    with pytest.raises(AudioError, match="broke"):
        write_wav(tmp_path / "a.wav", 24000, broken())
    assert np.array_equal(open_wav(tmp_path / "a.wav")[1], PCM[:100])


def test_a_pipe_takes_a_file_too(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with subprocess.Popen(["cat", tmp_path / "pipe"], stdout=subprocess.PIPE) as reader:
        write_wav(tmp_path / "pipe", 24000, [PCM[:100], PCM[100:]])
        read = reader.communicate(timeout=60)[0]
    assert read[-1200:] == PCM.tobytes()
    assert read[:4] == b"RIFF"


def test_no_samples(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(wav_bytes(PCM[:0], 16000))
    assert len(open_wav(path)[1]) == 0


def _stereo() -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as writer:
        writer.setnchannels(2)
        writer.setsampwidth(2)
        writer.setframerate(16000)
        writer.writeframes(PCM.tobytes())
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (wav_bytes(PCM, 16000)[:-10], "cut off"),
        (_stereo(), "2 channels"),
        (b"ID3\x03 this is something else", "not a WAV file"),
        (b"", "not a WAV file"),
    ],
)
def test_other_files_are_refused_by_name(tmp_path: Path, data: bytes, fault: str) -> None:
    path = tmp_path / "take.wav"
    path.write_bytes(data)
    with pytest.raises(AudioError, match=fault) as raised:
        open_wav(path)
    assert "take.wav" in str(raised.value)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match=r"gone\.wav"):
        open_wav(tmp_path / "gone.wav")


def riff(
    kind: int, bits: int, channels: int, samples: bytes, size: int | None = None, extra: bytes = b""
) -> bytes:
    """A WAV file as others write it; ``size`` is what its head says of the samples."""
    width = channels * bits // 8
    form = struct.pack("<HHIIHH", kind, channels, 16_000, 16_000 * width, width, bits) + extra
    data = struct.pack("<4sI", b"data", len(samples) if size is None else size) + samples
    body = b"WAVE" + struct.pack("<4sI", b"fmt ", len(form)) + form + b"LIST\x03\0\0\0abc\0" + data
    return struct.pack("<4sI", b"RIFF", 0xFFFFFFFF if size else len(body)) + body


def written(bits: int) -> bytes:
    if bits == 8:
        return (PCM // 256 + 128).astype(np.uint8).tobytes()
    whole = PCM.astype("<i4") * 65536
    return (
        whole.tobytes()
        if bits == 32
        else b"".join(whole.tobytes()[at + 1 : at + 4] for at in range(0, 4 * len(PCM), 4))
    )


EXTENSIBLE = struct.pack("<HHIH14s", 22, 16, 4, 1, b"\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71")


@pytest.mark.parametrize(
    "data",
    [
        wav_bytes(PCM, 16_000),
        riff(1, 16, 1, PCM.tobytes()),
        riff(1, 16, 1, PCM.tobytes(), size=0xFFFFFFFF),  # written as a stream
        riff(0xFFFE, 16, 1, PCM.tobytes(), extra=EXTENSIBLE),
        riff(1, 16, 2, np.repeat(PCM, 2).tobytes()),
        riff(1, 24, 1, written(24)),
        riff(1, 32, 1, written(32)),
        riff(3, 32, 1, (PCM / 32768).astype("<f4").tobytes()),
        riff(3, 64, 2, np.repeat(PCM / 32768, 2).astype("<f8").tobytes()),
    ],
    ids=["ours", "plain", "stream", "extensible", "stereo", "24", "32", "float", "double"],
)
def test_wav_files_of_others_are_read(data: bytes) -> None:
    rate, pcm = read_wav(data)
    assert rate == 16_000
    assert np.array_equal(pcm, PCM)


def test_8_bits_are_read() -> None:
    assert np.array_equal(read_wav(riff(1, 8, 1, written(8)))[1], PCM // 256 * 256)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"RIFF\0\0\0\0WAVE",
        b"RIFF\0\0\0\0WAVEdata\x04\0\0\0abcd",
        riff(1, 16, 0, b"abcd"),
        riff(17, 4, 1, b"abcd"),
        riff(3, 32, 1, np.array([np.nan], "<f4").tobytes()),
        b"ID3 and so on",
    ],
)
def test_what_is_no_wav_file_of_others_is_refused(data: bytes) -> None:
    with pytest.raises(AudioError, match="WAV file"):
        read_wav(data)
