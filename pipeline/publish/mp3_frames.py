"""MPEG Layer III frames (ISO/IEC 11172-3, 2.4.2.3; 13818-3): enough to check and join finished chapters."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pipeline.audio.codec import CODECS
from pipeline.errors import PublishError

_BLOCK = 1 << 20
_RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
_BITRATES_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_BITRATES_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)


def blocks(path: Path, sample_rate: int, frames: int) -> Iterator[bytes]:
    """The file's bytes, after a look at whether they can be ``frames`` frames of constant bit rate.

    Raises ``PublishError`` when the first header is not Layer III at ``sample_rate``, or when the size is
    more than two frames away from what its bit rate says.
    """
    with path.open("rb") as file:
        block = file.read(_BLOCK)
        rate, bitrate = _header(block)
        size = path.stat().st_size
        frame_bytes = CODECS["mp3"].samples_per_frame(sample_rate) // 8 * bitrate * 1000 / sample_rate
        if rate != sample_rate or abs(size - frames * frame_bytes) > 2 * frame_bytes:
            raise PublishError(
                f"{path.name} is not {frames} frames of MP3 at {sample_rate} Hz: make its chapter again."
            )
        while block:
            yield block
            block = file.read(_BLOCK)


def _header(data: bytes) -> tuple[int, int]:
    """Sample rate in Hz and bit rate in kbit/s; zeros when it is not the header of a Layer III frame."""
    if len(data) < 4 or data[0] != 0xFF or data[1] & 0xE6 != 0xE2:
        return 0, 0
    version, bitrate, rate = data[1] >> 3 & 3, data[2] >> 4, data[2] >> 2 & 3
    if version == 1 or bitrate in (0, 15) or rate == 3:
        return 0, 0
    return _RATES[version][rate], (_BITRATES_1 if version == 3 else _BITRATES_2)[bitrate]
