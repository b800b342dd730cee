"""Repositories with the addresses of Hugging Face: which commit is meant, and which files it has.

``api/models/NAME/revision/REVISION`` names the commit, ``api/models/NAME/tree/COMMIT`` its files with their checksums
(SHA-256 of large files, Git's own SHA-1 of small ones), ``NAME/resolve/COMMIT/FILE`` are the files. What a mirror
says is not believed before it was looked at: not a name, not a size.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pipeline import limits
from pipeline.errors import FetchError
from pipeline.pulling.files import Checksum, MirroredFile
from pipeline.pulling.mirror import Mirror

PUBLIC_HUB = "https://huggingface.co"
COMMIT = re.compile(r"[0-9a-f]{40}")
REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
REVISION = re.compile(r"[\w.-]{1,100}")


def commit_of(mirror: Mirror, repository: str, revision: str) -> str:
    """The commit that a branch, a tag or a commit names. Raises ``FetchError``."""
    said = mirror.read_json(f"api/models/{repository}/revision/{revision}", limits.MODEL_LIST_BYTES)
    commit = said.get("sha") if isinstance(said, dict) else None
    if not isinstance(commit, str) or not COMMIT.fullmatch(commit):
        raise FetchError(f"{mirror.root} does not say which commit of {repository} is {revision}.")
    if COMMIT.fullmatch(revision) and commit != revision:
        raise FetchError(f"{mirror.root} answers with another commit of {repository} than {revision}.")
    return commit


def files_of(
    mirror: Mirror, repository: str, commit: str, wanted: re.Pattern[str]
) -> dict[str, MirroredFile]:
    """The files of a commit whose whole names ``wanted`` matches, by name. Raises ``FetchError``."""
    said = mirror.read_json(f"api/models/{repository}/tree/{commit}", limits.MODEL_LIST_BYTES)
    place = f"{repository}/resolve/{commit}"
    try:
        names = [(str(entry["path"]), entry) for entry in said]
        return {name: _file(f"{place}/{name}", entry) for name, entry in names if wanted.fullmatch(name)}
    except (KeyError, TypeError, ValueError) as error:
        raise FetchError(f"The list of files of {repository} at {mirror.root} is not understood.") from error


def _file(path: str, entry: Mapping[str, Any]) -> MirroredFile:
    large = entry.get("lfs") or {}
    size = int(large.get("size", entry["size"]))
    if not 0 <= size <= limits.MODEL_FILE_BYTES:
        raise ValueError("its size is beyond the limit")
    sha256, blob = str(large.get("oid", "")), str(entry["oid"])
    if not re.fullmatch("[0-9a-f]{64}" if large else "", sha256) or not COMMIT.fullmatch(blob):
        raise ValueError("its checksum is none")
    return MirroredFile(path, size, sha256 or blob, Checksum.SHA256 if sha256 else Checksum.GIT)
