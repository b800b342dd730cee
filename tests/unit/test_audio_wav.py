"""WAV files, against the standard library's reader."""

from __future__ import annotations

import io
import wave
from pathlib import Path

import numpy as np
import pytest

from pipeline.audio.wav import open_wav, wav_bytes
from pipeline.errors import AudioError

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
