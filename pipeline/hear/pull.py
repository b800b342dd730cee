"""Get a Whisper model, remove one.

Models come from Hugging Face, or a mirror with its addresses: ``api/models/NAME/revision/REVISION`` names the commit,
``api/models/NAME/tree/COMMIT`` its files with their checksums (SHA-256 of large files, Git's own SHA-1 of small
ones), ``NAME/resolve/COMMIT/FILE`` are the files. Everything is fetched of that one commit, checked, and written down
with the SHA-256 that was computed here: whenever the model is loaded, it is compared with that.

No hash of a model is part of Voxpress: what the commit says when it is pulled for the first time is trusted. Who
wants the same on many hosts names the commit with ``--revision``.
"""

from __future__ import annotations

import fcntl
import hashlib
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from pipeline import limits, serial
from pipeline.errors import FetchError, HearingError, RecogniserUnavailable, SettingsError
from pipeline.hear.models import RECORD, ModelFolder, ModelRecord, installed
from pipeline.speech.mirror import Mirror, blocks
from pipeline.speech.piper_files import hash_file

Progress = Callable[[int, int], None]
"""Called with the bytes that are there and the bytes of all."""

PUBLIC_MODELS = "https://huggingface.co"
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
_COMMIT = re.compile(r"[0-9a-f]{40}")
_REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
_REVISION = re.compile(r"[\w.-]{1,100}")
_WHISPER = "whisper"


@dataclass(frozen=True, slots=True)
class _File:
    name: str
    size: int
    sha256: str
    """Empty for a small file, whose ``blob`` tells."""
    blob: str
    """Git's SHA-1 of a small file."""


def pull(
    name: str,
    models_dir: Path,
    source: str = PUBLIC_MODELS,
    revision: str = "main",
    progress: Progress | None = None,
) -> ModelFolder:
    """Fetch a Whisper model; the installed one.

    Raises ``FetchError`` (network, size, checksum), ``HearingError`` when the folder cannot be written, and
    ``SettingsError`` for what is no name.
    """
    repository, folder_name = _names(name)
    if not _REVISION.fullmatch(revision):
        raise SettingsError(f"“{revision}” is no revision: name a commit, a branch or a tag of the model.")
    mirror = Mirror.at(source)
    commit = _commit(mirror, repository, revision)
    files = _listed(mirror, repository, commit)
    try:
        with _only_one(models_dir) as folder:
            target, part = folder / folder_name, folder / f".{folder_name}.{commit[:12]}.part"
            part.mkdir(exist_ok=True)
            hashes = _fetch_all(files, mirror, f"{repository}/resolve/{commit}", part, progress)
            sizes = {file.name: file.size for file in files}
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
    if not _REPOSITORY.fullmatch(name):
        raise SettingsError(
            f"There is no model “{name}”; there are {', '.join(WHISPER_MODELS)}, and any OWNER/MODEL in "
            "CTranslate2's form."
        )
    return name, name.replace("/", "--")


def _commit(mirror: Mirror, repository: str, revision: str) -> str:
    said = mirror.read_json(f"api/models/{repository}/revision/{revision}", limits.MODEL_LIST_BYTES)
    commit = said.get("sha") if isinstance(said, dict) else None
    if not isinstance(commit, str) or not _COMMIT.fullmatch(commit):
        raise FetchError(f"{mirror.root} does not say which commit of {repository} is {revision}.")
    if _COMMIT.fullmatch(revision) and commit != revision:
        raise FetchError(f"{mirror.root} answers with another commit of {repository} than {revision}.")
    return commit


def _listed(mirror: Mirror, repository: str, commit: str) -> list[_File]:
    said = mirror.read_json(f"api/models/{repository}/tree/{commit}", limits.MODEL_LIST_BYTES)
    try:
        files = [_file(entry) for entry in said if _WANTED.fullmatch(str(entry["path"]))]
    except (KeyError, TypeError, ValueError) as error:
        raise FetchError(f"The list of files of {repository} at {mirror.root} is not understood.") from error
    missing = [name for name in _NEEDED if name not in {file.name for file in files}]
    if missing:
        raise FetchError(
            f"{repository} is no Whisper model in CTranslate2's form: it has no {' and no '.join(missing)}."
        )
    return files


def _file(entry: Mapping[str, Any]) -> _File:
    large = entry.get("lfs") or {}
    size = int(large.get("size", entry["size"]))
    if not 0 <= size <= limits.MODEL_FILE_BYTES:
        raise ValueError("its size is beyond the limit")
    sha256, blob = str(large.get("oid", "")), str(entry["oid"])
    if not re.fullmatch("[0-9a-f]{64}" if large else "", sha256) or not _COMMIT.fullmatch(blob):
        raise ValueError("its checksum is none")
    return _File(str(entry["path"]), size, sha256, blob)


@contextmanager
def _only_one(models_dir: Path) -> Iterator[Path]:
    """The folder of Whisper's models, for one process at a time."""
    folder = models_dir / _WHISPER
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder


def _fetch_all(
    files: list[_File], mirror: Mirror, place: str, folder: Path, progress: Progress | None
) -> dict[str, str]:
    """All files into a folder; their SHA-256 by name. Goes on with what is there of an earlier try."""
    total, done = sum(file.size for file in files), 0
    hashes = {}
    for file in sorted(files, key=lambda file: file.size):  # what is wrong is noticed before the large one
        path = folder / file.name
        _fetch(file, mirror, f"{place}/{file.name}", path, partial(_report, progress, done, total))
        hashes[file.name] = hash_file(path)
        right = hashes[file.name] == file.sha256 if file.sha256 else _git_hash(path) == file.blob
        if not right:
            path.unlink()
            raise FetchError(
                f"{file.name} from {mirror.root} is not what the list says (checksum); it was deleted."
            )
        done += file.size
    return hashes


def _fetch(file: _File, mirror: Mirror, address: str, path: Path, report: Callable[[int], None]) -> None:
    have = path.stat().st_size if path.exists() else 0
    if have > file.size:
        path.unlink()
        have = 0
    if have < file.size:
        with mirror.open(address, have) as (stream, begin), path.open("r+b" if begin else "wb") as target:
            target.seek(begin)
            have = begin
            for block in blocks(stream, file.name):
                have += len(block)
                if have > file.size:
                    break
                target.write(block)
                report(have)
    if have > file.size:
        path.unlink()
        raise FetchError(f"{file.name} from {mirror.root} is longer than the list says; it was deleted.")
    if have < file.size:
        raise FetchError(f"The download of {file.name} broke off; the same command goes on with it.")


def _git_hash(path: Path) -> str:
    """The name that Git gives to a file's content."""
    data = path.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def _report(progress: Progress | None, before: int, total: int, have: int) -> None:
    if progress:
        progress(before + have, total)
