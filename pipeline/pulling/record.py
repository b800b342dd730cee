"""What is known of a pulled model: where it came from, and the SHA-256 of each of its files."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from pipeline import serial
from pipeline.pulling.files import hash_file

RECORD = "voxpress.json"
"""In a pulled model's folder, what is known of it: written last, so that without it the model is not there."""
TICK_SECONDS = 2.0
"""A file that was changed so lately could be changed again at what its file system takes for the same time: FAT
counts in steps of 2 s, Linux in those of its timer (at most 10 ms)."""


@dataclass(frozen=True, slots=True)
class ModelRecord:
    """What is kept about a pulled model."""

    source: str
    """Where it came from."""
    revision: str
    """The commit that was pulled."""
    files: dict[str, str]
    """SHA-256 by name, as computed when the files had arrived and passed."""
    sizes: dict[str, int]
    licence: str = ""


def read_record(folder: Path) -> ModelRecord | None:
    """What was pulled into a folder; None for one that somebody put there."""
    try:
        return serial.load(ModelRecord, (folder / RECORD).read_bytes())
    except (OSError, ValidationError):
        return None


def write_record(folder: Path, record: ModelRecord) -> None:
    """Write it, whole or not at all."""
    part = folder / f".{RECORD}.{os.getpid()}.part"
    part.write_bytes(serial.dump(record))
    part.replace(folder / RECORD)


def known_hash(file: Path) -> str:
    """SHA-256 of a file, computed once in a process as long as size and time of change are the same."""
    stat = os.stat(file)
    key = (file, stat.st_size, stat.st_mtime_ns)
    if key in _hashed:
        return _hashed[key]
    found = hash_file(file)
    if abs(time.time() - stat.st_mtime) > TICK_SECONDS:
        _hashed[key] = found
    return found


_hashed: dict[tuple[Path, int, int], str] = {}
