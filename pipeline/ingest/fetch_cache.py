"""Fetched bodies, kept by address: a body file, and beside it a small JSON file that names it.

The body is in place before the file that names it is, and both appear whole (written aside, then renamed), so
a reader never meets half a page.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from pipeline.serial import dump, load


@dataclass(frozen=True, slots=True)
class Page:
    """What is known of a fetched body."""

    url: str
    """As it was asked for."""
    final_url: str
    """After all redirects."""
    content_type: str
    """Lower case, without parameters; empty when the server gave none."""
    charset: str
    """Declared by the server; empty when it gave none."""
    sha256: str
    """Of the body."""
    file: str
    """Name of the body file, in the cache folder."""
    whole_of: str = ""
    """Of what was gathered for a page: the page's own SHA-256."""


def look_up(folder: Path, url: str) -> Page | None:
    """The page fetched for ``url`` before, if it is still there."""
    try:
        page = load(Page, (folder / f"{_key(url)}.json").read_bytes())
    except (OSError, ValidationError):
        return None
    return page if (folder / page.file).is_file() else None


def keep(
    folder: Path,
    url: str,
    body: Iterable[bytes],
    *,
    final_url: str,
    content_type: str,
    charset: str,
    suffix: str,
    whole_of: str = "",
) -> Page:
    """Write a body into the cache as it comes. Whatever ``body`` raises leaves nothing behind."""
    folder.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()

    def pieces() -> Iterable[bytes]:
        for piece in body:
            digest.update(piece)
            yield piece

    aside = _write_aside(folder, pieces())
    page = Page(
        url,
        final_url,
        content_type,
        charset,
        digest.hexdigest(),
        f"{_key(url)}-{digest.hexdigest()[:16]}{suffix}",
        whole_of,
    )
    aside.replace(folder / page.file)
    _write_aside(folder, [dump(page)]).replace(folder / f"{_key(url)}.json")
    for old in folder.glob(f"{_key(url)}-*"):
        if old.name != page.file:
            old.unlink(missing_ok=True)
    return page


def note(folder: Path, url: str, page: Page) -> None:
    """Have ``page``, which is kept already, be what ``url`` gives too."""
    _write_aside(folder, [dump(page)]).replace(folder / f"{_key(url)}.json")


def age(folder: Path, url: str) -> float:
    """Seconds since ``url`` was fetched; infinite when it was not."""
    try:
        return max(0.0, time.time() - (folder / f"{_key(url)}.json").stat().st_mtime)
    except OSError:
        return float("inf")


def _key(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()[:32]


def _write_aside(folder: Path, pieces: Iterable[bytes]) -> Path:
    handle, name = tempfile.mkstemp(prefix=".fetch-", dir=folder)
    try:
        with os.fdopen(handle, "wb") as stream:
            for piece in pieces:
                stream.write(piece)
            stream.flush()
            os.fsync(stream.fileno())
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise
    return Path(name)
