"""A recording of any length, in one file or in many: decoded once, sketched on the way, and looked into anywhere.

The samples go to a temporary file (115 MB for each hour), never into memory as a whole.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from pipeline.align.long_sound import Sketch, Sketcher
from pipeline.align.mfcc import RATE
from pipeline.audio.ffmpeg import decode
from pipeline.errors import AudioError
from pipeline.limits import RECORDING_SECONDS
from pipeline.model import Pcm

SHORTEST_SECONDS = 0.3
"""A recording in which less than that sounds has no speech."""
_BYTES = 2


@dataclass(frozen=True, slots=True)
class Part:
    """One of the files, on the time line of them all laid end to end."""

    path: Path
    start: float
    """Seconds."""
    end: float


class Recording:
    """Audio files laid end to end, as mono samples at ``rate`` Hz. A context manager: leaving it frees the disk."""

    rate = RATE

    def __init__(
        self,
        paths: Sequence[Path],
        told: Callable[[float], None] = lambda _: None,
        folder: Path | None = None,
    ) -> None:
        """Decode ``paths`` in this order; ``told`` hears how many seconds are done.

        ``folder`` is where the samples are kept meanwhile; None: where temporary files go. Raises ``AudioError``
        when a file cannot be read, has no audio, or nothing sounds in any of them.
        """
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115  (closed by __exit__)
        try:
            self._read(paths, told)
        except BaseException:
            self._file.close()
            raise

    def _read(self, paths: Sequence[Path], told: Callable[[float], None]) -> None:
        sketcher = Sketcher(self.rate)
        parts: list[Part] = []
        samples = 0
        for path in paths:
            if not path.is_file():
                raise AudioError(f"There is no audio file {path}: check the path.")
            begin = samples
            for block in decode(path, self.rate):
                self._file.write(block.tobytes())
                sketcher.hear(block)
                samples += len(block)
                told(samples / self.rate)
                if samples > RECORDING_SECONDS * self.rate:
                    raise AudioError(
                        f"The recording is longer than {RECORDING_SECONDS // 3600} hours, the most that is aligned at"
                        " once: align its parts."
                    )
            if samples == begin:
                raise AudioError(f"There is no audio in {path.name}: hand in a recording.")
            parts.append(Part(path, begin / self.rate, samples / self.rate))
        self._file.flush()
        self.parts = tuple(parts)
        self.samples = samples
        self.sketch: Sketch = sketcher.sketch()
        if len(self.sketch) * 0.04 < SHORTEST_SECONDS:
            raise AudioError(f"Nothing is heard in {names(paths)}: hand in a recording of speech.")

    @property
    def duration(self) -> float:
        """Seconds."""
        return self.samples / self.rate

    def piece(self, start: float, end: float) -> Pcm:
        """The samples between two times (s)."""
        first = min(max(0, round(start * self.rate)), self.samples)
        last = min(max(first, round(end * self.rate)), self.samples)
        self._file.seek(first * _BYTES)
        return np.frombuffer(self._file.read((last - first) * _BYTES), np.int16)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()


AUDIO_SUFFIXES = frozenset(
    ".aac .ac3 .aif .aiff .flac .m4a .m4b .mka .mp2 .mp3 .mp4 .mpga .oga .ogg .opus .wav .wave .webm .wma".split()
)
"""What is taken for audio in a folder. A file that is named by itself may be called anything."""
_DIGITS = re.compile(r"(\d+)")


def audio_files(named: Sequence[Path]) -> list[Path]:
    """The files to be laid end to end: those of folders, and of a shell's pattern, in natural order (2 before 10).

    Files in any other order are left in it. Raises ``AudioError`` for a folder without audio.
    """
    found: list[Path] = []
    for path in named:
        if path.is_dir():
            inside = [
                one for one in path.rglob("*") if one.suffix.lower() in AUDIO_SUFFIXES and one.is_file()
            ]
            if not inside:
                raise AudioError(f"There are no audio files in the folder {path}: name the files themselves.")
            found += sorted(inside, key=natural)
        else:
            found.append(path)
    return sorted(found, key=natural) if found == sorted(found) else found


def natural(path: Path) -> list[tuple[tuple[int, int | str], ...]]:
    """Sorts as people do: numbers in names by their value."""
    return [
        tuple(
            (0, int(piece)) if piece.isdecimal() else (1, piece) for piece in _DIGITS.split(part.casefold())
        )
        for part in path.parts
    ]


def names(paths: Sequence[Path]) -> str:
    """What to call these files in a message."""
    return paths[0].name if len(paths) == 1 else f"{paths[0].name} and {len(paths) - 1} more"
