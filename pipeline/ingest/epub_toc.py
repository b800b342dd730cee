"""The table of contents: EPUB 3 navigation document, else NCX; flat, with levels.

Neither format can be cyclic: both are trees, and each entry is met once. Their number and their depth are
limited (``CHAPTERS``, ``XML_DEPTH``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.errors import SourceBroken, SourceTooLarge
from pipeline.ingest.blocks_kinds import types_of
from pipeline.ingest.blocks_text import fold
from pipeline.ingest.epub_archive import Archive, resolve
from pipeline.ingest.epub_package import Package
from pipeline.ingest.xml import Element, attribute, children, first, local_name, parse_document, parse_xml
from pipeline.limits import CHAPTERS

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the table of contents."""

    title: str
    level: int
    """From 1."""
    href: str
    """Entry of the archive; empty for a line that leads nowhere."""
    fragment: str = ""
    missing: bool = False
    """True when the file it leads to is not in the book."""


@dataclass(frozen=True, slots=True)
class Toc:
    """The table of contents and what the book says about its own parts."""

    entries: tuple[Entry, ...] = ()
    landmarks: tuple[tuple[str, str, str], ...] = ()
    """Type, entry and fragment: EPUB 3 landmarks and the EPUB 2 guide."""


def read_toc(archive: Archive, package: Package, doubts: list[str]) -> Toc:
    """Read the first table of contents that leads anywhere. Raises SourceTooLarge."""
    readable = frozenset(item.href for item, _ in package.spine)
    landmarks = list(package.guide)
    candidates: list[tuple[Entry, ...]] = []
    if package.nav:
        nav = _parse(archive, package.nav, doubts, is_nav=True)
        if nav is not None:
            landmarks += _landmarks(archive, package.nav, nav)
            candidates.append(_nav_entries(archive, package.nav, nav))
    if package.ncx and not any(_leads(entries, readable) for entries in candidates):
        ncx = _parse(archive, package.ncx, doubts, is_nav=False)
        if ncx is not None:
            candidates.append(_ncx_entries(archive, package.ncx, ncx))
    entries = next((found for found in candidates if _leads(found, readable)), ())
    if len(entries) > CHAPTERS:
        raise SourceTooLarge(
            f"'{archive.path.name}' lists more than {CHAPTERS} chapters (CHAPTERS); no real book does."
        )
    return Toc(entries, tuple(landmarks))


def _leads(entries: tuple[Entry, ...], readable: frozenset[str]) -> bool:
    return any(entry.href in readable for entry in entries)


def _parse(archive: Archive, name: str, doubts: list[str], *, is_nav: bool) -> Element | None:
    try:
        data = archive.read(name)
        parsed = parse_document(data, name) if is_nav else parse_xml(data, name)
    except SourceBroken as error:
        doubts.append(f"The table of contents '{name}' cannot be read: {error}")
        return None
    if parsed.repaired:
        doubts.append(f"The table of contents '{name}' is not well-formed and was repaired.")
    return parsed.root


# -- EPUB 3 --------------------------------------------------------------------------------------------------


def _nav_entries(archive: Archive, base: str, root: Element) -> tuple[Entry, ...]:
    navs = [e for e in root.iter() if local_name(e) == "nav"]
    nav = next((e for e in navs if "toc" in types_of(e)), navs[0] if navs else None)
    found: list[Entry] = []
    if nav is not None:
        for outer in children(nav, "ol") or [e for e in nav.iterdescendants() if local_name(e) == "ol"][:1]:
            _nav_list(archive, base, outer, 1, found)
    return tuple(found)


def _nav_list(archive: Archive, base: str, outer: Element, level: int, found: list[Entry]) -> None:
    for item in children(outer, "li"):
        label = next((e for e in item if local_name(e) in {"a", "span"}), None)
        if label is None:  # a label wrapped in a paragraph, against the rules
            label = next((e for e in item.iterdescendants() if local_name(e) == "a"), None)
        if label is not None:
            found.append(_entry(archive, base, _label(label), level, label.get("href") or ""))
        for inner in children(item, "ol"):
            _nav_list(archive, base, inner, level + 1, found)


def _landmarks(archive: Archive, base: str, root: Element) -> list[tuple[str, str, str]]:
    found: list[tuple[str, str, str]] = []
    for nav in root.iter():
        if local_name(nav) != "nav" or "landmarks" not in types_of(nav):
            continue
        for link in nav.iterdescendants():
            if local_name(link) != "a":
                continue
            path, fragment = resolve(base, link.get("href") or "")
            entry = archive.find(path)
            found += [(kind, entry, fragment) for kind in types_of(link) if entry]
    return found


def _label(element: Element) -> str:
    """Text of a label; of a picture its description."""
    pieces: list[str] = []
    for part in element.iter():
        name = local_name(part)
        if name == "br":
            pieces.append(" ")
        elif name == "img":
            pieces.append(attribute(part, "alt"))
        elif name not in {"rt", "rp"}:
            pieces.append(part.text or "")
        if part is not element:
            pieces.append(part.tail or "")
    return fold("".join(pieces)) or fold(element.get("title") or "")


# -- EPUB 2 --------------------------------------------------------------------------------------------------


def _ncx_entries(archive: Archive, base: str, root: Element) -> tuple[Entry, ...]:
    found: list[Entry] = []
    nav_map = first(root, "navmap")
    if nav_map is not None:
        _nav_points(archive, base, nav_map, 1, found)
    return tuple(found)


def _nav_points(archive: Archive, base: str, outer: Element, level: int, found: list[Entry]) -> None:
    for point in children(outer, "navpoint"):
        label = next((e for e in point if local_name(e) == "navlabel"), None)
        content = next((e for e in point if local_name(e) == "content"), None)
        title = fold("".join(label.itertext())) if label is not None else ""
        source = (content.get("src") or "") if content is not None else ""
        found.append(_entry(archive, base, title, level, source))
        _nav_points(archive, base, point, level + 1, found)


def _entry(archive: Archive, base: str, title: str, level: int, href: str) -> Entry:
    if not href or _SCHEME.match(href):
        return Entry(title, level, "")
    path, fragment = resolve(base, href)
    entry = archive.find(path)
    return Entry(title, level, entry or "", fragment, missing=entry is None)


__all__ = ["Entry", "Toc", "read_toc"]
