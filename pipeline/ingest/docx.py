"""Word documents (.docx, .docm): headings by style or outline level, notes, tables, languages.

After ECMA-376 (part 1 WordprocessingML, part 2 packages), read with lxml under the limits of EPUBs. mammoth,
which turns such documents into HTML, loses the text of formulas, of ruby and of simple fields, narrates hidden
text, says nothing of languages and holds a document as objects of its own; python-docx knows no notes.
"""

from __future__ import annotations

from pathlib import Path

from pipeline.errors import SourceBroken
from pipeline.ingest.blocks_text import fold
from pipeline.ingest.docx_numbering import read_numbering
from pipeline.ingest.docx_styles import read_styles
from pipeline.ingest.docx_text import Writer
from pipeline.ingest.epub_archive import Archive, resolve
from pipeline.ingest.office import read_part
from pipeline.ingest.pages import Bound, Page, bind, contents_of, titled
from pipeline.ingest.xml import Element, attribute, children, local_name
from pipeline.model import Book, Metadata, SourceInfo, SourceKind
from pipeline.settings import ReadingSettings

_HREF = "text.xhtml"
_USED = frozenset({"styles", "numbering", "footnotes", "endnotes"})


def read_docx(path: Path, settings: ReadingSettings, uri: str, sha256: str) -> Book:
    """Read a Word document.

    Raises SourceBroken (no such document, damaged), SourceProtected (password), SourceTooLarge, SourceEmpty.
    """
    doubts: list[str] = []
    with Archive(path) as archive:
        package = _relations(archive, "")
        main = archive.find(package.get("officedocument", "")) or archive.find("word/document.xml")
        text = read_part(archive, main, doubts)
        if main is None or text is None:
            raise SourceBroken(f"{uri} holds no Word document that can be read; get another copy of it.")
        parts = {
            kind: read_part(archive, name, doubts)
            for kind, name in _relations(archive, main).items()
            if kind in _USED
        }
        metadata = _metadata(read_part(archive, package.get("core-properties"), doubts))
    styles = read_styles(parts.get("styles"))
    writer = Writer(styles, settings.language or metadata.language or styles.language)
    writer.numbering = read_numbering(parts.get("numbering"))
    for kind in ("footnote", "endnote"):
        writer.take_notes(kind, parts.get(f"{kind}s"))
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
    return bind(bound, settings, SourceInfo(SourceKind.DOCX, uri, sha256))


def _relations(archive: Archive, part: str) -> dict[str, str]:
    """What a part of the package is related to: kind (the end of its type, lower case) -> entry."""
    folder, _, name = part.rpartition("/")
    tree = read_part(archive, f"{folder}/_rels/{name}.rels" if folder else f"_rels/{name}.rels", [])
    found: dict[str, str] = {}
    for relation in children(tree, "relationship") if tree is not None else ():
        if attribute(relation, "TargetMode").lower() == "external":
            continue
        kind = attribute(relation, "Type").rpartition("/")[2].lower()
        entry = archive.find(resolve(part, attribute(relation, "Target"))[0])
        if entry is not None:
            found.setdefault(kind, entry)
    return found


def _metadata(core: Element | None) -> Metadata:
    if core is None:
        return Metadata()
    said = {local_name(e): fold("".join(e.itertext())) for e in core if isinstance(e.tag, str)}
    creators = said.get("creator", "").replace(" and ", ";").split(";")
    return Metadata(
        title=said.get("title", ""),
        authors=tuple(name for creator in creators if (name := creator.strip())),
        language=said.get("language", ""),
        identifier=said.get("identifier", ""),
        description=said.get("description", ""),
        subjects=tuple(dict.fromkeys(s for k in ("subject", "keywords") for s in _listed(said.get(k, "")))),
    )


def _listed(written: str) -> list[str]:
    return [part for piece in written.replace(";", ",").split(",") if (part := piece.strip())]


__all__ = ["read_docx"]
