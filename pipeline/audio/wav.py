"""16-bit mono WAV files: how takes are kept, and what a voice sample is."""

from __future__ import annotations

import struct
import wave
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from pipeline.errors import AudioError
from pipeline.model import Pcm

_HEADER = struct.Struct("<4sI4s4sIHHIIHH4sI")
_LARGEST = 0xFFFFFFFF - _HEADER.size
"""Bytes of samples: the format counts them in 32 bits."""

_READ_SAMPLES = 1 << 22
"""Up to this length reading is faster than mapping: every take of an engine is shorter."""


def wav_bytes(pcm: Pcm, rate: int) -> bytes:
    """A whole WAV file of mono 16-bit samples at ``rate`` Hz. Raises ``AudioError`` past 4 GiB."""
    data = _bytes(pcm)
    return _header(rate, len(data)) + data


def write_wav(path: Path, rate: int, blocks: Iterable[Pcm], comment: str = "") -> None:
    """Write mono 16-bit samples at ``rate`` Hz to a WAV file as they come; no more than a block is held.

    ``comment`` is put behind them (RIFF's ``LIST INFO``), where the file can be gone back in.

    When ``blocks`` raises, what came before is there and can be played. What cannot be gone back in (a pipe)
    keeps a header that counts the most there can be, which players take for "until the end". Raises
    ``AudioError`` past 4 GiB, and ``OSError``.
    """
    with path.open("wb") as file:
        file.write(_header(rate, _LARGEST))
        size = 0
        try:
            for block in blocks:
                data = _bytes(block)
                _require_countable(size + len(data))
                file.write(data)
                size += len(data)
        finally:
            if file.seekable():
                file.write(about := _information(comment))
                file.seek(0)
                file.write(_header(rate, size, len(about)))


def _bytes(pcm: Pcm) -> bytes:
    return np.ascontiguousarray(pcm, "<i2").tobytes()


def _information(comment: str) -> bytes:
    """The chunk that says something about the recording (Multimedia Programming Interface 1.0, 1991)."""
    if not comment:
        return b""
    text = comment.encode(errors="replace") + b"\0"
    text += b"\0" * (len(text) % 2)
    return struct.pack("<4sI4s4sI", b"LIST", 12 + len(text), b"INFO", b"ICMT", len(text)) + text


def _header(rate: int, size: int, behind: int = 0) -> bytes:
    """The header of ``size`` bytes of samples, and so many ``behind`` them. Raises ``AudioError`` past 4 GiB."""
    _require_countable(size + behind)
    riff = _HEADER.size - 8 + size + behind
    return _HEADER.pack(b"RIFF", riff, b"WAVE", b"fmt ", 16, 1, 1, rate, rate * 2, 2, 16, b"data", size)


def _require_countable(size: int) -> None:
    if size > _LARGEST:
        raise AudioError("A recording of more than 4 GiB cannot be written as WAV; split it.")


def open_wav(path: Path) -> tuple[int, Pcm]:
    """Sample rate (Hz) and samples of a mono 16-bit WAV file; those of a long one are mapped, not read.

    Raises ``AudioError`` when it is another kind of file, is not one channel of 16 bits, or is cut off.
    """
    try:
        with path.open("rb") as file:
            with wave.open(file) as reader:
                shape = (reader.getnchannels(), reader.getsampwidth())
                rate, samples = reader.getframerate(), reader.getnframes()
            start = file.tell()  # the reader stops where the samples begin
            present = (file.seek(0, 2) - start) // 2
            file.seek(start)
            pcm = np.fromfile(file, "<i2", samples) if samples <= _READ_SAMPLES else None
    except OSError as error:
        raise AudioError(f"{path.name} cannot be read: {error.strerror}.") from error
    except (wave.Error, EOFError) as error:
        raise AudioError(f"{path.name} is not a WAV file with plain samples ({error}).") from error
    if shape != (1, 2):
        raise AudioError(
            f"{path.name} has {shape[0]} channels of {8 * shape[1]} bits; one of 16 is expected."
        )
    if present < samples:
        raise AudioError(f"{path.name} is cut off: it has {present} of its {samples} samples.")
    return rate, np.memmap(path, "<i2", mode="r", offset=start, shape=(samples,)) if pcm is None else pcm
