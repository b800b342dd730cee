"""The package of an EPUB 2 as one of EPUB 3 (EPUB 3.3, 5; what changed: "EPUB 3 Changes from EPUB 2.0.1")."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

from pipeline.ingest.epub_toc import Entry
from pipeline.ingest.xml import Element, attribute, local_name
from pipeline.publish.readalong.clean import nested_list
from pipeline.publish.readalong.package import DC, OPF, PackageFile

_WELL_KNOWN = {
    "cover": "cover",
    "title-page": "titlepage",
    "toc": "toc",
    "index": "index",
    "glossary": "glossary",
    "acknowledgements": "acknowledgments",
    "bibliography": "bibliography",
    "colophon": "colophon",
    "copyright-page": "copyright-page",
    "dedication": "dedication",
    "epigraph": "epigraph",
    "foreword": "foreword",
    "loi": "loi",
    "lot": "lot",
    "notes": "endnotes",
    "preface": "preface",
    "text": "bodymatter",
    "start": "bodymatter",
}
"""Types of the guide and their names as landmarks."""
_PROPERTIES = (
    ("svg", re.compile(r"<(?:[\w-]+:)?svg[\s/>]")),
    ("mathml", re.compile(r"<(?:[\w-]+:)?math[\s/>]")),
    ("scripted", re.compile(r"<(?:[\w-]+:)?(?:script|form)[\s/>]")),
    ("switch", re.compile(r"<epub:switch[\s/>]")),
    (
        "remote-resources",
        re.compile(
            r"""<(?:[\w-]+:)?(?:img|audio|video|source|script|iframe|link)\s[^<>]*?(?:src|href)\s*=\s*["']https?:"""
        ),
    ),
)
_DOCUMENTS = frozenset(("text/html", "text/x-oeb1-document", "application/xml", "text/xml"))


def is_old(package: PackageFile) -> bool:
    """Whether it is a package of EPUB 2 or older."""
    return not package.version.startswith("3")


def upgrade_package(
    package: PackageFile, language: str, title: str, identifier: str, order: Sequence[str]
) -> None:
    """Make it one of EPUB 3, but for its navigation document. What it lacks is taken from the arguments; ``order``
    are the documents' entries as they are read."""
    root = package.root
    root.set("version", "3.0")
    metadata = package.part("metadata")
    for wrapper in [one for one in metadata if local_name(one) in {"dc-metadata", "x-metadata"}]:
        for child in list(wrapper):
            metadata.append(child)
        metadata.remove(wrapper)
    _complete(package, metadata, language, title, identifier)
    _dates(metadata)
    for element in list(metadata):
        if isinstance(element.tag, str):
            _refined(package, metadata, element)
    for element in list(root):
        if local_name(element) == "tours" or (local_name(element) == "guide" and not len(element)):
            root.remove(element)
    spine = package.part("spine")
    for name in [key for key in spine.attrib if key not in {"toc", "id", "page-progression-direction"}]:
        del spine.attrib[name]
    _each_file_once(package, spine)
    _in_order(package, spine, order)
    cover = next((one.get("content") for one in metadata if one.get("name") == "cover"), None)
    for element, entry in package.items():
        for name in ("required-namespace", "required-modules", "fallback-style"):
            element.attrib.pop(name, None)
        if element.get("media-type", "").strip() in _DOCUMENTS and entry.lower().endswith(
            (".html", ".htm", ".xhtml", ".xml")
        ):
            element.set("media-type", "application/xhtml+xml")
        if cover and element.get("id") == cover and element.get("media-type", "").startswith("image/"):
            element.set("properties", "cover-image")


def page_properties(page: str) -> list[str]:
    """The properties that a manifest must tell of a page."""
    return [name for name, pattern in _PROPERTIES if pattern.search(page)]


def nav_page(
    title: str,
    language: str,
    lines: Sequence[tuple[str, int, str]],
    landmarks: Iterable[tuple[str, str]],
) -> str:
    """A navigation document: ``lines`` are title, level and address; ``landmarks`` type of the guide and address."""
    known = [(_WELL_KNOWN[kind], href) for kind, href in landmarks if kind in _WELL_KNOWN]
    marks = "".join(
        f'<li><a epub:type="{kind}" href={quoteattr(href)}>{kind}</a></li>'
        for kind, href in dict.fromkeys(known)
    )
    also = f'<nav epub:type="landmarks" hidden="hidden"><ol>{marks}</ol></nav>' if marks else ""
    tag = quoteattr(language or "und")
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE html>\n'
        '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"'
        f" xml:lang={tag} lang={tag}>\n<head><title>{escape(title)}</title></head>\n"
        f'<body>\n<nav epub:type="toc">{"".join(nested_list(lines))}</nav>\n{also}\n</body>\n</html>\n'
    )


def contents(entries: Iterable[Entry], readable: frozenset[str]) -> list[tuple[str, int, str, str]]:
    """Title, level, file and fragment of the lines that lead into the reading order, each place once."""
    found: dict[tuple[str, str, str], tuple[str, int, str, str]] = {}
    for entry in entries:
        if entry.href in readable and entry.title.strip():
            found.setdefault(
                (entry.title, entry.href, entry.fragment),
                (entry.title, entry.level, entry.href, entry.fragment),
            )
    return list(found.values())


def _each_file_once(package: PackageFile, spine: Element) -> None:
    """A file that is listed once for each of its sections (``text.html#s2``) is listed and read once."""
    first: dict[str, str] = {}
    for element, entry in package.items():
        identifier = element.get("id") or ""
        if entry and entry in first:
            element.getparent().remove(element)
            for reference in [one for one in spine if one.get("idref") == identifier]:
                spine.remove(reference)
        elif entry:
            first[entry] = identifier
            element.set("href", element.get("href").partition("#")[0])


def _in_order(package: PackageFile, spine: Element, order: Sequence[str]) -> None:
    """A spine without documents gets those that are read; the NCX is named."""
    ids = {entry: element.get("id") for element, entry in package.items()}
    if not any(local_name(one) == "itemref" for one in spine):
        for entry in order:
            if ids.get(entry):
                etree.SubElement(spine, f"{{{OPF}}}itemref").set("idref", ids[entry])
    ncx = [one.get("id") for one, _ in package.items() if one.get("media-type") == "application/x-dtbncx+xml"]
    if ncx and ncx[0] and not spine.get("toc"):
        spine.set("toc", ncx[0])


def _complete(package: PackageFile, metadata: Element, language: str, title: str, identifier: str) -> None:
    """Identifier, title and language, which every package must have."""
    for name, value in (("identifier", identifier), ("title", title), ("language", language or "und")):
        own = [one for one in metadata if local_name(one) == name and one.tag.startswith(f"{{{DC}}}")]
        empty = [one for one in own if not (one.text or "").strip()]
        for one in empty:
            metadata.remove(one)
        if len(empty) == len(own):
            made = etree.SubElement(metadata, f"{{{DC}}}{name}")
            made.text = value
    identifiers = [one for one in metadata if local_name(one) == "identifier"]
    named = package.root.get("unique-identifier")
    if not any(one.get("id") == named for one in identifiers):
        # The one that its NCX names, which must be the same: some packages name none, or one that is not there.
        first = next((one for one in identifiers if (one.text or "").strip() == identifier), identifiers[0])
        if not first.get("id"):
            first.set("id", package.new_id("pub-id"))
        package.root.set("unique-identifier", first.get("id"))


def _dates(metadata: Element) -> None:
    """One date, that of publication: more are not allowed."""
    dates = [one for one in metadata if local_name(one) == "date" and one.tag.startswith(f"{{{DC}}}")]
    if not dates:
        return
    by_event = {attribute(one, "event"): one for one in reversed(dates)}
    wanted = ("publication", "original-publication", "")
    kept = next((by_event[event] for event in wanted if event in by_event), None)
    for one in dates:
        if one is not kept:
            metadata.remove(one)


def _refined(package: PackageFile, metadata: Element, element: Element) -> None:
    """What EPUB 2 says in attributes of the package's namespace becomes ``meta`` elements."""
    said: list[tuple[str, str, str]] = []
    for key in list(element.attrib):
        name = str(key).rpartition("}")[2]
        if not str(key).startswith(f"{{{OPF}}}") and name not in {"role", "file-as", "scheme", "event"}:
            continue
        value = element.attrib.pop(key).strip()
        if local_name(element) == "meta" or not value:
            continue
        if name == "role" and local_name(element) in {"creator", "contributor"}:
            said.append(("role", value, "marc:relators"))
        elif name == "file-as":
            said.append(("file-as", value, ""))
        elif name == "scheme" and local_name(element) == "identifier":
            said.append(("identifier-type", value, ""))
    if local_name(element) == "meta" and "property" not in element.attrib and not element.get("name"):
        metadata.remove(element)
        return
    if said and not element.get("id"):
        element.set("id", package.new_id(f"voxpress-{local_name(element)}"))
    for name, value, scheme in said:
        extra = {"scheme": scheme} if scheme else {}
        package.add_meta(name, value, refines=f"#{element.get('id')}", **extra)


__all__ = ["contents", "is_old", "nav_page", "page_properties", "upgrade_package"]
