"""Get a Whisper model, remove one.

Models come from Hugging Face, or a mirror with its addresses (``pipeline.pulling.hub``). Everything is fetched of one
commit, checked, and written down with the SHA-256 that was computed here: whenever the model is loaded, it is
compared with that.

No hash of a model is part of Voxpress: what the commit says when it is pulled for the first time is trusted. Who
wants the same on many hosts names the commit with ``--revision``.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from pipeline import serial
from pipeline.errors import FetchError, HearingError, RecogniserUnavailable, SettingsError
from pipeline.hear.models import RECORD, ModelFolder, ModelRecord, installed
from pipeline.pulling.files import MirroredFile, Progress, Pulling, only_one
from pipeline.pulling.hub import PUBLIC_HUB, REPOSITORY, REVISION, commit_of, files_of
from pipeline.pulling.mirror import Mirror

WHISPER_MODELS: Mapping[str, str] = {
    "tiny": "Systran/faster-whisper-tiny",
    "tiny.en": "Systran/faster-whisper-tiny.en",
    "base": "Systran/faster-whisper-base",
    "base.en": "Systran/faster-whisper-base.en",
    "small": "Systran/faster-whisper-small",
    "small.en": "Systran/faster-whisper-small.en",
    "medium": "Systran/faster-whisper-medium",
    "medium.en": "Systran/faster-whisper-medium.en",
    "large-v3": "Systran/faster-whisper-large-v3",
    "large-v3-turbo": "mobiuslabsgmbh/faster-whisper-large-v3-turbo",
    "distil-large-v3": "Systran/faster-distil-whisper-large-v3",
}
"""Names for the models that most people mean; any other is named ``OWNER/MODEL``."""
_WANTED = re.compile(r"(config|preprocessor_config|tokenizer)\.json|model\.bin|vocabulary\.(json|txt)")
"""The files that CTranslate2 and faster-whisper read."""
_NEEDED = ("model.bin", "config.json", "tokenizer.json")
"""Without the last one faster-whisper would ask the network while it listens."""
_WHISPER = "whisper"


def pull(
    name: str,
    models_dir: Path,
    source: str = PUBLIC_HUB,
    revision: str = "main",
    progress: Progress | None = None,
) -> ModelFolder:
    """Fetch a Whisper model; the installed one.

    Raises ``FetchError`` (network, size, checksum), ``HearingError`` when the folder cannot be written, and
    ``SettingsError`` for what is no name.
    """
    repository, folder_name = _names(name)
    if not REVISION.fullmatch(revision):
        raise SettingsError(f"“{revision}” is no revision: name a commit, a branch or a tag of the model.")
    mirror = Mirror.at(source)
    commit = commit_of(mirror, repository, revision)
    files = files_of(mirror, repository, commit, _WANTED)
    missing = [needed for needed in _NEEDED if needed not in files]
    if missing:
        raise FetchError(
            f"{repository} is no Whisper model in CTranslate2's form: it has no {' and no '.join(missing)}."
        )
    try:
        with only_one(models_dir / _WHISPER) as folder:
            target, part = folder / folder_name, folder / f".{folder_name}.{commit[:12]}.part"
            part.mkdir(exist_ok=True)
            hashes = _fetch_all(files, mirror, part, progress)
            sizes = {name: file.size for name, file in files.items()}
            record = ModelRecord(f"{mirror.root}/{repository}", commit, hashes, sizes)
            (part / RECORD).write_bytes(serial.dump(record))
            if target.exists():
                shutil.rmtree(target)
            part.replace(target)
    except OSError as error:
        raise HearingError(f"The model “{name}” cannot be written: {error}.") from error
    return ModelFolder(target, _WHISPER)


def remove(name: str, models_dir: Path) -> None:
    """Delete a pulled model. Raises ``RecogniserUnavailable`` when there is none of that name."""
    for model in installed(_WHISPER, models_dir):
        if model.name == name:
            try:
                (model.path / RECORD).unlink()  # from here on it is not there
                shutil.rmtree(model.path)
            except OSError as error:
                raise HearingError(f"The model “{name}” cannot be removed: {error}.") from error
            return
    raise RecogniserUnavailable(
        f"There is no pulled model “{name}”: 'voxpress models list' shows what is here."
    )


def _names(name: str) -> tuple[str, str]:
    """The repository, and the name that the model has here."""
    if name in WHISPER_MODELS:
        return WHISPER_MODELS[name], name
    if not REPOSITORY.fullmatch(name):
        raise SettingsError(
            f"There is no model “{name}”; there are {', '.join(WHISPER_MODELS)}, and any OWNER/MODEL in "
            "CTranslate2's form."
        )
    return name, name.replace("/", "--")


def _fetch_all(
    files: Mapping[str, MirroredFile], mirror: Mirror, folder: Path, progress: Progress | None
) -> dict[str, str]:
    """All files into a folder; their SHA-256 by name. Goes on with what is there of an earlier try."""
    pulling = Pulling(mirror, sum(file.size for file in files.values()), progress)
    by_size = sorted(files.items(), key=lambda entry: entry[1].size)
    return {
        name: pulling.fetch(file, folder / name) for name, file in by_size
    }  # what is wrong is noticed early
