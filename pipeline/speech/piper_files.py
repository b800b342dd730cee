"""Piper voices as files: ``<id>.onnx``, ``<id>.onnx.json``, and beside them what Voxpress knows of them.

A voice is the pair; one without its JSON (half copied) is not there. ``<id>.voxpress.json`` is ours: the
hash of the model, so that it is not computed for every listing, and for pulled voices what was pulled and
from where.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from pipeline import limits, serial
from pipeline.pulling.files import hash_file

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class VoiceRecord:
    """What is kept about one model file."""

    size: int
    mtime_ns: int
    """Of the model when it was hashed: if either differs, the hash is computed again."""
    sha256: str
    pulled_sha256: str = ""
    """Of the model as it was pulled; empty for a voice that was put there by hand."""
    source: str = ""
    licence: str = ""


@dataclass(frozen=True, slots=True)
class VoiceFiles:
    """One installed voice."""

    id: str
    model: Path
    config: dict[str, Any]
    record: VoiceRecord
    config_sha256: str

    @property
    def languages(self) -> tuple[str, ...]:
        """BCP 47 tags, the best first."""
        code = self.config.get("language", {}).get("code") or self.id.split("-")[0]
        espeak = self.config.get("espeak", {}).get("voice", "")
        tags = [tag.replace("_", "-") for tag in (code, espeak) if tag]
        return tuple({tag.lower(): tag for tag in reversed(tags)}.values())[::-1]


def config_path(model: Path) -> Path:
    """Where the configuration of a model stands."""
    return model.with_name(f"{model.name}.json")


def record_path(model: Path) -> Path:
    """Where our record of a model stands."""
    return model.with_name(f"{model.stem}.voxpress.json")


def installed(folder: Path) -> Iterator[VoiceFiles]:
    """The complete voices of a folder, by id. One that cannot be read is logged and left out."""
    if not folder.is_dir():
        return
    for model in sorted(folder.glob("*.onnx")):
        try:
            yield read_voice(model)
        except (OSError, ValueError, KeyError) as error:
            if config_path(model).exists():
                logger.warning("the Piper voice %s is left out: %s", model, error)


def read_voice(model: Path) -> VoiceFiles:
    """One voice. Raises ``OSError`` or ``ValueError`` when it is not complete."""
    path = config_path(model)
    if path.stat().st_size > limits.VOICE_CONFIG_BYTES:
        raise ValueError(f"its configuration is larger than {limits.VOICE_CONFIG_BYTES} bytes")
    data = path.read_bytes()
    config = json.loads(data)
    if not isinstance(config, dict) or not isinstance(config.get("audio", {}).get("sample_rate"), int):
        raise ValueError("its configuration is not that of a Piper voice")
    return VoiceFiles(model.stem, model, config, record_of(model), hashlib.sha256(data).hexdigest())


def write_record(model: Path, record: VoiceRecord) -> None:
    """Write our record of a model, whole or not at all."""
    path = record_path(model)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    part.write_bytes(serial.dump(record))
    part.replace(path)


def record_of(model: Path) -> VoiceRecord:
    """What is kept about a file of weights: its hash is computed once, and again when its size or time differ."""
    stat = model.stat()
    known = _known_record(model)
    if known and (known.size, known.mtime_ns) == (stat.st_size, stat.st_mtime_ns):
        return known
    if (cached := _hashed.get(model)) and (cached.size, cached.mtime_ns) == (stat.st_size, stat.st_mtime_ns):
        return cached
    fresh = replace(
        known or VoiceRecord(0, 0, ""), size=stat.st_size, mtime_ns=stat.st_mtime_ns, sha256=hash_file(model)
    )
    try:
        write_record(model, fresh)
    except OSError:
        _hashed[model] = fresh  # a folder that is shared read-only: remember it for this process
    return fresh


_hashed: dict[Path, VoiceRecord] = {}


def _known_record(model: Path) -> VoiceRecord | None:
    try:
        return serial.load(VoiceRecord, record_path(model).read_bytes())
    except (OSError, ValidationError):
        return None
