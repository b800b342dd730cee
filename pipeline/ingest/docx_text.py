"""The text of a Word document as XHTML."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from pipeline.ingest.blocks_text import SkipLog, fold, words_in
from pipeline.ingest.docx_numbering import Numbering
from pipeline.ingest.docx_styles import Looks, Styles, is_on, paragraph_looks
from pipeline.ingest.pages import add, cast, element, foreign, note, put, refer, say
from pipeline.ingest.xml import Element, attribute, child, children, first, local_name, writable

_SAID = {"tab": " ", "ptab": " ", "nobreakhyphen": "\u2011", "softhyphen": ""}
_SILENT = frozenset(
    {"instrtext", "deltext", "del", "movefrom", "rt", "rpr", "ppr", "sectpr", "tblpr", "trpr", "tcpr"}
)
_FIELDS = {
    "TOC": "contents",
    "TOA": "contents",
    "INDEX": "index",
    "PAGE": "page-number",
    "NUMPAGES": "page-number",
    "PAGEREF": "page-number",
    "SECTIONPAGES": "page-number",
}
"""Fields whose result is not narrated, and the kind of skip."""


@dataclass(slots=True)
class _Field:
    instruction: str = ""
    result: bool = False

    @property
    def kind(self) -> str:
        words = self.instruction.split(maxsplit=1)
        return _FIELDS.get(words[0].upper(), "") if words else ""


@dataclass(slots=True)
class Writer:
    """Makes XHTML of the body of a document; its notes stand behind the block that refers to them."""

    styles: Styles
    language: str
    skip: SkipLog = field(default_factory=SkipLog)
    numbering: Numbering = field(default_factory=Numbering)
    _notes: dict[tuple[str, str], Element] = field(default_factory=dict)
    _fields: list[_Field] = field(default_factory=list)
    _waiting: list[Element] = field(default_factory=list)
    """Notes to be put behind the block that is being written."""
    _boxes: list[Element] = field(default_factory=list)
    """Text boxes, likewise."""
    _carried: Element | None = None
    """A drop cap, or a paragraph whose end was deleted: what comes next goes on with it."""
    _referred: int = 0
    _depth: int = 0
    _tongue: dict[str, int] = field(default_factory=dict)

    def take_notes(self, kind: str, root: Element | None) -> None:
        """Keep the notes of a part for ``footnote`` or ``endnote``."""
        for found in children(root, kind) if root is not None else ():
            if attribute(found, "type") in {"", "normal"}:
                self._notes.setdefault((kind, attribute(found, "id")), found)

    def body(self, root: Element) -> Element:
        """The document's text as the ``body`` of a page."""
        made = element("body")
        found = first(root, "body")
        if found is not None:
            self._blocks(found, made)
        if self._carried is not None:
            made.append(self._carried)
        return made

    # -- blocks ------------------------------------------------------------------------------------------

    def _blocks(self, parent: Element, made: Element) -> None:
        for e in parent:
            tag = local_name(e)
            if tag == "p":
                self._paragraph(e, made)
            elif tag == "tbl":
                self._table(e, made)
            elif tag in {
                "sdt",
                "sdtcontent",
                "customxml",
                "ins",
                "moveto",
                "txbxcontent",
                "body",
                "altchunk",
            }:
                self._blocks(e, made)
            elif tag == "alternatecontent":
                for inner in _alternative(e):
                    self._blocks(inner, made)
            elif tag in {"omathpara", "omath"}:
                _formula(e, add(made, "p"))
            elif tag == "docpartobj" or tag in _SILENT:
                continue

    def _paragraph(self, e: Element, made: Element) -> None:
        properties = child(e, "ppr")
        looks = paragraph_looks(properties, self.styles)
        begun = self._carried if self._carried is not None else element("p")
        self._carried = None
        self._tongue.clear()
        self._inline(e, begun, looks.hidden)
        if properties is not None and _goes_on(properties):
            self._carried = begun
            return
        self._shape(begun, looks)
        if begun.tag == "section":
            self._contents(begun, looks, made)
        else:
            put(made, begun)
        self._settle(made)

    def _shape(self, begun: Element, looks: Looks) -> None:
        text = fold("".join(begun.itertext()))
        label = self.numbering.next(looks) if looks.number else ""
        if label and text and looks.role == "heading":  # an item's number is a bullet to a listener
            begun.text = f"{writable(label)} {begun.text or ''}"
        if looks.role in {"contents", "index"}:
            begun.tag = "section"
        elif looks.role in {"heading", "title"} and text:
            begun.tag = f"h{min(looks.level, 6)}"
            if looks.role == "title":
                begun.set("class", "title")
        else:
            cast(begun, looks.role)
        if tongue := foreign(text, self._tongue, self.language):
            begun.set("lang", tongue)

    def _contents(self, begun: Element, looks: Looks, made: Element) -> None:
        text = fold("".join(begun.itertext()))
        section = add(made, "section", kind="index" if looks.role == "index" else "toc")
        add(section, "p", text)

    def _settle(self, made: Element) -> None:
        """Put the notes and boxes of the last block behind it."""
        boxes, self._boxes = self._boxes, []
        notes, self._waiting = self._waiting, []
        for box in boxes:
            self._blocks(box, add(made, "aside"))
        made.extend(notes)
        made.extend(self._waiting)
        self._waiting = []

    def _table(self, table: Element, made: Element) -> None:
        rows = add(made, "table")
        waiting, self._waiting = self._waiting, []
        for row in _held(table, "tr"):
            cells = add(rows, "tr")
            properties = child(row, "trpr")
            heading = properties is not None and is_on(properties, "tblheader")
            for cell in _held(row, "tc"):
                self._cell(cell, add(cells, "th" if heading else "td"))
        waiting.extend(self._waiting)
        self._waiting = waiting
        self._settle(made)

    def _cell(self, cell: Element, made: Element) -> None:
        self._blocks(cell, made)
        # Notes of a cell stand behind its table.
        for inner in [e for e in made if e.tag == "aside" and e.get("id")]:
            self._waiting.append(inner)
            made.remove(inner)

    # -- inside a paragraph --------------------------------------------------------------------------------

    def _inline(self, e: Element, made: Element, hidden: bool) -> None:
        for inner in e:
            tag = local_name(inner)
            if tag == "r":
                self._run(inner, made, hidden)
            elif tag == "fldsimple":
                self._simple_field(inner, made, hidden)
            elif tag in {"omath", "omathpara"}:
                _formula(inner, made)
            elif tag == "txbxcontent":
                self._boxes.append(inner)
            elif tag == "alternatecontent":
                for chosen in _alternative(inner):
                    self._inline(chosen, made, hidden)
            elif tag and tag not in _SILENT:
                self._piece(inner, tag, made, hidden)

    def _run(self, run: Element, made: Element, hidden: bool) -> None:
        properties = child(run, "rpr")
        into = made
        if properties is not None:
            hidden = hidden or is_on(properties, "vanish")
            raised = child(properties, "vertalign")
            if raised is not None and attribute(raised, "val") in {"superscript", "subscript"}:
                into = element("sup" if attribute(raised, "val") == "superscript" else "sub")
            tongue = child(properties, "lang")
            self._speaks(run, attribute(tongue, "val") if tongue is not None else "")
        else:
            self._speaks(run, "")
        marked = False
        for e in run:
            tag = local_name(e)
            if tag in {"footnotereference", "endnotereference"}:
                marked = attribute(e, "customMarkFollows").lower() in {"1", "true", "on"}
                self._reference(tag.removesuffix("reference"), e, made)
            elif tag == "t" and marked:
                marked = False  # the mark that its author gave the note
            elif tag == "fldchar":
                self._field(attribute(e, "fldCharType"))
            elif tag == "instrtext":
                if self._fields and not self._fields[-1].result:
                    self._fields[-1].instruction += e.text or ""
            elif tag == "alternatecontent":
                for chosen in _alternative(e):
                    self._inline(chosen, into, hidden)
            elif tag and tag not in _SILENT:
                self._piece(e, tag, into, hidden)
        if into is not made and (into.text or len(into)):
            made.append(into)

    def _piece(self, e: Element, tag: str, made: Element, hidden: bool) -> None:
        """An element that is said, or that holds some that are."""
        if tag == "t":
            self._say(e.text or "", made, hidden)
        elif tag in _SAID:
            self._say(_SAID[tag], made, hidden)
        elif tag in {"br", "cr"}:
            if attribute(e, "type") in {"page", "column"} or hidden:
                say(made, " ")
            elif not self._skipping():
                add(made, "br")
        elif tag == "sym":
            self.skip.add("ornament")
        elif tag in {"drawing", "pict", "object"}:
            self._drawing(e, made, hidden)
        elif len(e):
            self._inline(e, made, hidden)

    def _say(self, text: str, made: Element, hidden: bool) -> None:
        kind = self._skipping() or ("hidden" if hidden else "")
        if not kind:
            say(made, text)
        elif kind != "instruction" and text.strip():
            self.skip.add(kind, words_in(text))

    def _drawing(self, e: Element, made: Element, hidden: bool) -> None:
        pictures = [i for i in e.iter() if local_name(i) in {"pic", "imagedata", "blip"}]
        named = next((i for i in e.iter() if local_name(i) == "docpr"), None)
        if pictures and not hidden:
            alt = attribute(named, "descr") if named is not None else ""
            add(made, "img", alt=alt or attribute(pictures[0], "title"), src="#")
        self._inline(e, made, hidden)

    # -- fields ----------------------------------------------------------------------------------------------

    def _field(self, mark: str) -> None:
        if mark == "begin":
            self._fields.append(_Field())
        elif self._fields and mark == "separate":
            self._fields[-1].result = True
        elif self._fields and mark == "end":
            self._fields.pop()

    def _skipping(self) -> str:
        """The kind under which what stands here is left out, because of the fields around it."""
        for found in self._fields:
            if not found.result:
                return "instruction"
            if found.kind:
                return found.kind
        return ""

    def _simple_field(self, e: Element, made: Element, hidden: bool) -> None:
        self._fields.append(_Field(attribute(e, "instr"), True))
        self._inline(e, made, hidden)
        if self._fields:
            self._fields.pop()

    # -- notes -----------------------------------------------------------------------------------------------

    def _reference(self, kind: str, e: Element, made: Element) -> None:
        found = self._notes.get((kind, attribute(e, "id")))
        self._referred += 1
        label, identifier = str(self._referred), f"note-{self._referred}"
        refer(made, label, f"#{identifier}")
        if found is None or self._depth:
            return
        self._depth += 1
        inside = Writer(self.styles, self.language, self.skip, _depth=1)
        aside = note(identifier, label, kind)
        inside._blocks(found, aside)
        self._depth -= 1
        self._waiting.append(aside)

    # -- languages -------------------------------------------------------------------------------------------

    def _speaks(self, run: Element, tongue: str) -> None:
        length = sum(len(e.text or "") for e in run if local_name(e) == "t")
        self._tongue[tongue] = self._tongue.get(tongue, 0) + length


def _formula(e: Element, made: Element) -> None:
    text = " ".join(i.text for i in e.iter() if local_name(i) == "t" and i.text)
    add(made, "math", alttext=fold(text))


def _alternative(e: Element) -> list[Element]:
    """The better of the versions of the same thing: the first choice that has something in it."""
    choices = [*children(e, "choice"), *children(e, "fallback")]
    telling = [c for c in choices if any(local_name(i) in {"t", "blip", "imagedata"} for i in c.iter())]
    return (telling or choices)[:1]


def _goes_on(properties: Element) -> bool:
    frame = child(properties, "framepr")
    if frame is not None and attribute(frame, "dropCap") in {"drop", "margin"}:
        return True
    own = child(properties, "rpr")
    return own is not None and child(own, "del") is not None


def _held(parent: Element, name: str) -> Iterator[Element]:
    """Rows of a table, cells of a row; content controls and revisions may stand between."""
    for e in parent:
        tag = local_name(e)
        if tag == name:
            yield e
        elif tag in {"sdt", "sdtcontent", "customxml", "ins", "moveto"}:
            yield from _held(e, name)


__all__ = ["Writer"]
