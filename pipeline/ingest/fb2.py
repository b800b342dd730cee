"""FictionBook 2 (.fb2, .fb2.zip): sections inside sections, poems, epigraphs, notes in a body of their own.

After the schema of FictionBook 2.1 (http://www.gribuser.ru/xml/fictionbook/2.0, xsd of 2004 to 2008).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.errors import SourceBroken, SourceTooLarge, SourceUnsupported
from pipeline.ingest import charset as charsets
from pipeline.ingest.blocks_text import fold
from pipeline.ingest.epub_archive import Archive
from pipeline.ingest.pages import Bound, Line, Page, add, bind, element, note, refer, say
from pipeline.ingest.xml import Element, attribute, children, first, local_name, parse_xml
from pipeline.limits import MIB, ZIP_ENTRY_BYTES
from pipeline.model import Book, Metadata, SourceInfo, SourceKind
from pipeline.settings import ReadingSettings

_DECLARATION = re.compile(r"\A\s*<\?xml\b[^>]*?\?>", re.I)
_BINARY = re.compile(r"<binary\b([^>]*)>([^<]*)</binary\s*>")
_ID = re.compile(r"""\bid\s*=\s*["']([^"']+)["']""")
_NOTES = "notes.xhtml"
_NOTE_BODIES = frozenset({"notes", "comments", "footnotes"})
_DEEPEST = 6
"""Levels of headings, and of the table of contents."""
_INLINE = {"strong": "b", "emphasis": "i", "sub": "sub", "sup": "sup", "code": "code", "style": "span"}
_ISBN = re.compile(r"[^0-9Xx]")


def read_fb2(path: Path, settings: ReadingSettings, uri: str, sha256: str) -> Book:
    """Read a FictionBook, packed or not.

    Raises SourceBroken (no XML, no text), SourceUnsupported (several books in one archive), SourceTooLarge.
    """
    data = _unpacked(path)
    text, doubt = charsets.decode(data, charsets.declared_in(data))
    pictures = dict(_pictures(text))
    # Pictures are long and no text; libxml2 refuses a text of more than ten million characters.
    text = _BINARY.sub("", _DECLARATION.sub("", text, count=1))
    parsed = parse_xml(text.encode(errors="replace"), path.name)
    if local_name(parsed.root) != "fictionbook":
        raise SourceBroken(f"{uri} is not a FictionBook, or is damaged; get another copy of the book.")
    doubts = [doubt] if doubt else []
    if parsed.repaired:
        doubts.append("The book is not well-formed and was repaired; some text may be missing.")
    binder = _Binder(parsed.root)
    metadata = _metadata(parsed.root)
    pages = binder.pages()
    bound = Bound(
        path,
        pages,
        # Sections without titles are one text: a space between two of them says no more.
        binder.contents or [Line(metadata.title or path.stem, 1, pages[0].href)],
        metadata,
        _cover(parsed.root, pictures),
        tuple(f"{uri}: {said}" for said in doubts),
    )
    return bind(bound, settings, SourceInfo(SourceKind.FB2, uri, sha256))


def _unpacked(path: Path) -> bytes:
    with path.open("rb") as stream:
        if stream.read(4) != b"PK\x03\x04":
            stream.seek(0)
            data = stream.read(ZIP_ENTRY_BYTES + 1)
            if len(data) > ZIP_ENTRY_BYTES:
                raise SourceTooLarge(
                    f"'{path.name}' is a FictionBook of more than {ZIP_ENTRY_BYTES // MIB} MiB"
                    " (ZIP_ENTRY_BYTES); split it."
                )
            return data
    with Archive(path) as archive:
        books = [name for name in archive.names if name.lower().endswith(".fb2")]
        if not books:
            raise SourceBroken(f"'{path.name}' holds no FictionBook; unpack it and hand in what is inside.")
        if len(books) > 1:
            raise SourceUnsupported(
                f"'{path.name}' holds {len(books)} books; unpack it and hand them in one by one."
            )
        return archive.read(books[0])


# -- the text --------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Binder:
    """Makes a page of each section of the first level."""

    root: Element
    contents: list[Line] = field(default_factory=list)
    _notes: dict[str, Element] = field(default_factory=dict)
    """Sections of the bodies of notes, by id."""
    _page: str = ""
    _made: Counter[str] = field(default_factory=Counter)

    def pages(self) -> list[Page]:
        """All pages in reading order, that of the notes last."""
        bodies = children(self.root, "body")
        # The first body is the book, whatever it is called.
        apart = [b for b in bodies[1:] if (b.get("name") or "").strip().lower() in _NOTE_BODIES]
        for body in apart:
            for section in body.iter():
                if local_name(section) == "section" and section.get("id"):
                    self._notes.setdefault(section.get("id"), section)
        pages = [page for body in bodies if body not in apart for page in self._body(body)]
        if not pages:
            raise SourceBroken("The FictionBook has no body; get another copy of the book.")
        return pages + ([self._page_of_notes(apart)] if apart else [])

    def _body(self, body: Element) -> Iterator[Page]:
        front = [e for e in body if isinstance(e.tag, str) and local_name(e) != "section"]
        if front:
            yield self._opening(front)
        for section in children(body, "section"):
            page = self._new_page()
            self._section(section, page.body, 1)
            yield page

    def _opening(self, front: list[Element]) -> Page:
        """What stands before the first section: the title page, an epigraph; or a whole short text."""
        page = self._new_page()
        for e in front:
            if local_name(e) == "title":
                title = add(page.body, "section", kind="titlepage")
                self._title(e, title, 1)
            else:
                self._block(e, page.body, 1)
        return page

    def _new_page(self) -> Page:
        self._made["page"] += 1
        self._page = f"part-{self._made['page']}.xhtml"
        return Page(self._page, element("body"))

    def _section(self, section: Element, parent: Element, level: int) -> None:
        made = add(parent, "section", lang=_language(section))
        title = next(iter(children(section, "title")), None)
        level_inside = level
        if title is not None and (name := _name_of(title)):
            self._made["section"] += 1
            identifier = f"section-{self._made['section']}"
            made.set("id", identifier)
            self.contents.append(Line(name, min(level, _DEEPEST), f"{self._page}#{identifier}"))
            level_inside = level + 1
        for e in section:
            tag = local_name(e)
            if tag == "section":
                self._section(e, made, level_inside)
            elif tag == "title":
                self._title(e, made, level)
            elif tag:
                self._block(e, made, level_inside)

    def _title(self, title: Element, parent: Element, level: int) -> None:
        paragraphs = [e for e in title if local_name(e) in {"p", "v"}]
        if not paragraphs:
            return
        heading = add(parent, f"h{min(level, 6)}")
        for number, paragraph in enumerate(paragraphs):
            if number:
                add(heading, "br")
            self._inline(paragraph, heading)

    # -- blocks ------------------------------------------------------------------------------------------

    def _block(self, e: Element, parent: Element, level: int) -> None:
        tag = local_name(e)
        if tag in {"p", "text-author", "date"}:
            self._inline(e, add(parent, "p", class_=tag if tag != "p" else "", lang=_language(e)))
        elif tag == "subtitle":
            self._inline(e, add(parent, "p", class_="subtitle"))
        elif tag in {"epigraph", "cite", "annotation"}:
            quoted = add(parent, "blockquote", lang=_language(e))
            if e.get("id"):
                quoted.set("id", e.get("id"))
            self._blocks(e, quoted, level)
        elif tag == "poem":
            self._poem(e, parent, level)
        elif tag == "v":
            self._inline(e, add(parent, "p", lang=_language(e)))
        elif tag == "title":
            for paragraph in (inner for inner in e if local_name(inner) in {"p", "v"}):
                self._inline(paragraph, add(parent, "p"))
        elif tag == "image":
            parent.append(_picture(e))
        elif tag == "table":
            self._table(e, parent)
        elif tag == "section":  # where none may be
            self._section(e, parent, level)
        elif tag and tag != "empty-line":
            # What is not in the schema: its text is the author's all the same.
            has_blocks = any(local_name(inner) in {"p", "v", "section", "cite", "poem"} for inner in e)
            (self._blocks if has_blocks else self._stray)(e, parent, level)

    def _poem(self, poem: Element, parent: Element, level: int) -> None:
        """Its stanzas are verse; its title, its epigraph and its author stand around them."""
        for e in poem:
            if local_name(e) != "stanza":
                self._block(e, parent, level)
                continue
            stanza = element("div", class_="stanza", lang=_language(e) or _language(poem))
            for line in e:
                self._block(line, stanza if local_name(line) == "v" else parent, level)
            parent.append(stanza)

    def _blocks(self, e: Element, parent: Element, level: int) -> None:
        for inner in e:
            self._block(inner, parent, level)

    def _stray(self, e: Element, parent: Element, _level: int) -> None:
        if fold("".join(e.itertext())):
            self._inline(e, add(parent, "p"))

    def _table(self, table: Element, parent: Element) -> None:
        made = add(parent, "table")
        for row in (e for e in table.iter() if local_name(e) == "tr"):
            cells = add(made, "tr")
            for cell in (e for e in row if local_name(e) in {"td", "th"}):
                self._inline(cell, add(cells, local_name(cell)))

    def _inline(self, e: Element, parent: Element) -> None:
        say(parent, e.text or "")
        for inner in e:
            tag = local_name(inner)
            if tag == "a":
                self._link(inner, parent)
            elif tag == "image":
                parent.append(_picture(inner))
            elif tag in {"p", "v"}:
                self._inline(inner, add(parent, "p"))
            elif tag:
                self._inline(inner, add(parent, _INLINE.get(tag, "span"), lang=_language(inner)))
            say(parent, inner.tail or "")

    def _link(self, link: Element, parent: Element) -> None:
        target = attribute(link, "href").strip()
        if target.startswith("#") and target[1:] in self._notes:
            refer(parent, fold("".join(link.itertext())), f"{_NOTES}#{target[1:]}")
        elif attribute(link, "type") == "note":
            refer(parent, fold("".join(link.itertext())), f"{_NOTES}#lost")
        else:
            self._inline(link, add(parent, "span"))

    def _page_of_notes(self, bodies: list[Element]) -> Page:
        page = Page(_NOTES, element("body", kind="endnotes"))
        self._page = _NOTES
        for body in bodies:
            for e in body:
                tag = local_name(e)
                if tag == "title":
                    self._title(e, page.body, 1)
                elif tag == "section":
                    self._note(e, page.body)
                elif tag:
                    self._block(e, page.body, 2)
        return page

    def _note(self, section: Element, parent: Element) -> None:
        inner = children(section, "section")
        if inner and not section.get("id"):
            # Notes by chapter: the section is a heading over them.
            for e in section:
                if local_name(e) == "section":
                    self._note(e, parent)
                elif local_name(e) == "title":
                    self._title(e, parent, 2)
            return
        title = next(iter(children(section, "title")), None)
        made = note(section.get("id") or "", _name_of(title) if title is not None else "", "endnote")
        parent.append(made)
        for e in section:
            if e is not title:
                self._block(e, made, 3)


def _name_of(title: Element) -> str:
    """The lines of a title as one."""
    lines = [fold("".join(_said(e))) for e in title if local_name(e) in {"p", "v"}]
    name = ""
    for line in filter(None, lines):
        name = f"{name}{' ' if name[-1:] in tuple('.!?…:') else '. '}{line}" if name else line
    return name


def _said(e: Element) -> Iterator[str]:
    """The text of an element without references to notes."""
    yield e.text or ""
    for inner in e:
        if not (local_name(inner) == "a" and attribute(inner, "type") == "note"):
            yield from _said(inner)
        yield inner.tail or ""


def _picture(image: Element) -> Element:
    return element("img", alt=attribute(image, "alt") or attribute(image, "title"), src="#")


def _language(e: Element) -> str:
    return attribute(e, "lang")


# -- what the book says about itself ----------------------------------------------------------------------


def _metadata(root: Element) -> Metadata:
    title = first(root, "title-info")
    if title is None:
        return Metadata()
    published = first(root, "publish-info")
    document = first(root, "document-info")
    series, part = _series(title)
    year = _text(published, "year") or _date(title)
    isbn = _ISBN.sub("", _text(published, "isbn"))
    return Metadata(
        title=_text(title, "book-title"),
        authors=tuple(filter(None, (_person(e) for e in children(title, "author")))),
        language=_text(title, "lang"),
        identifier=_text(document, "id"),
        isbn=isbn if len(isbn) in (10, 13) else "",
        publisher=_text(published, "publisher"),
        published=year,
        description=_annotation(title),
        series=series,
        series_part=part,
        subjects=tuple(dict.fromkeys(filter(None, (fold(e.text or "") for e in children(title, "genre"))))),
    )


def _text(parent: Element | None, name: str) -> str:
    if parent is None:
        return ""
    return next((fold("".join(e.itertext())) for e in children(parent, name)), "")


def _person(author: Element) -> str:
    names = [_text(author, part) for part in ("first-name", "middle-name", "last-name")]
    return " ".join(filter(None, names)) or _text(author, "nickname")


def _date(title: Element) -> str:
    for date in children(title, "date"):
        return date.get("value") or fold("".join(date.itertext()))
    return ""


def _annotation(title: Element) -> str:
    for annotation in children(title, "annotation"):
        return fold(" ".join("".join(e.itertext()) for e in annotation if isinstance(e.tag, str)))
    return ""


def _series(title: Element) -> tuple[str, str]:
    for sequence in children(title, "sequence"):
        return fold(sequence.get("name") or ""), fold(sequence.get("number") or "")
    return "", ""


def _pictures(text: str) -> Iterator[tuple[str, str]]:
    """Ids of the pictures, and their data in base 64."""
    for match in _BINARY.finditer(text):
        if identifier := _ID.search(match[1]):
            yield identifier[1], match[2]


def _cover(root: Element, pictures: Mapping[str, str]) -> bytes:
    page = first(root, "coverpage")
    image = first(page, "image") if page is not None else None
    wanted = attribute(image, "href").lstrip("#") if image is not None else ""
    if wanted not in pictures:
        return b""
    try:
        return base64.b64decode("".join(pictures[wanted].split()))
    except (binascii.Error, ValueError):
        return b"damaged"  # said as a doubt, like any cover that cannot be opened


__all__ = ["read_fb2"]
