"""The package document of a read-along EPUB: the source's own, with what overlays need put in."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

from lxml import etree

from pipeline.ingest.epub_archive import resolve
from pipeline.ingest.xml import Element, local_name, parse_xml, without_doctype
from pipeline.publish.readalong.smil import clock

OPF = "http://www.idpf.org/2007/opf"
DC = "http://purl.org/dc/elements/1.1/"
SMIL = "application/smil+xml"
ACTIVE = "-epub-media-overlay-active"
PLAYING = "-epub-media-overlay-playing"
"""The class names of the specification's examples, which reading systems without settings of their own know."""


@dataclass(slots=True)
class PackageFile:
    """A package document that is being changed."""

    path: str
    """In the container."""
    root: Element
    find: Callable[[str], str | None]
    """The container's entry for a path."""

    @classmethod
    def read(cls, data: bytes, path: str, find: Callable[[str], str | None]) -> PackageFile:
        """Read it, comments and all. Raises ``SourceBroken``."""
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        try:
            root = etree.fromstring(without_doctype(data).encode(), parser)
        except etree.XMLSyntaxError:
            root = parse_xml(data, path).root
        package = cls(path, root, find)
        package._named_namespaces()
        return package

    # -- looking -----------------------------------------------------------------------------------------------

    def part(self, name: str) -> Element:
        """``metadata``, ``manifest``, ``spine``: found, or made."""
        found = next((one for one in self.root if local_name(one) == name), None)
        if found is None:
            found = etree.SubElement(self.root, f"{{{OPF}}}{name}")
        return found

    def items(self) -> Iterator[tuple[Element, str]]:
        """The manifest's items, with the container's entry of each ('' for one that is not there)."""
        for element in list(self.part("manifest")):
            if local_name(element) == "item" and element.get("href"):
                path = resolve(self.path, element.get("href"))[0]
                yield element, self.find(path) or ""

    @property
    def version(self) -> str:
        """As it says."""
        return (self.root.get("version") or "").strip()

    # -- changing ----------------------------------------------------------------------------------------------

    def href(self, entry: str) -> str:
        """The address of an entry from the package document."""
        return address(entry, self.path)

    def new_id(self, wanted: str) -> str:
        """``wanted``, or that with a number where it is taken."""
        taken = {element.get("id") for element in self.root.iter(etree.Element)}
        number, name = 1, wanted
        while name in taken:
            number += 1
            name = f"{wanted}-{number}"
        return name

    def add_item(self, entry: str, media_type: str, identifier: str, properties: str = "") -> str:
        """List a file; return its id."""
        element = etree.SubElement(self.part("manifest"), f"{{{OPF}}}item")
        element.set("id", identifier)
        element.set("href", self.href(entry))
        element.set("media-type", media_type)
        if properties:
            element.set("properties", properties)
        element.tail = "\n"
        return identifier

    def add_meta(self, name: str, text: str, **attributes: str) -> Element:
        """An EPUB 3 ``meta``."""
        element = etree.SubElement(self.part("metadata"), f"{{{OPF}}}meta")
        element.set("property", name)
        for key, value in attributes.items():
            element.set(key, value)
        element.text = text
        element.tail = "\n"
        return element

    def set_overlay(self, entry: str, overlay: str) -> None:
        """Say which overlay a document has."""
        for element, found in self.items():
            if found == entry:
                element.set("media-overlay", overlay)

    def add_properties(self, entry: str, properties: Sequence[str]) -> None:
        """Say more of a file."""
        if not properties:
            return
        for element, found in self.items():
            if found == entry:
                said = dict.fromkeys([*(element.get("properties") or "").split(), *properties])
                element.set("properties", " ".join(said))

    def without_overlays(self) -> list[str]:
        """Take out all that the source says of overlays; return the entries of its SMIL files."""
        removed: list[str] = []
        gone: set[str] = set()
        for element, entry in self.items():
            if (element.get("media-type") or "").strip() == SMIL:
                removed.append(entry)
                gone.add(element.get("id") or "")
                _remove(element)
            elif "media-overlay" in element.attrib:
                del element.attrib["media-overlay"]
        for element in list(self.part("metadata")):
            about = (element.get("refines") or "").lstrip("#")
            if local_name(element) == "meta" and (
                (element.get("property") or "").startswith("media:") or (about and about in gone)
            ):
                _remove(element)
        return [entry for entry in removed if entry]

    def remove(self, entries: set[str]) -> None:
        """Take files out of the manifest."""
        for element, entry in self.items():
            if entry in entries:
                _remove(element)

    def modified(self, when: datetime | None = None) -> None:
        """Set the time of the last change."""
        for element in list(self.part("metadata")):
            if local_name(element) == "meta" and element.get("property") == "dcterms:modified":
                if element.get("refines"):
                    continue
                _remove(element)
        self.add_meta("dcterms:modified", (when or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%SZ"))

    def add_durations(self, narrator: str, durations: dict[str, float]) -> None:
        """What is said of overlays: the time of each by its id, of all together, who reads, and the classes."""
        for identifier, seconds in durations.items():
            self.add_meta("media:duration", clock(seconds), refines=f"#{identifier}")
        self.add_meta("media:duration", clock(sum(round(seconds, 3) for seconds in durations.values())))
        if narrator.strip():
            self.add_meta("media:narrator", " ".join(narrator.split()))
        self.add_meta("media:active-class", ACTIVE)
        self.add_meta("media:playback-active-class", PLAYING)

    def written(self) -> bytes:
        """The file."""
        data = bytes(etree.tostring(self.root, encoding="utf-8", xml_declaration=True)) + b"\n"
        if self.root.prefix is not None:
            return data
        # Where a prefix is declared for the package's namespace as well, lxml puts it on new elements; plain names
        # say the same and are what simple readers look for.
        for name in {
            key for one in self.root.iter(etree.Element) for key, uri in one.nsmap.items() if uri == OPF
        }:
            if name:
                data = re.sub(rf"(</?){re.escape(name)}:".encode(), rb"\1", data)
        return data

    def _named_namespaces(self) -> None:
        """Elements without a namespace get the package's: some converters forget to declare it."""
        if self.root.tag.startswith("{"):
            return
        for element in self.root.iter(etree.Element):
            if not element.tag.startswith("{"):
                element.tag = f"{{{OPF}}}{element.tag.rpartition(':')[2]}"


def address(entry: str, base: str) -> str:
    """The relative address of ``entry`` as it is written in the entry ``base``."""
    return quote(posixpath.relpath(f"/{entry}", posixpath.dirname(f"/{base}")))


def _remove(element: Element) -> None:
    parent = element.getparent()
    if element.tail and element.tail.strip():
        element.tail = None
    parent.remove(element)


__all__ = ["ACTIVE", "DC", "OPF", "PLAYING", "SMIL", "PackageFile", "address"]
