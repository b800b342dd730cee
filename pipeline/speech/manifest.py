"""Models of engines that can be pulled: a data file an engine, ``manifests/ENGINE.json``.

Each model is a commit of a public repository and the files of it that the engine reads, with the SHA-256 that they
are known to have. A file without one is refused unless it is given by the one who pulls, or what the mirror says when
it is pulled for the first time is trusted; that is written down and compared ever after.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import PurePosixPath

from pydantic import ValidationError

from pipeline import serial
from pipeline.errors import EngineUnavailable, SettingsError, VoiceNotFound
from pipeline.limits import MANIFEST_FILES, MODEL_FILE_BYTES
from pipeline.pulling.hub import COMMIT, REPOSITORY

_SHA256 = re.compile(r"[0-9a-f]{64}")
_PART = re.compile(r"[A-Za-z0-9_][\w.+-]*")


@dataclass(frozen=True, slots=True)
class WantedFile:
    """One file of a model."""

    path: str
    """In the repository, and below the model's folder."""
    sha256: str = ""
    """Hex; empty: nobody here knows it."""
    size: int = 0
    """Bytes; 0: as the mirror says."""
    weights: bool = False
    """Whether it is what the engine checks by itself before it loads it."""


@dataclass(frozen=True, slots=True)
class PullableModel:
    """One model of an engine."""

    name: str
    about: str
    """One sentence, for people."""
    repository: str
    """``OWNER/NAME`` at Hugging Face."""
    commit: str
    folder: str
    """Below ``<voices_dir>/<engine>``; ``.`` for that one itself."""
    licence: str
    files: tuple[WantedFile, ...]
    languages: tuple[str, ...] = ()
    """BCP 47."""
    licence_url: str = ""
    commercial: bool = True
    """Whether what it speaks may be sold; where not, the licence must be accepted."""
    hashes: str = ""
    """How the hashes are known."""
    classes: tuple[str, ...] = ()
    """``MODULE NAME`` that pickles of it may name: plain data of the engine's own library."""
    engine: str = ""
    """Whose manifest it stands in."""

    @property
    def id(self) -> str:
        """``engine:name``."""
        return f"{self.engine}:{self.name}"

    @property
    def size(self) -> int:
        """Bytes of the files whose size is known."""
        return sum(file.size for file in self.files)

    @property
    def unknown(self) -> list[str]:
        """Files without a hash."""
        return [file.path for file in self.files if not file.sha256]

    def with_hashes(self, given: Mapping[str, str]) -> PullableModel:
        """This model with hashes that somebody gives, by path. Raises ``SettingsError``."""
        for path, sha256 in given.items():
            known = {file.path: file.sha256 for file in self.files}
            if path not in known or not _SHA256.fullmatch(sha256):
                there = ", ".join(self.unknown or known)
                raise SettingsError(
                    f"“{path}={sha256}” is no file of {self.id} with a SHA-256; files: {there}."
                )
            if known[path] not in ("", sha256):
                raise SettingsError(f"{path} of {self.id} is known to have another SHA-256: {known[path]}.")
        wanted = (replace(file, sha256=given.get(file.path, file.sha256)) for file in self.files)
        return replace(self, files=tuple(wanted))


@dataclass(frozen=True, slots=True)
class _Manifest:
    models: tuple[PullableModel, ...]


def pullable_models() -> list[PullableModel]:
    """All models of all manifests, by name."""
    return sorted(_all(), key=lambda model: model.id)


def find_model(name: str) -> PullableModel | None:
    """A model by its full name, its own name, or its engine's where that has one only.

    Raises ``VoiceNotFound`` for an engine that has several.
    """
    models = pullable_models()
    found = next((model for model in models if name in (model.id, model.name)), None)
    of_engine = [model for model in models if model.engine == name]
    if found is None and len(of_engine) > 1:
        there = " or ".join(model.id for model in of_engine)
        raise VoiceNotFound(f"The engine “{name}” has more than one model: say {there}.")
    return found or next(iter(of_engine), None)


def read_manifest(engine: str, data: bytes) -> list[PullableModel]:
    """The models of a data file. Raises ``EngineUnavailable`` when it is none."""
    try:
        entries = serial.load(_Manifest, data).models
        models = [_model(engine, entry) for entry in entries]
    except (ValidationError, ValueError) as error:
        raise EngineUnavailable(f"The manifest of {engine} cannot be used: {error}.") from error
    return models


def _all() -> Iterator[PullableModel]:
    for file in (files("pipeline.speech") / "manifests").iterdir():
        if file.name.endswith(".json"):
            yield from read_manifest(file.name.removesuffix(".json"), file.read_bytes())


def _model(engine: str, entry: PullableModel) -> PullableModel:
    if not REPOSITORY.fullmatch(entry.repository) or not COMMIT.fullmatch(entry.commit):
        raise ValueError(f"{entry.name} names no commit of a repository")
    if entry.folder != "." and not _PART.fullmatch(entry.folder):
        raise ValueError(f"{entry.name} has no plain folder")
    if not 0 < len(entry.files) <= MANIFEST_FILES:
        raise ValueError(f"{entry.name} has no files, or too many")
    for file in entry.files:
        if not all(_PART.fullmatch(part) for part in PurePosixPath(file.path).parts) or file.path.startswith(
            "/"
        ):
            raise ValueError(f"{file.path} is not a plain path")
        if file.sha256 and not _SHA256.fullmatch(file.sha256):
            raise ValueError(f"the hash of {file.path} is none")
        if not 0 <= file.size <= MODEL_FILE_BYTES:
            raise ValueError(f"the size of {file.path} is beyond the limit")
    return replace(entry, engine=engine)
