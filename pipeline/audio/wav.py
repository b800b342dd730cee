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

_FLOAT, _EXTENSIBLE = 3, 0xFFFE
_KINDS = {(1, 8), (1, 16), (1, 24), (1, 32), (_FLOAT, 32), (_FLOAT, 64)}
"""Format codes and bits that are read."""
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


def read_wav(data: bytes) -> tuple[int, Pcm]:
    """Sample rate (Hz) and samples, mono, of a WAV file that somebody else wrote.

    Samples of 8, 16, 24 or 32 bits, or floating-point ones, of any number of channels, which are averaged. Sizes in
    its head that lie, as those of a file that was written as a stream, are not believed: then its samples end where
    it does. Raises ``AudioError``. RIFF as in Microsoft's "Multiple Channel Audio Data and WAVE Files".
    """
    if data[:4] not in (b"RIFF", b"RF64") or data[8:12] != b"WAVE":
        raise AudioError("That is no WAV file.")
    layout: tuple[int, int, int, int] | None = None
    at = 12
    while at + 8 <= len(data):
        kind, size = struct.unpack_from("<4sI", data, at)
        at += 8
        if kind == b"fmt " and size >= 16 and at + 16 <= len(data):
            code, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", data, at)
            if code == _EXTENSIBLE and size >= 26 and at + 26 <= len(data):
                code = struct.unpack_from("<H", data, at + 24)[0]
            layout = code, channels, rate, bits
        elif kind == b"data" and layout is not None:
            return layout[2], _samples(data[at : at + size], *layout)
        at += size + size % 2
    raise AudioError("The WAV file has no samples.")


def _samples(data: bytes, code: int, channels: int, rate: int, bits: int) -> Pcm:
    width = bits // 8
    if (code, bits) not in _KINDS or not 1 <= channels <= 8 or not rate:
        raise AudioError(f"The WAV file has samples of a kind that is not read ({code}, {bits} bits).")
    whole = data[: len(data) // (width * channels) * width * channels]
    if (code, bits) == (1, 16) and channels == 1:
        return np.frombuffer(whole, "<i2").astype(np.int16)
    if bits == 24:
        parts = np.frombuffer(whole, np.uint8).reshape(-1, 3).astype(np.int32)
        values = ((parts[:, 0] | parts[:, 1] << 8 | parts[:, 2] << 16) ^ 0x800000) - 0x800000
        samples = values / 2.0**23
    elif code == _FLOAT:
        samples = np.frombuffer(whole, f"<f{width}").astype(np.float64)
    elif bits == 8:
        samples = (np.frombuffer(whole, np.uint8).astype(np.float64) - 128) / 128
    else:
        samples = np.frombuffer(whole, f"<i{width}") / 2.0 ** (bits - 1)
    if not np.isfinite(samples).all():
        raise AudioError("The WAV file has samples that are not numbers.")
    mono = samples.reshape(-1, channels).mean(axis=1)
    pcm: Pcm = np.clip(np.rint(mono * 32768), -32768, 32767).astype(np.int16)
    return pcm


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
