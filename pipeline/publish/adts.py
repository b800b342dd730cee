"""AAC in ADTS frames (ISO/IEC 14496-3, 1.A.3.2): the form in which finished chapters wait to be joined."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import PublishError

_BLOCK = 256 * 1024
_RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)


@dataclass(frozen=True, slots=True)
class AacConfig:
    """What a decoder must know before the first frame."""

    object_type: int
    """2 is AAC-LC."""
    rate_index: int
    channels: int

    @property
    def sample_rate(self) -> int:
        """Hz."""
        return _RATES[self.rate_index]

    @property
    def specific(self) -> bytes:
        """AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1): 5 + 4 + 4 bits, and three that are zero."""
        return (self.object_type << 11 | self.rate_index << 7 | self.channels << 3).to_bytes(2, "big")


def read_config(path: Path) -> AacConfig:
    """What the file's first header says. Raises ``PublishError`` when it does not begin with one."""
    with path.open("rb") as file:
        header = file.read(7)
    if (
        len(header) < 7
        or header[0] != 0xFF
        or header[1] & 0xF6 != 0xF0
        or (header[2] >> 2 & 15) >= len(_RATES)
    ):
        raise _broken(path)
    return AacConfig((header[2] >> 6) + 1, header[2] >> 2 & 15, (header[2] & 1) << 2 | header[3] >> 6)


def frame_sizes(path: Path) -> Iterator[array[int]]:
    """The payload sizes of all frames in bytes, some thousand at a time.

    Raises ``PublishError`` where the chain of frames breaks, also at the end of the file.
    """
    for block, bounds in _frames(path):
        del block
        yield array("I", [end - start for start, end in bounds])


def payloads(path: Path) -> Iterator[bytes]:
    """The frames without their headers, back to back, some thousand at a time."""
    for block, bounds in _frames(path):
        view = memoryview(block)
        yield b"".join([view[start:end] for start, end in bounds])


def _frames(path: Path) -> Iterator[tuple[bytes, list[tuple[int, int]]]]:
    """Blocks of the file, and where in each the payloads of its whole frames are."""
    with path.open("rb") as file:
        rest = b""
        while block := file.read(_BLOCK):
            block = rest + block
            position, last = 0, len(block) - 7
            bounds = []
            while position <= last:
                if block[position] != 0xFF or block[position + 1] & 0xF6 != 0xF0 or block[position + 6] & 3:
                    raise _broken(path)
                size = (block[position + 3] & 3) << 11 | block[position + 4] << 3 | block[position + 5] >> 5
                end = position + size
                start = position + (7 if block[position + 1] & 1 else 9)  # without and with a checksum
                if start >= end:
                    raise _broken(path)
                if end > last + 7:
                    break
                bounds.append((start, end))
                position = end
            rest = block[position:]
            yield block, bounds
        if rest:
            raise _broken(path)


def _broken(path: Path) -> PublishError:
    return PublishError(f"{path.name} is damaged, it is no chain of AAC frames: make its chapter again.")
