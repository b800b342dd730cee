"""Kokoro as files: one model, and a style for each of its voices.

In ``<voices_dir>/kokoro`` lies either ``NAME.onnx`` or ``NAME.pth``, the model; ``config.json``, which says what
number each letter has (an ONNX model may say so itself); and the styles: ``voices/NAME.pt`` (PyTorch),
``voices/NAME.npy`` or ``voices/NAME.bin`` (float32), or all of them in one ``voices*.bin`` or ``voices*.npz``.
That is how they are published. A style is a table with one row of 256 numbers for each length of a text.
"""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline import limits
from pipeline.errors import EngineUnavailable
from pipeline.speech.kokoro_letters import LANGUAGES
from pipeline.speech.piper_files import VoiceRecord, record_of

STYLE_NUMBERS = 256
VOICE_NAME = re.compile(r"[a-z][a-z]_[a-z0-9_-]{1,60}")
_PART = re.compile(rf"({VOICE_NAME.pattern})(?:\((\d{{1,3}}(?:\.\d{{1,3}})?)\))?")
_MOST_PARTS = 8

Style = NDArray[np.float32]
"""Shape (lengths, 256)."""


@dataclass(frozen=True, slots=True)
class KokoroModel:
    """What lies in the folder."""

    path: Path
    record: VoiceRecord
    styles: Mapping[str, Path]
    """Where each voice's style is, by its name."""

    @property
    def is_onnx(self) -> bool:
        """Whether it runs in ONNX Runtime; else it is PyTorch's."""
        return self.path.suffix == ".onnx"


def installed(folder: Path) -> KokoroModel | None:
    """The model of a folder, or None. Raises ``EngineUnavailable`` when there are two."""
    models = sorted([*folder.glob("*.onnx"), *folder.glob("*.pth")]) if folder.is_dir() else []
    if not models:
        return None
    if len(models) > 1:
        names = " and ".join(path.name for path in models)
        raise EngineUnavailable(f"There is more than one model of Kokoro in {folder} ({names}): leave one.")
    styles: dict[str, Path] = {}
    for path in sorted([*folder.glob("voices*.bin"), *folder.glob("voices*.npz"), *folder.glob("voices/*")]):
        styles |= {name: path for name in _names(path) if VOICE_NAME.fullmatch(name) and name[0] in LANGUAGES}
    return KokoroModel(models[0], record_of(models[0]), dict(sorted(styles.items())))


def blend(identity: str) -> tuple[tuple[str, float], ...] | None:
    """The voices of ``af_bella(2)+af_sky`` with their shares, which add up to 1; None when that is none."""
    parts = [_PART.fullmatch(part.strip()) for part in identity.split("+")]
    if not parts or len(parts) > _MOST_PARTS or None in parts:
        return None
    weights = [(part[1], float(part[2] or 1)) for part in parts if part]
    total = sum(weight for _, weight in weights)
    return tuple((name, weight / total) for name, weight in weights) if total else None


def style_hash(path: Path) -> str:
    """Hex SHA-256 of a file of styles."""
    stat = path.stat()
    return _hash(path, stat.st_size, stat.st_mtime_ns)


def read_style(path: Path, name: str) -> Style:
    """The style of a voice. Raises ``EngineUnavailable`` when the file is not what it should be."""
    try:
        table = _read(path, name)
    except (ImportError, OSError, ValueError, KeyError, RuntimeError, zipfile.BadZipFile) as error:
        raise EngineUnavailable(
            f"The style of the voice “{name}” in {path} cannot be read: {error}."
        ) from error
    table = np.asarray(table, np.float32)
    if table.size % STYLE_NUMBERS or not table.size or not np.all(np.isfinite(table)):
        raise EngineUnavailable(f"The style of the voice “{name}” in {path} is none of Kokoro's.")
    return table.reshape(-1, STYLE_NUMBERS)


def read_config(folder: Path) -> dict[str, Any]:
    """``config.json``, or ``tokenizer.json`` where that is what lies there; empty when neither does.

    Raises ``EngineUnavailable`` when it cannot be read.
    """
    for name in ("config.json", "tokenizer.json"):
        path = folder / name
        try:
            if not path.exists():
                continue
            if path.stat().st_size > limits.VOICE_CONFIG_BYTES:
                raise ValueError(f"it is larger than {limits.VOICE_CONFIG_BYTES} bytes")
            said = json.loads(path.read_bytes())
            if name == "tokenizer.json":
                said = said["model"]
            numbers_of(said)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise EngineUnavailable(f"{path} is not Kokoro's: {error}.") from error
        return dict(said)
    return {}


def numbers_of(config: Mapping[str, Any]) -> dict[str, int]:
    """The number of each letter. Raises ``ValueError`` when that is not what the configuration has."""
    vocabulary = config.get("vocab")
    if not isinstance(vocabulary, dict) or not vocabulary:
        raise ValueError("it has no table of letters (vocab)")
    if not all(isinstance(number, int) and 0 <= number < 1_000 for number in vocabulary.values()):
        raise ValueError("a letter's number is none")
    return {str(letter): int(number) for letter, number in vocabulary.items()}


@lru_cache(maxsize=512)
def _hash(path: Path, size: int, mtime_ns: int) -> str:
    if size > limits.VOICE_FILE_BYTES:
        raise EngineUnavailable(f"{path} is larger than {limits.VOICE_FILE_BYTES} bytes.")
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _names(path: Path) -> list[str]:
    if path.suffix in (".bin", ".npz") and zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            return [name.removesuffix(".npy") for name in archive.namelist()]
    return [path.stem] if path.suffix in (".pt", ".npy", ".bin") and path.parent.name == "voices" else []


def _read(path: Path, name: str) -> Any:
    if path.suffix == ".pt":
        import torch

        return torch.load(path, map_location="cpu", weights_only=True).numpy()
    if path.suffix == ".npy":
        return np.load(path, allow_pickle=False)
    if not zipfile.is_zipfile(path):
        return np.fromfile(path, np.float32)
    with zipfile.ZipFile(path) as archive:
        entry = archive.getinfo(f"{name}.npy")
        if entry.file_size > limits.VOICE_CONFIG_BYTES:
            raise ValueError("it is too large")
        with archive.open(entry) as file:
            return np.lib.format.read_array(file, allow_pickle=False)
