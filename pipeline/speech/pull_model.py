"""Get a model of an engine's manifest: whole or not at all, resumed, verified, and written down."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from pipeline.errors import FetchError, SettingsError, SpeechError
from pipeline.pulling.files import Checksum, MirroredFile, Progress, Pulling, only_one
from pipeline.pulling.hub import PUBLIC_HUB, commit_of, files_of
from pipeline.pulling.mirror import Mirror
from pipeline.pulling.pickles import require_harmless
from pipeline.pulling.record import RECORD, ModelRecord, read_record, write_record
from pipeline.speech.manifest import PullableModel, WantedFile
from pipeline.speech.piper_files import VoiceRecord, record_path
from pipeline.speech.piper_files import write_record as write_voice_record

ACCEPTED = "accepted"
"""In the folder of voices: a line for each licence that was accepted, with the day."""


def pull_model(
    model: PullableModel,
    voices_dir: Path,
    source: str = "",
    *,
    trust_first: bool = False,
    progress: Progress | None = None,
) -> Path:
    """Fetch a model's files to where its engine looks for them; that folder.

    ``source`` is a mirror of Hugging Face or a folder of its layout. With ``trust_first`` files without a known hash
    are taken as the mirror has them now. Raises ``SettingsError`` where that is not said, ``FetchError`` (network,
    size, checksum, a pickle that could run code) and ``SpeechError`` when the folder cannot be written.
    """
    if model.unknown and not trust_first:
        raise SettingsError(
            f"Nobody here knows the SHA-256 of {', '.join(model.unknown)} of {model.id}: give it with --sha256 "
            "FILE=HEX, or take what the mirror has now with --trust-first."
        )
    mirror = Mirror.at(source or PUBLIC_HUB)
    commit = commit_of(mirror, model.repository, model.commit)
    wanted = re.compile("|".join(re.escape(file.path) for file in model.files))
    listed = files_of(mirror, model.repository, commit, wanted)
    files = {file.path: _mirrored(file, listed, model, mirror) for file in model.files}
    try:
        with only_one(voices_dir / model.engine) as folder:
            part = folder / f".{model.name}.{commit[:12]}.part"
            hashes = _fetch_all(files, mirror, part, model, progress)
            target = folder / model.folder
            _put_in_place(part, target, model, hashes, f"{mirror.root}/{model.repository}")
            record = ModelRecord(
                source=f"{mirror.root}/{model.repository}",
                revision=commit,
                files=hashes,
                sizes={path: file.size for path, file in files.items()},
                licence=model.licence,
            )
            write_record(target, record)
            shutil.rmtree(part, ignore_errors=True)
    except OSError as error:
        raise SpeechError(f"The model “{model.id}” cannot be written: {error}.") from error
    return target


def is_pulled(model: PullableModel, voices_dir: Path) -> bool:
    """Whether it was pulled, and is still there."""
    folder = voices_dir / model.engine / model.folder
    return read_record(folder) is not None and all((folder / file.path).is_file() for file in model.files)


def remove_model(model: PullableModel, voices_dir: Path) -> None:
    """Delete a pulled model. Raises ``SpeechError`` when it cannot be deleted."""
    try:
        with only_one(voices_dir / model.engine) as folder:
            target = folder / model.folder
            (target / RECORD).unlink()  # from here on it is not there
            for file in model.files:
                record_path(target / file.path).unlink(missing_ok=True)
                (target / file.path).unlink(missing_ok=True)
            if model.folder != ".":
                shutil.rmtree(target)
    except OSError as error:
        raise SpeechError(f"The model “{model.id}” cannot be removed: {error}.") from error


def is_accepted(model: PullableModel, voices_dir: Path) -> bool:
    """Whether somebody here accepted its licence before, as it is now; one for everybody needs that not."""
    if model.commercial:
        return True
    try:
        lines = (voices_dir / ACCEPTED).read_text("utf-8").splitlines()
    except FileNotFoundError:
        return False
    return any(line.partition(" ")[2] == f"{model.id} {model.licence}" for line in lines)


def accept(model: PullableModel, voices_dir: Path) -> None:
    """Remember that its licence was accepted."""
    voices_dir.mkdir(parents=True, exist_ok=True)
    with (voices_dir / ACCEPTED).open("a", encoding="utf-8") as file:
        file.write(f"{datetime.now(UTC).date().isoformat()} {model.id} {model.licence}\n")


def _mirrored(
    file: WantedFile, listed: Mapping[str, MirroredFile], model: PullableModel, mirror: Mirror
) -> MirroredFile:
    """A file as it is to be fetched: what is known goes before what the mirror says. Raises ``FetchError``."""
    found = listed.get(file.path)
    if found is None:
        raise FetchError(f"{mirror.root} has no {file.path} in {model.repository} at {model.commit[:12]}.")
    said = found.digest if found.kind is Checksum.SHA256 else ""
    if (file.sha256 and said not in ("", file.sha256)) or file.size not in (0, found.size):
        raise FetchError(
            f"{file.path} of {model.repository} at {mirror.root} is not the file that Voxpress knows: do not use it."
        )
    return replace(found, digest=file.sha256, kind=Checksum.SHA256) if file.sha256 else found


def _fetch_all(
    files: Mapping[str, MirroredFile],
    mirror: Mirror,
    part: Path,
    model: PullableModel,
    progress: Progress | None,
) -> dict[str, str]:
    """All files into a folder; their SHA-256 by path. Goes on with what is there of an earlier try."""
    pulling = Pulling(mirror, sum(file.size for file in files.values()), progress)
    hashes = {}
    for path, file in sorted(
        files.items(), key=lambda entry: entry[1].size
    ):  # what is wrong is noticed early
        place = part / path
        place.parent.mkdir(parents=True, exist_ok=True)
        hashes[path] = pulling.fetch(file, place)
        try:
            require_harmless(place, model.classes)
        except FetchError:
            place.unlink()
            raise
    return hashes


def _put_in_place(
    part: Path, target: Path, model: PullableModel, hashes: Mapping[str, str], source: str
) -> None:
    """The small files first: without its weights a model is not there."""
    for file in sorted(model.files, key=lambda file: file.weights):
        place = target / file.path
        place.parent.mkdir(parents=True, exist_ok=True)
        (part / file.path).replace(place)
        if file.weights:
            stat = place.stat()
            sha256 = hashes[file.path]
            record = VoiceRecord(
                stat.st_size, stat.st_mtime_ns, sha256, sha256, f"{source}/{file.path}", model.licence
            )
            write_voice_record(place, record)
