"""What is handed in becomes a book, through one door: ``open_book(source)``.

    source --locate/fetch--> file --sniff--> kind --sandbox(reader)--> book

Everything that looks inside an untrusted file runs in the sandbox's process; this side opens the file only to
hash it and to look at its first and last bytes.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

from pipeline.errors import (
    FetchError,
    SourceBroken,
    SourceError,
    SourceNotFound,
    SourceTooLarge,
    SourceUnsupported,
)
from pipeline.ingest.fetch import FetchRules, age, is_address
from pipeline.ingest.fetch import fetch as fetch_page
from pipeline.ingest.fetch_cache import Page
from pipeline.ingest.gather import Root, gather
from pipeline.ingest.kinds import Ingester, choose, suffix_of, take_sample
from pipeline.ingest.request import Bounds, Request
from pipeline.limits import FEED_SECONDS, SOURCE_BYTES
from pipeline.model import Book, SourceInfo, SourceKind
from pipeline.settings import ReadingSettings

_PIECE = 1 << 20
_BOUNDS = Bounds()


@dataclass(frozen=True, slots=True)
class SourceCopy:
    """The bytes of a source where this host can read them, and what its place said of them."""

    path: Path
    name: str
    """File name with the suffix that it had."""
    charset: str = ""
    """As the server of a web address declared it."""


def source_digest(
    source: str, settings: ReadingSettings, rules: FetchRules, copy: SourceCopy | None = None
) -> SourceInfo:
    """What a source is and which bytes it has now: enough to know whether it was read before.

    A file is read once, in pieces; an address is fetched into the cache unless it is there, and with it the other
    parts of an article, its picture, or the pages of a feed: the bytes are then those of all of it. With ``copy``
    neither is looked at, only the copy. Raises ``SourceNotFound``, ``SourceUnsupported``, ``SourceBroken``,
    ``SourceTooLarge``, ``FetchError``.
    """
    return _locate(source, settings, rules, copy).info


def find_source(
    source: str, settings: ReadingSettings, rules: FetchRules, copy: SourceCopy | None = None
) -> tuple[SourceInfo, SourceCopy]:
    """What a source is, and the file with its bytes: its own, the cached page, what was gathered, or ``copy``.

    Raises as ``source_digest``.
    """
    found = _locate(source, settings, rules, copy)
    return found.info, copy or SourceCopy(found.path, found.path.name, found.charset)


def open_book(
    source: str,
    settings: ReadingSettings,
    rules: FetchRules,
    bounds: Bounds = _BOUNDS,
    copy: SourceCopy | None = None,
) -> Book:
    """Read a source, or a copy of it, as a book, in a process of its own.

    Raises what ``source_digest`` raises, and ``SourceProtected``, ``SourceScanned``, ``SourceEmpty``.
    """
    from pipeline.ingest.sandbox import read_in_sandbox

    found = _locate(source, settings, rules, copy)
    read = read_in_sandbox
    if settings.ocr and found.info.kind is SourceKind.PDF:
        from pipeline.ingest.ocr import read_recognized as read
    return read(
        Request(
            path=str(found.path),
            reader=found.ingester.reader,
            settings=settings,
            source=found.info,
            title=_title(source),
            charset=found.charset if found.ingester.charset else None,
            doubts=found.doubts,
            bounds=bounds,
        )
    )


@dataclass(frozen=True, slots=True)
class _Located:
    info: SourceInfo
    path: Path
    ingester: Ingester
    doubts: tuple[str, ...]
    charset: str


def _locate(source: str, settings: ReadingSettings, rules: FetchRules, copy: SourceCopy | None) -> _Located:
    if copy is not None:
        return _examine(source, copy.path, copy.name, copy.charset)
    if is_address(source):
        page, doubt = _fetched(source, rules)
        alone = _examine(source, rules.cache_dir / page.file, page.file, page.charset)
        media_type, address = page.content_type, page.final_url
    else:
        path = Path(source).expanduser()
        alone, doubt = _examine(source, path, path.name, ""), ""
        media_type, address = "", ""
    root = Root(source, alone.info, alone.path, alone.ingester, media_type, address, alone.charset)
    whole = gather(root, settings, rules)
    found = alone if whole is None else _examine(source, whole, whole.name, "")
    return replace(found, doubts=(*alone.doubts, *((doubt,) if doubt else ())))


def _fetched(source: str, rules: FetchRules) -> tuple[Page, str]:
    """The page at an address, and a doubt. A feed that was fetched a while ago is asked for again: it has changed."""
    old = age(source, rules)
    page = fetch_page(source, rules)
    if old < FEED_SECONDS or rules.offline or rules.refresh or old == float("inf"):
        return page, ""
    if (
        _examine(source, rules.cache_dir / page.file, page.file, page.charset).info.kind
        is not SourceKind.FEED
    ):
        return page, ""
    try:
        return fetch_page(source, replace(rules, refresh=True)), ""
    except FetchError as error:
        return page, f"An earlier copy was read: {error}"


def _examine(source: str, path: Path, name: str, charset: str) -> _Located:
    with _open_regular(source, path) as (stream, size):
        if size == 0:
            raise SourceBroken(f"{source} is empty: it has no bytes at all.")
        if size > SOURCE_BYTES:
            raise SourceTooLarge(f"{source} is larger than {SOURCE_BYTES >> 20} MB, the most that is read.")
        ingester, doubt = choose(take_sample(stream, suffix_of(name), size), source)
        if ingester.max_bytes is not None and size > ingester.max_bytes:
            raise SourceTooLarge(
                f"{source} is {ingester.label} of more than {ingester.max_bytes >> 20} MB, "
                "the most that is read: split it."
            )
        info = SourceInfo(ingester.kind, source, _digest(stream))
    return _Located(info, path.absolute(), ingester, (doubt,) if doubt else (), charset)


@contextmanager
def _open_regular(source: str, path: Path) -> Iterator[tuple[BinaryIO, int]]:
    """The file and its size. Not blocked by a pipe, not fooled by a device."""
    try:
        # Without O_NONBLOCK, opening a pipe waits for somebody to write into it.
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError, ValueError) as error:
        raise SourceNotFound(f"{source} does not exist: check the path.") from error
    except OSError as error:
        raise SourceError(f"{source} could not be opened: {error.strerror}.") from error
    mode = os.fstat(handle).st_mode
    if not stat.S_ISREG(mode):
        os.close(handle)
        what = (
            "a folder: hand in a file (an unpacked EPUB has to be packed again)"
            if stat.S_ISDIR(mode)
            else ("a device or a pipe: hand in a file")
        )
        raise SourceUnsupported(f"{source} is {what}.")
    with os.fdopen(handle, "rb") as stream:
        yield stream, os.fstat(stream.fileno()).st_size


def _digest(stream: BinaryIO) -> str:
    digest = hashlib.sha256()
    while piece := stream.read(_PIECE):
        digest.update(piece)
    return digest.hexdigest()


def _title(source: str) -> str:
    """What to call a book that does not name itself."""
    if not is_address(source):
        return Path(source).stem
    parts = urlsplit(source)
    return Path(unquote(parts.path)).stem or parts.hostname or source


__all__ = ["Bounds", "FetchRules", "SourceCopy", "find_source", "open_book", "source_digest"]
