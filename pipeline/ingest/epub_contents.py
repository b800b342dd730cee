"""A table of contents for books whose navigation has none: the page of links inside the book.

Converters give a book an NCX of one line ("Start") and leave the publisher's contents page where it was. It is
believed when the guide or a landmark names it, or when it is hardly anything but links, and only when it leads
to several places.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from pipeline.ingest.blocks_kinds import link_share, text_of
from pipeline.ingest.blocks_links import block_around
from pipeline.ingest.epub_archive import Archive, resolve
from pipeline.ingest.epub_matter import kind_of_title
from pipeline.ingest.epub_package import Item, Package
from pipeline.ingest.epub_toc import Entry, Toc
from pipeline.ingest.xml import Element, local_name
from pipeline.limits import CHAPTERS

_FEW = 1
"""A navigation with so few lines that lead to text is none."""
_LEAST_PLACES = 3
_SHARE = 0.6
"""Of a page's text that is inside links, for one that nothing names as the contents."""
_NUMBER = re.compile(r"^\W*(?:\d+|[ivxlcdm]+)?\W*$", re.I)


def is_weak(toc: Toc, package: Package) -> bool:
    """True for a table of contents that hardly leads to anything but covers and title pages."""
    readable = {item.href for item, _ in package.spine}
    places = {
        (entry.href, entry.fragment)
        for entry in toc.entries
        if entry.href in readable and not kind_of_title(entry.title)
    }
    return len(places) <= _FEW


def entries_of_page(
    archive: Archive, package: Package, toc: Toc, open_item: Callable[[Item], Iterable[Element]]
) -> tuple[Entry, ...]:
    """The lines of the first contents page of the book; empty when there is none."""
    named = {href for kind, href, _ in toc.landmarks if kind == "toc"}
    items = [item for item, _ in package.spine]
    readable = {item.href for item in items}
    for item in sorted(items, key=lambda item: item.href not in named):
        for root in open_item(item):
            if item.href not in named and link_share(root) < _SHARE:
                continue
            found = _lines(archive, root, item.href, readable)
            if len({(entry.href, entry.fragment) for entry in found}) >= _LEAST_PLACES:
                return tuple(found[:CHAPTERS])
    return ()


def _lines(archive: Archive, root: Element, base: str, readable: set[str]) -> list[Entry]:
    found: list[Entry] = []
    for link in root.iter():
        if local_name(link) != "a" or not link.get("href") or ":" in link.get("href").partition("#")[0]:
            continue
        path, fragment = resolve(base, link.get("href"))
        href = archive.find(path) or ""
        if href not in readable or href == base:
            continue
        title = text_of(link)
        if found and (found[-1].href, found[-1].fragment) == (href, fragment):
            # "I." and "The Quay" are two links to one place.
            found[-1] = Entry(f"{found[-1].title} {title}".strip(), 1, href, fragment)
            continue
        if _NUMBER.match(title):
            title = text_of(block_around(link)) or title
        found.append(Entry(title, 1, href, fragment))
    return found


__all__ = ["entries_of_page", "is_weak"]
