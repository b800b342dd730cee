"""OpenDocument texts (.odt, .ott, .fodt).

After OpenDocument 1.3 (OASIS, part 3), read with lxml under the limits of EPUBs. odfpy, which reads them too, has
had no release since 2020 and loads a document as a tree of its own.
"""

from __future__ import annotations

from pathlib import Path

from pipeline.errors import SourceBroken, SourceProtected
from pipeline.ingest.blocks_text import fold
from pipeline.ingest.epub_archive import Archive
from pipeline.ingest.odt_text import Writer, read_styles
from pipeline.ingest.office import read_part
from pipeline.ingest.pages import Bound, Page, bind, contents_of, titled
from pipeline.ingest.xml import Element, children, first, local_name, parse_xml
from pipeline.limits import OFFICE_ELEMENTS, ZIP_ENTRY_BYTES
from pipeline.model import Book, Metadata, SourceInfo, SourceKind
from pipeline.settings import ReadingSettings

_HREF = "text.xhtml"


def read_odt(path: Path, settings: ReadingSettings, uri: str, sha256: str) -> Book:
    """Read an OpenDocument text, packed or flat.

    Raises SourceBroken (no such document, damaged), SourceProtected (password), SourceTooLarge, SourceEmpty.
    """
    doubts: list[str] = []
    parts = _parts(path, uri, doubts)
    content = parts.get("content.xml")
    text = (
        next((e for e in content.iter() if local_name(e) == "text" and len(e)), None)
        if content is not None
        else None
    )
    if text is None:
        raise SourceBroken(f"{uri} holds no OpenDocument text that can be read; get another copy of it.")
    metadata = _metadata(parts.get("meta.xml"))
    styles = read_styles(content, parts.get("styles.xml"))
    writer = Writer(styles, settings.language or metadata.language or styles.language, parts)
    body = writer.body(text)
    metadata = titled(metadata, body)
    bound = Bound(
        path=path,
        pages=(Page(_HREF, body),),
        contents=contents_of(body, _HREF, metadata.title or path.stem),
        metadata=metadata,
        doubts=tuple(f"{uri}: {doubt}" for doubt in doubts),
        skipped=writer.skip.skipped(),
    )
    return bind(bound, settings, SourceInfo(SourceKind.ODT, uri, sha256))


def _parts(path: Path, uri: str, doubts: list[str]) -> dict[str, Element]:
    """The XML of the document by the names of its entries; a flat one is all of them."""
    with path.open("rb") as stream:
        packed = stream.read(4) == b"PK\x03\x04"
        data = b"" if packed else path.read_bytes()[: ZIP_ENTRY_BYTES + 1]
    if not packed:
        parsed = parse_xml(data, path.name, OFFICE_ELEMENTS)
        if parsed.repaired:
            doubts.append("The document is damaged and was repaired, some text may be missing.")
        return dict.fromkeys(("content.xml", "styles.xml", "meta.xml"), parsed.root)
    parts: dict[str, Element] = {}
    with Archive(path) as archive:
        manifest = read_part(archive, "META-INF/manifest.xml", doubts)
        if manifest is not None and first(manifest, "encryption-data") is not None:
            raise SourceProtected(f"{uri} is locked with a password; save a copy without it.")
        wanted = ["content.xml", "styles.xml", "meta.xml"]
        wanted += [n for n in archive.names if n.startswith("Object ") and n.endswith("/content.xml")]
        for name in wanted:
            tree = read_part(archive, name, doubts)
            if tree is not None:
                parts[name] = tree
    return parts


def _metadata(root: Element | None) -> Metadata:
    meta = first(root, "meta") if root is not None else None
    if meta is None:
        return Metadata()

    def said(name: str) -> str:
        return next((fold("".join(e.itertext())) for e in children(meta, name)), "")

    author = said("initial-creator") or said("creator")
    keywords = [fold("".join(e.itertext())) for e in children(meta, "keyword")]
    return Metadata(
        title=said("title"),
        authors=(author,) if author else (),
        language=said("language"),
        description=said("description"),
        subjects=tuple(dict.fromkeys(filter(None, [said("subject"), *keywords]))),
    )


__all__ = ["read_odt"]
