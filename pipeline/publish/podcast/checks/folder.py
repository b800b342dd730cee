"""The files of a show, as its feed names them. A feed may come from anybody: what it names never leads outside."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pipeline.publish.podcast.checks.findings import REBUILD, Findings


class PublicFolder:
    """Finds files by their addresses. It fetches nothing, follows no link and looks at this one folder only."""

    def __init__(self, path: Path, base: str) -> None:
        """``base`` is where the folder is served; empty: the feed's references are relative."""
        self.path, self._base = path, base

    def find(self, reference: str, where: str, findings: Findings) -> Path | None:
        """The regular file that ``reference`` names; none, and a finding, where there is none."""
        name = self._name(reference.strip())
        if name is None:
            findings.error(
                where,
                f"'{_short(reference)}' is not in this folder, so clients get something that is not the show's",
                f"{REBUILD}, or set --base-url to where the folder is served",
            )
            return None
        path = self.path / name
        try:
            kind = os.lstat(path).st_mode
        except (OSError, ValueError):
            findings.error(where, f"the file {_short(name)} is missing", REBUILD)
            return None
        if not stat.S_ISREG(kind):
            findings.error(where, f"{_short(name)} is a link or a folder, not a file", REBUILD)
            return None
        return path

    def _name(self, reference: str) -> str | None:
        if self._base:
            if not reference.startswith(self._base):
                return None
            reference = reference[len(self._base) :]
        elif is_absolute(reference):
            return None
        name = unquote(reference.partition("#")[0].partition("?")[0])
        plain = name and not name.startswith(".") and not {"/", "\\", "\0", ":"} & set(name)
        return name if plain and "\ufffd" not in name else None


def is_absolute(reference: str) -> bool:
    """Whether a reference has a scheme or a host of its own."""
    try:
        parts = urlsplit(reference)
    except ValueError:
        return True
    return bool(parts.scheme or parts.netloc)


def read_limited(path: Path, limit: int) -> bytes:
    """The file's bytes. Raises ``ValueError`` when there are more than ``limit``, ``OSError``."""
    with path.open("rb") as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise ValueError(f"it is larger than {limit // 2**20} MiB")
    return data


def _short(text: str) -> str:
    text = "".join(character if character.isprintable() else "\ufffd" for character in text)
    return text if len(text) <= 80 else f"{text[:79]}…"
