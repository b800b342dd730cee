"""What a book was made from, as listeners and show notes are told."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

from pipeline.model import Metadata, Origin, Source, SourceInfo, SourceKind

_NOT_A_SITE = re.compile(r"^(?:copyright|©|home|hosted|untitled|www)\b|^\d+$", re.I)
_MOTTO = re.compile(r"\s+[|–—•·]\s+.*|\s+-\s+.*")
"""What a site's name is followed by in a tab: its motto."""
_NOT_A_PERSON = re.compile(
    r"^(?:(?:the )?(?:editorial|editors?|staff|admin|newsroom|team|desk|contributors?|redaktion|rédaction|redacción"
    r"|redação|редакция|администратор)\b"
    r"|(?:our|web|news|online|digital) (?:staff|desk|team|editor|correspondent|reporters?)\b"
    r"|.*\b(?:staff reports?|wire services?|news service|editorial board)$)",
    re.I,
)
_OFFICE = re.compile(r"(?:,\s+(?!(?:jr|sr|ph\.?d|m\.?d|ii+|iv)\b).*|(?<=\w{3})\.\s+\S.*)$", re.I)
"""What stands behind a name: "Greg Beacham, AP Sports Writer"."""
_AGENCY = re.compile(r"(?<=\w)\s+(?:(?:The )?Associated Press|AP|Reuters|AFP|dpa|Bloomberg|TASS|ТАСС)$")
_HANDLE = re.compile(r"[a-z0-9]+[-_.\d][a-z0-9-_.]*|\w*\d\w*")


class Head(Protocol):
    """What is asked of a book here: also what is kept of one without its text has that."""

    @property
    def source(self) -> SourceInfo:
        """Which source it was read from."""

    @property
    def metadata(self) -> Metadata:
        """What that says of itself."""

    @property
    def chapters(self) -> Sequence[object]:
        """In order."""

    @property
    def origins(self) -> tuple[Origin, ...]:
        """Of a composed book."""


def source_of(book: Head) -> Source:
    """What a book that was read from one source was made from."""
    data = book.metadata
    link = data.link or (book.source.uri if book.source.uri.startswith(("http://", "https://")) else "")
    site = site_name(data.site)
    return Source(
        title=data.title,
        link=link,
        authors=people(data.authors, site),
        site=site,
        published=data.published,
        licence=data.licence,
    )


def sources_of(book: Head) -> tuple[Source, ...]:
    """One, or each of a book that was composed of several."""
    return tuple(origin.source for origin in book.origins) or (source_of(book),)


def chapter_sources(book: Head) -> tuple[Source | None, ...]:
    """For each chapter of a composed book the source that it comes from; None for its opening, and in other books."""
    found: list[Source | None] = [None] * len(book.chapters)
    for origin in book.origins:
        for place in range(origin.chapter, len(found)):
            found[place] = origin.source
    return tuple(found)


def is_article(book: Head) -> bool:
    """Whether it is something that has a place and a day of publication, rather than a book."""
    return book.source.kind in (SourceKind.WEB, SourceKind.FEED) or bool(book.metadata.site)


def site_name(written: str) -> str:
    """A site's name as it is said: without its motto; empty where it is no name."""
    name = _MOTTO.sub("", written).strip()
    return "" if not name or _NOT_A_SITE.search(name) else name


def people(names: tuple[str, ...], site: str = "") -> tuple[str, ...]:
    """Those of an article's authors whose names can be said: no offices, accounts, nor the site itself.

    Names that are printed in capitals are written as names are; agencies ("CNN") count where nobody else is named.
    """
    found: list[str] = []
    for written in names:
        name = _AGENCY.sub("", _OFFICE.sub("", written.strip()))
        if name.casefold() == site.casefold() or _NOT_A_PERSON.search(name) or _HANDLE.fullmatch(name):
            continue
        found.append(_without_capitals(name))
    persons = [name for name in found if not name.isupper() or " " in name]
    return tuple(dict.fromkeys(persons or found))


def _without_capitals(name: str) -> str:
    words = name.split()
    if len(words) < 2 or not name.isupper():
        return name
    return " ".join(word if "." in word else word.title() for word in words)


__all__ = ["chapter_sources", "is_article", "people", "site_name", "source_of", "sources_of"]
