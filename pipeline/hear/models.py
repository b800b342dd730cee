"""Models of recognisers as folders on this machine: which one is meant, and whether it is what it was.

A model is never downloaded in passing. It is a folder that the user names (the setting ``asr_model``), or one below
``models/NAME`` of the state folder that ``voxpress models pull`` put there. The hash of its weights is part of all
that it heard, and is compared with what was pulled before they are loaded.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from pipeline import limits
from pipeline.errors import RecogniserUnavailable
from pipeline.hear.recogniser import RecogniserContext
from pipeline.pulling.record import RECORD, ModelRecord, known_hash, read_record

logger = logging.getLogger(__name__)

WEIGHTS = {"whisper": "model.bin"}
"""The file that makes a folder a model; a recogniser without an entry has models of many files."""
_LANGUAGE = re.compile(r"<\|([a-z]{2,3})\|>")


class ModelFolder:
    """A model on this machine."""

    def __init__(self, path: Path, recogniser: str, name: str = "") -> None:
        """``name`` is a pulled model's; else the folder is its name."""
        self.path, self.recogniser, self.name = path, recogniser, name or path.name

    @cached_property
    def record(self) -> ModelRecord | None:
        """What was pulled; None for a folder of the user's own."""
        return read_record(self.path)

    @property
    def size(self) -> int:
        """Bytes."""
        return sum(file.stat().st_size for file in self.files)

    @cached_property
    def files(self) -> tuple[Path, ...]:
        """All of the model's files, in a fixed order."""
        found = (file for file in self.path.rglob("*") if file.is_file() and file.name != RECORD)
        return tuple(sorted(file for file in found if not file.name.startswith(".")))

    @property
    def digest(self) -> str:
        """16 hex digits over the names and the bytes of all files."""
        known = self.record.files if self.record else {}
        hashes = [
            (name, known.get(name) or known_hash(file))
            for file in self.files
            if (name := str(file.relative_to(self.path)))
        ]
        return hashlib.sha256(json.dumps(hashes).encode()).hexdigest()[:16]

    @cached_property
    def languages(self) -> frozenset[str]:
        """The languages that a Whisper model has tokens for, as Whisper names them; English for one without."""
        path = self.path / "tokenizer.json"
        try:
            if path.stat().st_size > limits.MODEL_TOKENIZER_BYTES:
                return frozenset()
            added = json.loads(path.read_bytes()).get("added_tokens", [])
        except (OSError, ValueError, AttributeError):
            return frozenset(("en",))
        names = {str(token.get("content", "")) for token in added if isinstance(token, dict)}
        found = {match[1] for name in names if (match := _LANGUAGE.fullmatch(name))}
        return frozenset(found or ("en",))

    def require_unchanged(self) -> None:
        """Raise ``RecogniserUnavailable`` when a pulled model's weights are not those that were pulled."""
        for name, expected in (self.record.files if self.record else {}).items():
            try:
                found = known_hash(self.path / name)
            except OSError as error:
                raise RecogniserUnavailable(
                    f"{self.path / name} is gone: 'voxpress models pull {self.name}' gets it again."
                ) from error
            if found != expected:
                raise RecogniserUnavailable(
                    f"{self.path / name} is not what was pulled: 'voxpress models remove {self.name}', then pull it "
                    "again."
                )


def installed(recogniser: str, models_dir: Path) -> Iterator[ModelFolder]:
    """The whole models that were pulled, by name."""
    folder = models_dir / recogniser
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if (path / RECORD).is_file():
            yield ModelFolder(path, recogniser)


def find_model(recogniser: str, context: RecogniserContext) -> ModelFolder:
    """The model that is meant. Raises ``RecogniserUnavailable`` when there is none."""
    pulled = {model.name: model for model in installed(recogniser, context.models_dir)}
    wanted = context.model
    if wanted in pulled:
        return pulled[wanted]
    if wanted:
        path = Path(wanted).expanduser()
        if not path.is_dir() or not _is_model(recogniser, path):
            raise RecogniserUnavailable(
                f"“{wanted}” is neither a pulled model nor a folder with one of {recogniser}: 'voxpress models list' "
                "shows what is here."
            )
        return ModelFolder(path, recogniser)
    if not pulled:
        raise RecogniserUnavailable(
            "There is no model for speech recognition: 'voxpress models pull small' gets one, or 'asr_model' names "
            "the folder of one."
        )
    return max(pulled.values(), key=lambda model: model.size)


def _is_model(recogniser: str, path: Path) -> bool:
    weights = WEIGHTS.get(recogniser)
    return (path / weights).is_file() if weights else any(path.iterdir())


__all__ = ["RECORD", "WEIGHTS", "ModelFolder", "ModelRecord", "find_model", "installed"]
