"""The package document (OPF): manifest, reading order, guide; and the container that leads to it.

Read leniently: a book that any reading system opens is opened. Every liberty taken is a doubt.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ebooklib.epub import NAMESPACES
from lxml import etree

from pipeline.errors import SourceBroken, SourceProtected
from pipeline.ingest.epub_archive import Archive, resolve
from pipeline.ingest.xml import Element, children, first, local_name, parse_xml

CONTAINER = "META-INF/container.xml"
ENCRYPTION = "META-INF/encryption.xml"
FONT_OBFUSCATION = frozenset({"http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC"})
"""Algorithms that only keep embedded fonts from being copied out: no protection of the text.
(EPUB 3.3, Open Container Format, "Resource obfuscation"; the second one is Adobe's older way.)"""

_DOCUMENT_TYPES = frozenset(
    {"application/xhtml+xml", "text/html", "application/x-dtbook+xml", "text/x-oeb1-document"}
)
_DOCUMENT_SUFFIXES = (".xhtml", ".html", ".htm", ".xml", ".xht")
_TEXT_SUFFIXES = (".xhtml", ".html", ".htm", ".xht")
_NOT_DOCUMENTS = ("application/x-dtbncx+xml", "application/smil+xml", "application/oebps-package+xml")


@dataclass(frozen=True, slots=True)
class Item:
    """One file of the book as its manifest has it."""

    id: str
    href: str
    """Path of the archive's entry."""
    media_type: str
    properties: frozenset[str]

    @property
    def is_document(self) -> bool:
        """True for what can hold text to narrate; wrong media types are common, so suffixes count too."""
        if self.media_type in _DOCUMENT_TYPES:
            return True
        return self.href.lower().endswith(_DOCUMENT_SUFFIXES) and self.media_type not in _NOT_DOCUMENTS


@dataclass(frozen=True, slots=True)
class Package:
    """What the package document says, its paths resolved against the archive."""

    path: str
    metadata: Element | None
    items: dict[str, Item]
    """By id."""
    spine: tuple[tuple[Item, bool], ...]
    """Documents in reading order, each once, with True for those on the linear path."""
    nav: str = ""
    """Entry of the EPUB 3 navigation document, empty when there is none."""
    ncx: str = ""
    guide: tuple[tuple[str, str, str], ...] = ()
    """Type, entry and fragment of the EPUB 2 guide's references."""
    doubts: list[str] = field(default_factory=list)


def read_package(archive: Archive) -> Package:
    """Find and read the package document. Raises SourceBroken, SourceProtected."""
    path = _package_path(archive)
    doubts: list[str] = []
    root = _package_root(archive, path, doubts)
    items = _manifest(archive, path, root)
    if not any(item.is_document for item in items.values()):
        items |= _all_documents(archive)
        doubts.append(
            "The book does not list its files; all documents in it are read, in the order of their names."
        )
    documents = frozenset(item.href for item in items.values() if item.is_document)
    _check_protection(archive, documents | {path})
    spine_element = first(root, "spine")
    spine = _spine(spine_element, items, doubts)
    if not spine:
        spine = tuple(
            (item, True) for item in _unique(items) if item.is_document and "nav" not in item.properties
        )
        doubts.append(
            "The book does not say in which order its files are read; the order of its list is taken."
        )
    nav = next((item.href for item in items.values() if "nav" in item.properties), "")
    return Package(
        path=path,
        metadata=first(root, "metadata"),
        items=items,
        spine=spine,
        nav=nav,
        ncx=_ncx(archive, items, spine_element),
        guide=_guide(archive, path, root),
        doubts=doubts,
    )


def _package_root(archive: Archive, path: str, doubts: list[str]) -> Element:
    """The package document; an empty one where there is none, or none that can be read."""
    if not path:
        return etree.Element("package")
    try:
        parsed = parse_xml(archive.read(path), path)
    except SourceBroken as error:
        doubts.append(f"The package file cannot be read: {error}")
        return etree.Element("package")
    if parsed.repaired:
        doubts.append(f"The package file '{path}' is not well-formed XML and was repaired.")
    return parsed.root


def _all_documents(archive: Archive) -> dict[str, Item]:
    """An item for every document of the archive, in the order of their names, numbers by value."""
    names = [name for name in archive.names if name.lower().endswith(_TEXT_SUFFIXES)]
    names.sort(key=lambda name: [int(p) if p.isdecimal() else p for p in re.split(r"([0-9]+)", name.lower())])
    return {f"all/{name}": Item(f"all/{name}", name, "application/xhtml+xml", frozenset()) for name in names}


def _package_path(archive: Archive) -> str:
    """The package the container names, else the first ``.opf`` there is; empty for an EPUB without any."""
    container = archive.find(CONTAINER)
    if container:
        try:
            root = parse_xml(archive.read(container), CONTAINER).root
        except SourceBroken:
            root = None
        for element in root.iter() if root is not None else ():
            if local_name(element) == "rootfile" and element.get("full-path"):
                found = archive.find(resolve("", element.get("full-path"))[0])
                if found:
                    return found
    packages = sorted(
        (name for name in archive.names if name.lower().endswith(".opf")), key=lambda n: n.count("/")
    )
    if not packages and (container or archive.find("mimetype")):
        return ""
    if not packages:
        raise SourceBroken(
            f"'{archive.path.name}' is no EPUB: it has no package file; check what it really is."
        )
    return packages[0]


def _manifest(archive: Archive, base: str, root: Element) -> dict[str, Item]:
    manifest = first(root, "manifest")
    items: dict[str, Item] = {}
    for element in children(manifest, "item") if manifest is not None else ():
        identifier, href = element.get("id") or "", element.get("href") or ""
        found = archive.find(resolve(base, href)[0]) if href else None
        if found is None:
            continue  # a file that is not there is missed only where something needs it
        if identifier in items:
            identifier = f"{identifier}/{len(items)}"  # two files with one id: the second is in no spine
        media_type = (element.get("media-type") or "").strip().lower()
        items[identifier] = Item(
            identifier, found, media_type, frozenset((element.get("properties") or "").split())
        )
    return items


def _spine(spine: Element | None, items: dict[str, Item], doubts: list[str]) -> tuple[tuple[Item, bool], ...]:
    found: dict[str, tuple[Item, bool]] = {}
    missing: list[str] = []
    for element in children(spine, "itemref") if spine is not None else ():
        idref = element.get("idref") or ""
        item = items.get(idref)
        if item is None:
            missing.append(idref)
            continue
        linear = (element.get("linear") or "yes").strip().lower() != "no"
        # A manifest may list a file once for each of its sections: it is read once, where it comes first.
        if item.href not in found:
            found[item.href] = (item, linear)
    if missing:
        named = ", ".join(f"'{name}'" for name in missing[:3])
        doubts.append(f"{len(missing)} file(s) of the reading order are missing from the book: {named}.")
    return tuple(found.values())


def _unique(items: dict[str, Item]) -> list[Item]:
    return list({item.href: item for item in reversed(items.values())}.values())[::-1]


def _ncx(archive: Archive, items: dict[str, Item], spine: Element | None) -> str:
    named = items.get((spine.get("toc") or "") if spine is not None else "")
    if named is not None and not named.is_document:
        return named.href
    typed = (item.href for item in items.values() if item.media_type == "application/x-dtbncx+xml")
    lying_about = (name for name in archive.names if name.lower().endswith(".ncx"))
    return next(typed, None) or next(lying_about, "")


def _guide(archive: Archive, base: str, root: Element) -> tuple[tuple[str, str, str], ...]:
    guide = first(root, "guide")
    found: list[tuple[str, str, str]] = []
    for element in children(guide, "reference") if guide is not None else ():
        path, fragment = resolve(base, element.get("href") or "")
        entry = archive.find(path)
        if entry:
            found.append(((element.get("type") or "").strip().lower(), entry, fragment))
    return tuple(found)


def _check_protection(archive: Archive, documents: frozenset[str]) -> None:
    """Refuse a book whose text is encrypted; obfuscated fonts are nobody's concern here."""
    entry = archive.find(ENCRYPTION)
    if not entry:
        return
    try:
        root = parse_xml(archive.read(entry), entry).root
    except SourceBroken:
        return  # then the documents themselves will tell
    for data in root.iter():
        if local_name(data) != "encrypteddata":
            continue
        method, reference = first(data, "encryptionmethod"), first(data, "cipherreference")
        algorithm = (method.get("Algorithm") or "") if method is not None else ""
        target = archive.find(resolve("", reference.get("URI") or "")[0]) if reference is not None else None
        if target in documents and algorithm not in FONT_OBFUSCATION:
            raise SourceProtected(
                f"'{archive.path.name}' is protected by DRM; hand in a copy without protection."
            )


__all__ = ["NAMESPACES", "Item", "Package", "read_package"]
