"""The text of an RTF document as XHTML: one pass over its control words, with a state for each group."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field, replace

from pipeline.errors import SourceTooLarge
from pipeline.ingest.blocks_kinds import is_marker
from pipeline.ingest.blocks_text import SkipLog, fold, words_in
from pipeline.ingest.docx_styles import Looks, looks_of_name
from pipeline.ingest.pages import add, cast, element, foreign, note, put, refer, say
from pipeline.ingest.rtf_tables import (
    CHARACTERS,
    CHARSETS,
    HEADER_DESTINATIONS,
    INFO,
    KEPT_STARRED,
    LANGUAGES,
    SKIPPED_DESTINATIONS,
    SYMBOLS,
    code_page,
)
from pipeline.ingest.xml import Element
from pipeline.limits import RTF_DEPTH

_TOKEN = re.compile(
    rb"\\(?:([A-Za-z]{1,32})(-?\d{1,9})? ?|'([0-9A-Fa-f]{2})|([^A-Za-z]))|([{}])|([^\\{}\r\n]+)|[\r\n]+|\\",
    re.S,
)
_SHAPING = frozenset({"text", "stylesheet"})
_OF_PARAGRAPHS = frozenset({"s", "outlinelevel", "intbl", "ls", "pard"})
_SILENT_FIELDS = {"TOC": "contents", "INDEX": "index", "PAGE": "page-number", "NUMPAGES": "page-number"}


@dataclass(frozen=True, slots=True)
class _State:
    """What holds inside a group."""

    to: str = "text"
    """Where text goes: ``text``, ``skip``, ``instruction``, ``stylesheet``, ``fonttbl``, or a name of ``INFO``."""
    kind: str = ""
    """With ``skip``: what is left out, if it is worth counting."""
    starred: bool = False
    before: str = "text"
    """Where text went before ``\\upr``."""
    font: int = 0
    unicode_skip: int = 1
    hidden: bool = False
    raised: str = ""
    language: int = 0
    opens: str = ""
    """What ends with this group: ``note``, ``field``."""


@dataclass(slots=True)
class _Shape:
    """Properties of a paragraph; ``\\pard`` sets them back."""

    style: int = 0
    level: int | None = None
    item: bool = False
    in_table: bool = False


@dataclass(slots=True)
class _Flow:
    """A run of paragraphs: the document's, or a note's."""

    into: Element
    paragraph: Element = field(default_factory=lambda: element("p"))
    shape: _Shape = field(default_factory=_Shape)
    waiting: list[Element] = field(default_factory=list)
    table: Element | None = None
    row: Element | None = None
    cell: Element | None = None
    tongues: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Writer:
    """Reads a document; ``body``, ``info``, ``language`` and ``skip`` are what it gives."""

    name: str
    body: Element = field(default_factory=lambda: element("body"))
    info: dict[str, str] = field(default_factory=dict)
    skip: SkipLog = field(default_factory=SkipLog)
    language: str = ""
    cut_short: bool = False
    _state: _State = field(default_factory=_State)
    _stack: list[_State] = field(default_factory=list)
    _flows: list[_Flow] = field(default_factory=list)
    _bytes: bytearray = field(default_factory=bytearray)
    _units: list[int] = field(default_factory=list)
    """Of UTF-16, from ``\\u``."""
    _to_skip: int = 0
    """Characters that stand in for a ``\\u`` before them."""
    _page: str = "cp1252"
    _fonts: dict[int, str] = field(default_factory=dict)
    _looks: dict[int, Looks] = field(default_factory=dict)
    _style: int = 0
    _style_name: str = ""
    _instructions: list[str] = field(default_factory=list)
    _referred: int = 0

    def read(self, data: bytes, position: int) -> None:
        """Read the whole document. Raises SourceTooLarge when its groups nest too deep."""
        self._flows.append(_Flow(self.body))
        begun = False
        while (match := _TOKEN.match(data, position)) is not None:
            position = match.end()
            word, number, code, symbol, brace, text = match.groups()
            if text is not None:
                self._text(text)
            elif code is not None:
                self._text(bytes([int(code, 16)]))
            elif brace == b"{":
                self._open()
                begun = True
            elif brace == b"}":
                self._close()
                if begun and not self._stack:
                    break
            elif word is not None:
                value = int(number) if number is not None else None
                if word == b"bin":
                    position += max(0, value or 0)
                else:
                    self._word(word.decode().lower(), value)
            elif symbol is not None:
                self._symbol(symbol.decode("latin-1"))
        self.cut_short = bool(self._stack)
        while self._stack:
            self._close()
        self._flush()
        self._end_paragraph()
        self._end_table()

    # -- groups ------------------------------------------------------------------------------------------

    def _open(self) -> None:
        self._flush()
        if len(self._stack) >= RTF_DEPTH:
            raise SourceTooLarge(
                f"'{self.name}' nests groups deeper than {RTF_DEPTH} (RTF_DEPTH); no real text does."
            )
        self._stack.append(self._state)
        self._state = replace(self._state, starred=False, opens="")

    def _close(self) -> None:
        self._flush()
        if not self._stack:
            return
        ended, self._state = self._state, self._stack.pop()
        if ended.to == "stylesheet":
            self._end_style()
        if ended.opens == "note":
            self._end_note()
        elif ended.opens == "field" and self._instructions:
            self._instructions.pop()

    def _word(self, word: str, value: int | None) -> None:
        if word in CHARACTERS:
            self._flush()
            self._say(CHARACTERS[word])
            return
        if word == "u":
            self._unicode(value or 0)
            return
        self._flush()
        starred = self._state.starred
        self._state = replace(self._state, starred=False) if starred else self._state
        if starred and word not in KEPT_STARRED and word != "fldinst":
            self._state = replace(self._state, to="skip", kind="")
        elif word in SKIPPED_DESTINATIONS:
            self._picture(word)
            self._state = replace(self._state, to="skip", kind="")
        elif word in HEADER_DESTINATIONS:
            self._state = replace(self._state, to="skip", kind="running-header")
        elif not self._destination(word):
            self._property(word, value)

    def _picture(self, word: str) -> None:
        if word in {"pict"} and self._state.to == "text" and not self._state.hidden:
            add(self._flow.paragraph, "img", src="#")

    def _destination(self, word: str) -> bool:
        state = self._state
        if word in {"stylesheet", "fonttbl"} and state.to == "text":
            self._state = replace(state, to=word)
        elif word == "info":
            self._state = replace(state, to="skip", kind="", before="info")
        elif word in INFO and state.before == "info":
            self._state = replace(state, to=word)
        elif word == "upr":
            self._state = replace(state, to="skip", kind="", before=state.to)
        elif word == "ud":
            self._state = replace(state, to=state.before)
        elif word == "footnote":
            self._begin_note()
        elif word == "field" and state.to == "text":
            self._instructions.append("")
            self._state = replace(state, opens="field")
        elif word == "fldinst":
            self._state = replace(state, to="instruction" if state.to == "text" else "skip", kind="")
        elif word in {"listtext", "pntext"}:
            if state.to == "text":
                self._flow.shape.item = True
            self._state = replace(state, to="skip", kind="")
        elif word == "shptxt" and state.to == "skip" and not self._flow.shape.in_table:
            self._state = replace(state, to="text")
        else:
            return False
        return True

    def _property(self, word: str, value: int | None) -> None:
        if self._state.to not in _SHAPING and word in _OF_PARAGRAPHS:
            return  # of a header, say: the text around it has its own
        handler = _PROPERTIES.get(word)
        if handler is not None:
            handler(self, value)

    # -- properties of characters --------------------------------------------------------------------------

    def _plain(self, _value: int | None) -> None:
        self._state = replace(self._state, hidden=False, raised="", font=self._state.font)

    def _set_font(self, value: int | None) -> None:
        self._state = replace(self._state, font=value or 0)

    def _set_charset(self, value: int | None) -> None:
        if self._state.to == "fonttbl" and value in CHARSETS:
            self._fonts.setdefault(self._state.font, CHARSETS[value])

    def _set_font_page(self, value: int | None) -> None:
        if self._state.to == "fonttbl" and value:
            self._fonts[self._state.font] = code_page(value)

    def _set_page(self, value: int | None) -> None:
        self._page = code_page(value or 1252)

    def _set_hidden(self, value: int | None) -> None:
        self._state = replace(self._state, hidden=value != 0)

    def _set_raised(self, value: int | None, how: str = "sup") -> None:
        self._state = replace(self._state, raised=how if value != 0 else "")

    def _set_lowered(self, value: int | None) -> None:
        self._set_raised(value, "sub")

    def _set_level_script(self, _value: int | None) -> None:
        self._state = replace(self._state, raised="")

    def _set_language(self, value: int | None) -> None:
        self._state = replace(self._state, language=value or 0)

    def _set_default_language(self, value: int | None) -> None:
        self.language = LANGUAGES.get((value or 0) & 0x3FF, "") if (value or 0) != 1024 else ""

    def _set_unicode_skip(self, value: int | None) -> None:
        self._state = replace(self._state, unicode_skip=max(0, min(value if value is not None else 1, 8)))

    # -- text ------------------------------------------------------------------------------------------------

    def _text(self, data: bytes) -> None:
        if self._to_skip:
            skipped = min(self._to_skip, len(data))
            self._to_skip -= skipped
            data = data[skipped:]
        if data:
            if self._units:
                self._flush()
            self._bytes += data

    def _unicode(self, value: int) -> None:
        if self._bytes:
            self._flush()
        self._units.append(value & 0xFFFF)
        self._to_skip = self._state.unicode_skip

    def _symbol(self, symbol: str) -> None:
        if symbol == "*":
            self._state = replace(self._state, starred=True)
        elif symbol in "\r\n":
            self._property("par", None)
        elif symbol in SYMBOLS:
            if self._to_skip:
                self._to_skip -= 1
                return
            self._flush()
            self._say(SYMBOLS[symbol])

    def _flush(self) -> None:
        """Say what was gathered."""
        self._to_skip = 0
        if self._units:
            data = b"".join(unit.to_bytes(2, "little") for unit in self._units)
            self._units.clear()
            self._say(data.decode("utf-16-le", errors="replace"))
        if self._bytes:
            data = bytes(self._bytes)
            self._bytes.clear()
            page = self._fonts.get(self._state.font, self._page)
            try:
                codecs.lookup(page)
            except LookupError:
                page = "cp1252"
            self._say(data.decode(page, errors="replace"))

    def _say(self, text: str) -> None:
        state = self._state
        if state.to == "text":
            kind = self._silent_field() or ("hidden" if state.hidden else "")
            if kind:
                if text.strip():
                    self.skip.add(kind, words_in(text))
                return
            flow = self._flow
            tongue = LANGUAGES.get(state.language & 0x3FF, "")
            flow.tongues[tongue] = flow.tongues.get(tongue, 0) + len(text)
            if state.raised:
                last = flow.paragraph[-1] if len(flow.paragraph) else None
                if last is None or last.tag != state.raised or last.tail:
                    last = add(flow.paragraph, state.raised)
                say(last, text)
            else:
                say(flow.paragraph, text)
        elif state.to == "skip":
            if state.kind and text.strip():
                self.skip.add(state.kind, words_in(text))
        elif state.to == "instruction":
            if self._instructions:
                self._instructions[-1] += text
        elif state.to == "stylesheet":
            self._style_name += text
        elif state.to in INFO:
            self.info[state.to] = fold(self.info.get(state.to, "") + text)

    def _silent_field(self) -> str:
        for instruction in self._instructions:
            words = instruction.split(maxsplit=1)
            if words and words[0].upper() in _SILENT_FIELDS:
                return _SILENT_FIELDS[words[0].upper()]
        return ""

    # -- paragraphs ------------------------------------------------------------------------------------------

    @property
    def _flow(self) -> _Flow:
        return self._flows[-1]

    def _set_style(self, value: int | None) -> None:
        if self._state.to == "stylesheet":
            self._style = value or 0
        else:
            self._flow.shape.style = value or 0

    def _set_outline(self, value: int | None) -> None:
        level = value if value is not None and 0 <= value < 9 else None
        if self._state.to == "stylesheet":
            self._looks.setdefault(self._style, Looks("heading", level + 1) if level is not None else Looks())
        else:
            self._flow.shape.level = level

    def _end_style(self) -> None:
        """A style's definition ends with its name and a semicolon, in a group of its own."""
        names = [fold(name) for name in self._style_name.split(";")]
        self._style_name = ""
        found = looks_of_name(names[0]) if names else Looks()
        if found.role:
            self._looks[self._style] = found
        self._style = 0

    def _reset(self, _value: int | None) -> None:
        if self._state.to == "text":
            self._flow.shape = _Shape()

    def _in_table(self, value: int | None) -> None:
        self._flow.shape.in_table = value != 0

    def _is_item(self, value: int | None) -> None:
        self._flow.shape.item = value != 0

    def _new_paragraph(self, _value: int | None) -> None:
        if self._state.to == "text":
            self._end_paragraph()

    def _new_line(self, _value: int | None) -> None:
        if self._state.to == "text" and not self._silent_field():
            add(self._flow.paragraph, "br")

    def _end_paragraph(self) -> None:
        flow = self._flow
        made, flow.paragraph = flow.paragraph, element("p")
        notes, flow.waiting = flow.waiting, []
        text = fold("".join(made.itertext()))
        if text or len(made):
            self._shape_of(made, text)
            if tongue := foreign(text, flow.tongues, self.language):
                made.set("lang", tongue)
            put(self._place(), made)
            flow.tongues.clear()
        if flow.cell is not None:
            flow.waiting = notes  # they stand behind the table
        else:
            flow.into.extend(notes)

    def _shape_of(self, made: Element, text: str) -> None:
        shape = self._flow.shape
        looks = self._looks.get(shape.style, Looks())
        if shape.level is not None and not looks.role:
            looks = Looks("heading", shape.level + 1)
        if looks.role in {"heading", "title"} and text:
            made.tag = f"h{min(looks.level, 6)}"
            if looks.role == "title":
                made.set("class", "title")
        elif looks.role in {"contents", "index"}:
            made.tag = "section"
            made.set("{http://www.idpf.org/2007/ops}type", "toc" if looks.role == "contents" else "index")
        else:
            cast(made, looks.role or ("item" if shape.item else ""))

    # -- tables ------------------------------------------------------------------------------------------------

    def _place(self) -> Element:
        """Where the paragraph goes that just ended."""
        flow = self._flow
        if not flow.shape.in_table:
            self._end_table()
            return flow.into
        if flow.table is None:
            flow.table = element("table")
        if flow.row is None:
            flow.row = add(flow.table, "tr")
        if flow.cell is None:
            flow.cell = add(flow.row, "td")
        return flow.cell

    def _end_cell(self, _value: int | None) -> None:
        if self._state.to != "text":
            return
        self._flow.shape.in_table = True
        self._end_paragraph()
        self._place()
        self._flow.cell = None

    def _end_row(self, _value: int | None) -> None:
        if self._state.to == "text":
            self._flow.row = self._flow.cell = None

    def _end_table(self) -> None:
        flow = self._flow
        if flow.table is not None:
            flow.into.append(flow.table)
            flow.into.extend(flow.waiting)
            flow.waiting = []
        flow.table = flow.row = flow.cell = None

    # -- notes ---------------------------------------------------------------------------------------------------

    def _begin_note(self) -> None:
        if self._state.to != "text":
            return
        outer = self._flow
        self._referred += 1
        label = str(self._referred)
        last = outer.paragraph[-1] if len(outer.paragraph) else None
        if last is not None and last.tag == "sup" and not (last.tail or "").strip():
            said = fold("".join(last.itertext()))
            if said and is_marker(said):  # a mark that its author gave the note
                label = said
                outer.paragraph.remove(last)
        identifier = f"note-{self._referred}"
        refer(outer.paragraph, label, f"#{identifier}")
        aside = note(identifier, label)
        outer.waiting.append(aside)
        self._flows.append(_Flow(aside))
        self._state = replace(self._state, opens="note", raised="", hidden=False)

    def _end_note(self) -> None:
        if len(self._flows) < 2:
            return
        flow = self._flow
        if not len(flow.into) or flow.into[-1].tag == "a":
            _without_mark(flow.paragraph)
        self._end_paragraph()
        self._end_table()
        self._flows.pop()


def _without_mark(paragraph: Element) -> None:
    """Take out the raised mark with which a note begins that its author numbered."""
    raised = paragraph[0] if len(paragraph) and not (paragraph.text or "").strip() else None
    if raised is not None and raised.tag == "sup" and is_marker(fold("".join(raised.itertext()))):
        tail = raised.tail or ""
        paragraph.remove(raised)
        paragraph.text = tail


_PROPERTIES = {
    "par": Writer._new_paragraph,
    "sect": Writer._new_paragraph,
    "page": Writer._new_paragraph,
    "line": Writer._new_line,
    "lbr": Writer._new_line,
    "pard": Writer._reset,
    "plain": Writer._plain,
    "s": Writer._set_style,
    "outlinelevel": Writer._set_outline,
    "intbl": Writer._in_table,
    "ls": Writer._is_item,
    "cell": Writer._end_cell,
    "nestcell": Writer._end_cell,
    "row": Writer._end_row,
    "nestrow": Writer._end_row,
    "f": Writer._set_font,
    "fcharset": Writer._set_charset,
    "cpg": Writer._set_font_page,
    "ansicpg": Writer._set_page,
    "mac": lambda writer, _value: writer._set_page(10000),
    "pc": lambda writer, _value: writer._set_page(437),
    "pca": lambda writer, _value: writer._set_page(850),
    "v": Writer._set_hidden,
    "deleted": Writer._set_hidden,
    "super": Writer._set_raised,
    "sub": Writer._set_lowered,
    "nosupersub": Writer._set_level_script,
    "lang": Writer._set_language,
    "deflang": Writer._set_default_language,
    "uc": Writer._set_unicode_skip,
}


__all__ = ["Writer"]
