"""Fetching what a source is not whole without, into one file: parts of an article, its picture, pages of a feed.

    page --survey (sandbox)--> addresses --fetch--> pages, pictures --> one MHTML file, which is then the source

Only the sandbox looks into pages; this side sees the addresses that it names, and fetches them under the same rules
as the source. What cannot be had is a doubt, never the end.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from pipeline import limits
from pipeline.errors import SourceError, SourceTooLarge
from pipeline.ingest import fetch_cache
from pipeline.ingest.fetch import FetchRules, fetch, is_address
from pipeline.ingest.fetch_address import parse
from pipeline.ingest.fetch_cache import Page
from pipeline.ingest.kinds import Ingester
from pipeline.ingest.mhtml import DOUBT, PAGE, PICTURE, Part, write_parts
from pipeline.ingest.request import Request, Survey
from pipeline.ingest.web_address import next_of
from pipeline.model import SourceInfo, SourceKind
from pipeline.settings import ReadingSettings

_BLANK = b"\xef\xbb\xbf \t\r\n"
_ROOM = limits.MHTML_BYTES * 7 // 10
"""Bytes that can be gathered: in the file they take a third more."""


@dataclass(frozen=True, slots=True)
class Root:
    """The source as it was handed in, or fetched."""

    source: str
    info: SourceInfo
    path: Path
    ingester: Ingester
    media_type: str
    address: str = ""
    """Where it was found in the end; empty for a file."""
    charset: str = ""


def gather(root: Root, settings: ReadingSettings, rules: FetchRules) -> Path | None:
    """The file with the source and all that belongs to it; None when that is the source alone.

    It is kept in the cache until the source changes. Raises ``SourceError`` when the source cannot be looked into.
    """
    if not root.ingester.survey or not (root.address or _may_need_more(root)):
        return None
    where = root.source if is_address(root.source) else str(root.path.resolve())
    key = f"{where}#whole" + (f"-{settings.latest}" if root.info.kind is SourceKind.FEED else "")
    kept = fetch_cache.look_up(rules.cache_dir, key)
    if kept is not None and kept.whole_of == root.info.sha256 and not rules.refresh:
        return None if kept.file == root.path.name else rules.cache_dir / kept.file
    gatherer = _Gatherer(root, settings, rules)
    parts = gatherer.feed() if root.info.kind is SourceKind.FEED else gatherer.article()
    if gatherer.incomplete and rules.offline:
        key += "-offline"  # not to be found when there is a network again
    if len(parts) == 1:
        if root.address:
            alone = Page(key, root.address, "", "", root.info.sha256, root.path.name, root.info.sha256)
            fetch_cache.note(rules.cache_dir, key, alone)
        return None
    page = fetch_cache.keep(
        rules.cache_dir,
        key,
        [write_parts(parts)],
        final_url=root.address,
        content_type="multipart/related",
        charset="",
        suffix=".feed" if root.info.kind is SourceKind.FEED else ".mhtml",
        whole_of=root.info.sha256,
    )
    return rules.cache_dir / page.file


def _may_need_more(root: Root) -> bool:
    """Whether a file is a feed, or a page that was saved with a folder of its pictures."""
    return root.info.kind is SourceKind.FEED or bool(_folders(root.path))


def _folders(page: Path) -> list[Path]:
    """Where a browser puts what belongs to a page: ``page_files``, ``page-Dateien`` and so on."""
    begins = (f"{page.stem}_", f"{page.stem}-", f"{page.stem}.f")
    with suppress(OSError), os.scandir(page.absolute().parent) as entries:
        return [Path(entry.path) for entry in entries if entry.name.startswith(begins) and entry.is_dir()]
    return []


@dataclass(slots=True)
class _Gatherer:
    root: Root
    settings: ReadingSettings
    rules: FetchRules
    incomplete: bool = False
    doubts: list[str] = field(default_factory=list)
    _size: int = 0
    _fetched: bool = False
    _deadline: float = field(default_factory=lambda: time.monotonic() + limits.GATHER_SECONDS)

    # -- an article ------------------------------------------------------------------------------------------

    def article(self) -> list[Part]:
        """The article's pages, then its picture."""
        root = self.root
        pages = [
            Part(root.media_type or "text/html", root.path.read_bytes(), root.address, root.charset, PAGE)
        ]
        survey = first = self._survey(root.path, root.address or root.source, root.charset)
        seen = {root.address, root.info.sha256}
        while root.address and (target := next_of(root.address, len(pages), survey.following)):
            if target in seen:
                break
            if len(pages) == limits.WEB_PARTS:
                self._miss(f"{root.source} has more than {limits.WEB_PARTS} parts; what follows is left out.")
                break
            found = self._fetch(target, f"Part {len(pages) + 1} of {root.source} is missing")
            if found is None or found.sha256 in seen:
                break
            seen |= {target, found.sha256}
            pages.append(self._part(found, PAGE))
            survey = self._survey(self.rules.cache_dir / found.file, found.final_url, found.charset)
        return [*pages, *self._pictures(first), *self._told()]

    def _pictures(self, survey: Survey) -> Iterator[Part]:
        for address in survey.pictures:
            with suppress(SourceError):  # a cover is drawn then
                found = self._picture(address)
                if found is not None:
                    yield found
                    return

    def _picture(self, address: str) -> Part | None:
        if not self.root.address:
            return self._file(address)
        page = self._get(address)
        path = self.rules.cache_dir / page.file
        return self._part(page, PICTURE) if path.stat().st_size <= limits.PICTURE_BYTES else None

    def _file(self, name: str) -> Part | None:
        """A picture in the folder of a saved page, and nowhere else."""
        path = (self.root.path.absolute().parent / name).resolve()
        if not any(path.is_relative_to(folder.resolve()) for folder in _folders(self.root.path)):
            return None
        with suppress(OSError):
            found = path.stat()
            if stat.S_ISREG(found.st_mode) and found.st_size <= limits.PICTURE_BYTES:
                return Part("application/octet-stream", path.read_bytes(), name, "", PICTURE)
        return None

    # -- a feed ----------------------------------------------------------------------------------------------

    def feed(self) -> list[Part]:
        """The feed, the pages of its latest items, as far as it does not hold their text, and its picture."""
        root = self.root
        data = root.path.read_bytes()
        # Servers call feeds all kinds of things, and the type of the whole has to tell that it is one.
        media_type = (
            "application/feed+json" if data.lstrip(_BLANK).startswith(b"{") else "application/rss+xml"
        )
        parts = [Part(media_type, data, root.address, root.charset, PAGE)]
        survey = self._survey(root.path, root.address or root.source, root.charset)
        for address in survey.pages:
            found = self._fetch(address, "Only the summary of an item is read")
            if found is not None:
                parts.append(replace(self._part(found, PAGE), location=address))
        if root.address or survey.pages:
            for address in survey.pictures:
                with suppress(SourceError):
                    parts.append(self._part(self._get(address), PICTURE))
        return [*parts, *self._told()]

    # -- both ------------------------------------------------------------------------------------------------

    def _survey(self, path: Path, uri: str, charset: str) -> Survey:
        from pipeline.ingest.sandbox import survey_in_sandbox

        return survey_in_sandbox(
            Request(
                path=str(path.absolute()),
                reader=self.root.ingester.survey,
                settings=self.settings,
                source=replace(self.root.info, uri=uri),
                title="",
                charset=charset,
                survey=True,
            )
        )

    def _fetch(self, address: str, otherwise: str) -> Page | None:
        """A page, or a doubt that begins with ``otherwise``."""
        try:
            return self._get(address)
        except SourceError as error:
            self._miss(f"{otherwise}: {error}")
            return None

    def _get(self, address: str) -> Page:
        if self._size > _ROOM:
            raise SourceTooLarge(f"{address} is not fetched: there is more than {_ROOM >> 20} MB already.")
        if time.monotonic() > self._deadline:
            raise SourceTooLarge(f"{address} is not fetched: {limits.GATHER_SECONDS} s are over.")
        known = fetch_cache.look_up(self.rules.cache_dir, parse(address).url)
        if known is None or self.rules.refresh:
            if self._fetched:
                time.sleep(limits.FETCH_PAUSE_SECONDS)
            self._fetched = True
        return fetch(address, self.rules)

    def _part(self, page: Page, role: str) -> Part:
        data = (self.rules.cache_dir / page.file).read_bytes()
        self._size += len(data)
        return Part(page.content_type or "text/html", data, page.final_url, page.charset, role)

    def _miss(self, doubt: str) -> None:
        self.incomplete = True
        self.doubts.append(doubt)

    def _told(self) -> list[Part]:
        text = "\n".join(self.doubts)
        return [Part("text/plain", text.encode(), charset="utf-8", role=DOUBT)] if text else []


__all__ = ["Root", "gather"]
