"""From a tree of XHTML or HTML to the blocks that are narrated.

Block-level elements end a block and inline ones never do, so that a drop cap does not split its word. What
an element *is* comes from its semantics first (``epub:type``, ``role``), then from its tag, and only where
neither says anything from its class. Everything that is left out is counted in a ``SkipLog``.

EPUB and web pages both come through here::

    skip = SkipLog()
    blocks = blocks_of(root, href="text/chapter-1.xhtml", skip=skip, options=ReadingSettings())
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pipeline.ingest import blocks_kinds as kinds
from pipeline.ingest.blocks_announce import announcement
from pipeline.ingest.blocks_formula import LOWERED, RAISED, formula_text
from pipeline.ingest.blocks_lines import are_verse, is_line_group
from pipeline.ingest.blocks_lists import is_counted, numbered
from pipeline.ingest.blocks_notes import find_marks
from pipeline.ingest.blocks_pictures import drawing_text, is_note_image, stands_for_text
from pipeline.ingest.blocks_speech import Stage, holds_speech, role_of, tag_name
from pipeline.ingest.blocks_summary import summary
from pipeline.ingest.blocks_tables import is_layout, is_text, rows
from pipeline.ingest.blocks_text import BREAK, PRIVATE, SkipLog, fold, lines, paragraphs, words_in
from pipeline.ingest.xml import Element, attribute, local_name
from pipeline.model import Anchor, Block, BlockKind, Passage
from pipeline.settings import ReadingSettings

_LANGUAGE_SHARE = 0.8
"""Of a block's characters that must be in a language for the block to be spoken in it."""
_LEAST_PASSAGE = 8
"""Characters that a passage in another language has at least; shorter ones are words of any language."""
_POWER = re.compile(r"[-−+]?[0-9]{1,3}")
_RAISES = re.compile(r"(?:(?<![^\W\d_])(?:[cdkm]?m|ft|in|mi|yd|[кмс]?м|[^\W\d_])|[0-9)])$")
"""What a power stands on: a unit, a sign, a number, a bracket; on a longer word it is a mark, or a tone."""
_LOWERS = re.compile(r"(?:(?<![a-z])[A-Z][a-z]?|(?<![^\W\d_])[^\W\d_]|\))$")
"""What an index stands on: a chemical element, a sign, a bracket."""
_STROKES = frozenset("/\u2044\u2215")
_EMPTY_BRACKETS = re.compile(r"\s?(?:\[[\s,;–-]*\]|\([\s,;–-]*\)|［[\s，、]*］|（[\s，、]*）|〔[\s，、]*〕)")
"""What is left of "[1, 2]" without its references."""
_LETTERS_THAT_ARE_WORDS = frozenset("AIOYÀÉÓÈYÁÅÖÜaiyeoуАВИКОСУЯ")
"""Capitals that a space may follow although they are drop caps: "A man", "И вот"."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one document gives."""

    blocks: tuple[Block, ...]
    marks: Mapping[str, int]
    """For each wanted id that is there, the index of the first block that belongs to it; it may be
    ``len(blocks)``."""


def blocks_of(
    root: Element,
    *,
    href: str,
    skip: SkipLog,
    options: ReadingSettings,
    language: str = "",
) -> list[Block]:
    """The blocks of a document or of a part of one, in reading order.

    ``href`` goes into every block's anchor; ``skip`` collects what is left out; ``language`` (BCP 47) is
    the book's: only a block in another one gets a ``language``. Note references and notes are found by
    semantics, by class, and by links that point at each other within ``root``.
    """
    marks = find_marks(root)
    reading = read_blocks(root, href=href, skip=skip, options=options, language=language, leave_out=marks)
    return list(reading.blocks)


def read_blocks(
    root: Element,
    *,
    href: str,
    skip: SkipLog,
    options: ReadingSettings,
    language: str = "",
    leave_out: Mapping[Element, str] | None = None,
    wanted: Collection[str] = (),
    told: Callable[[Element], Sequence[Block]] | None = None,
    text_tables: bool = False,
) -> Reading:
    """As ``blocks_of``; ``leave_out`` names elements not to be narrated and why (a kind of skip).

    ``wanted`` are ids whose place among the blocks is asked for (targets of a table of contents). ``told``
    gives, for an element that is left out, what is narrated for it after the block that it stands in: notes.
    With ``text_tables`` tables of words are read by their rows, whether tables are asked for or not.
    """
    reader = _Reader(href, skip, options, language, leave_out or {}, frozenset(wanted), told, text_tables)
    body = next((e for e in root if local_name(e) == "body"), root) if local_name(root) == "html" else root
    reader.read(body, _language_of(root) if body is not root else "")
    return Reading(tuple(reader.blocks), reader.marks)


@dataclass(frozen=True, slots=True)
class _Context:
    """What the elements around say about a block."""

    kind: BlockKind = BlockKind.PARAGRAPH
    level: int = 0
    language: str = ""
    verse: bool = False
    line_group: bool = False
    """Every block-level child is one line of the same stanza."""
    row: bool = False
    """Inside a table's row: cells are inline."""


@dataclass(slots=True)
class _Reader:
    href: str
    skip: SkipLog
    options: ReadingSettings
    language: str
    leave_out: Mapping[Element, str]
    wanted: frozenset[str]
    told: Callable[[Element], Sequence[Block]] | None = None
    text_tables: bool = False
    blocks: list[Block] = field(default_factory=list)
    marks: dict[str, int] = field(default_factory=dict)
    _parts: list[str] = field(default_factory=list)
    _languages: dict[str, int] = field(default_factory=dict)
    _foreign: list[tuple[str, str]] = field(default_factory=list)
    """Raw text of inline elements that name a language of their own, and that language."""
    _notes: list[Block] = field(default_factory=list)
    """To be told after the block that is being read."""
    _context: _Context = _Context()
    _id: str = ""
    _anchor: str = ""
    _empty: bool = True
    _referred: bool = False
    """A note reference was left out of this block."""
    _begun: bool = False
    """A drop cap was read, and nothing after it."""
    _stage: Stage = field(default_factory=Stage)
    _items: list[int] = field(default_factory=list)
    """Where the items of the list begin that is being counted."""

    def read(self, body: Element, language: str) -> None:
        context = _Context(language=language)
        self._open(context)
        self._walk(body, context)
        self._flush()

    # -- the walk: one frame for each level of nesting -------------------------------------------------------

    def _walk(self, element: Element, context: _Context) -> None:
        self._see_id(element)
        tag = local_name(element)
        kind = self._left_out(element, tag)
        if kind:
            self._leave(element, kind, context)
            return
        if tag in kinds.SINGLE:
            self._single(element, tag, context)
            return
        if tag == "table" and not is_layout(element) and not self._is_of_notes(element):
            self._table(element, context)
            return
        inner = self._context_in(element, tag, context)
        is_cap = "class" in element.attrib and kinds.is_drop_cap(element)
        is_block = kinds.is_block(element, tag) and not inner.row and not (is_cap and self._empty)
        if is_block:
            self._border(inner)
        counts = self.options.count_lists and is_counted(element)
        is_item = self.options.count_lists and tag == "li" and is_counted(element.getparent())
        before = len(self.blocks)
        role = role_of(element, tag)
        speech = (is_block or tag == "sp") and holds_speech(element, tag)
        if speech:
            self._stage.speaker = ""
        voice = tag_name(element, tag) if self.options.voice_tags else ""
        if voice:
            self._say(f"[voice:{voice}]", inner.language)
        self._stage.enter(role)
        first = self._empty
        begins = len(self._parts)
        is_part = context.level > 0 and not is_block and kinds.is_part_of_title(element)
        if is_part:
            self._parts.append(" ")
        if tag == "pre":
            self._preformatted(element, inner)
        elif tag in {"sup", "sub"} and (moved := self._moved(element, tag)):
            self._say(moved, inner.language)
        else:
            if element.text:
                self._say(element.text, inner.language)
            for child in element:
                if isinstance(child.tag, str):
                    self._walk(child, inner)
                if child.tail:
                    self._say(child.tail, inner.language)
        if is_part:
            self._parts.append(" ")
        if role:
            self._stage.leave(role, "".join(self._parts[begins:]), first=first, alone=is_block)
        if voice:
            self._say("[/voice]", inner.language)
        if is_cap:
            self._begun = "".join(self._parts).strip() == "".join(element.itertext()).strip()
        if is_block:
            self._border(context)
            if is_item and len(self.blocks) > before:
                self._items.append(before)
            if counts:
                self._count(element, before, context)
        elif inner.language != context.language and len(self._parts) > begins:
            self._foreign.append(("".join(self._parts[begins:]), inner.language))
        if speech:
            self._flush()
            self._stage.speaker = ""

    def _context_in(self, element: Element, tag: str, context: _Context) -> _Context:
        language = _language_of(element)
        if language:
            context = replace(context, language=language)
        if not kinds.is_block(element, tag):
            return context
        level = kinds.heading_level(element, tag)
        if level:
            return replace(context, kind=BlockKind.HEADING, level=level, verse=False, line_group=False)
        if self.leave_out.get(element) in {"note", "note-continued"}:  # not left out, or we would not be here
            context = replace(context, kind=BlockKind.NOTE)
        elif "code" in self.options.include and kinds.skip_kind(element, tag) == "code":
            context = replace(context, kind=BlockKind.CODE)
        elif tag in kinds.KIND_OF_TAG and not context.verse and context.kind is not BlockKind.NOTE:
            context = replace(context, kind=kinds.KIND_OF_TAG[tag], level=0)
        if tag in {"blockquote", "figure", "table", "ul", "ol"}:
            context = replace(context, line_group=False)
        if kinds.is_verse(element) and context.kind is not BlockKind.NOTE:
            context = replace(context, kind=BlockKind.VERSE, verse=True)
        if context.verse and not context.line_group and is_line_group(element):
            context = replace(context, line_group=True)
        return context

    # -- blocks ----------------------------------------------------------------------------------------------

    def _border(self, context: _Context) -> None:
        """A block-level element begins or ends here."""
        if self._begun:  # the paragraph whose first letter stands in an element of its own
            self._open(context)
            return
        if context.line_group and self._context.line_group:
            self._parts.append(BREAK)
            return
        self._flush()
        self._open(context)

    def _open(self, context: _Context) -> None:
        self._context = context

    def _say(self, text: str, language: str) -> None:
        if self._begun:
            letter = "".join(self._parts).strip()
            if not text.isspace() and (letter not in _LETTERS_THAT_ARE_WORDS or not text[:1].isspace()):
                text = text.lstrip()
            elif text.isspace():
                return
            self._begun = False
        if self._empty:
            if text.isspace():
                return
            self._empty = False
            self._anchor = self._id
        self._parts.append(text)
        self._languages[language] = self._languages.get(language, 0) + len(text)

    def _moved(self, element: Element, tag: str) -> str:
        """The characters for raised or lowered digits ("m²", "10⁻³", "H₂O"); empty where they are something else."""
        text = (element.text or "").strip()
        base = "".join(self._parts[-3:])
        if len(element) or not _POWER.fullmatch(text):
            return ""
        if (element.tail or "")[:1] in _STROKES and tag == "sup":  # 2 1/2
            return f" {text}" if base[-1:].isdigit() else ""
        if (tag == "sup" and text == "1") or not (_RAISES if tag == "sup" else _LOWERS).search(base):
            return ""
        return text.translate(RAISED if tag == "sup" else LOWERED)

    def _flush(self) -> None:
        """End the block that is being read, if there is one; what is to be told after it follows."""
        self._end()
        if self._notes:
            self.blocks += self._notes
            self._notes.clear()

    def _end(self) -> None:
        if not self._parts:
            return
        raw, context = "".join(self._parts), self._context
        language = self._main_language()
        foreign, self._foreign = self._foreign, []
        self._parts.clear()
        self._languages.clear()
        self._empty = True
        if self._referred:
            raw = _EMPTY_BRACKETS.sub("", raw)
            self._referred = False
        if not raw or raw.isspace():
            return
        self.skip_glyphs(raw)
        if context.line_group or context.kind in {BlockKind.HEADING, BlockKind.TABLE, BlockKind.CODE}:
            self._add(raw, context, language)
            return
        for piece in paragraphs(raw):
            self._add(piece, context, language, foreign)

    def skip_glyphs(self, raw: str) -> None:
        """Count glyphs that only one font knows; they are in no ``text``."""
        if not raw.isascii() and (glyphs := len(PRIVATE.findall(raw))):
            self.skip.add("glyph", 0, glyphs)

    def _add(
        self,
        raw: str,
        context: _Context,
        language: str | None,
        foreign: Sequence[tuple[str, str]] = (),
    ) -> None:
        pieces = lines(raw) if BREAK in raw else []
        kind = context.kind
        if kind in {BlockKind.PARAGRAPH, BlockKind.QUOTE} and are_verse(pieces):
            kind = BlockKind.VERSE
        text = "\n".join(pieces) if kind is BlockKind.VERSE and pieces else fold(raw)
        if kind is BlockKind.TABLE:
            text = text.replace(" ,", ",").strip(" ,")
        if not any(character.isalnum() for character in text):
            self.skip.add("ornament")
            return
        anchor = Anchor(href=self.href, id=self._anchor)
        passages = _passages(text, foreign, language or self.language) if foreign else ()
        speeches = self._stage.block(text, kind)
        self.blocks.append(Block(kind, text, anchor, context.level, language, passages, speeches))

    def _main_language(self) -> str | None:
        """The language of most of the block's text, when it is not the book's."""
        total = sum(self._languages.values())
        for tag, length in self._languages.items():
            if tag and length >= _LANGUAGE_SHARE * total and not same_language(tag, self.language):
                return tag
        return None

    def _see_id(self, element: Element) -> None:
        identifier = element.get("id") or (element.get("name") if local_name(element) == "a" else None)
        if not identifier:
            return
        self._id = identifier
        if identifier in self.wanted and identifier not in self.marks:
            # A target inside a heading means the heading too; one in the middle of a paragraph means
            # what follows it.
            inside = not self._empty and self._context.kind is not BlockKind.HEADING
            self.marks[identifier] = len(self.blocks) + (1 if inside else 0)

    # -- what is left out ------------------------------------------------------------------------------------

    def _left_out(self, element: Element, tag: str) -> str:
        kind = self.leave_out.get(element) or kinds.skip_kind(element, tag)
        if kind and kinds.INCLUDE_NAME.get(kind, kind) in self.options.include:
            return ""
        return kind

    def _leave(self, element: Element, kind: str, context: _Context) -> None:
        for child in element.iter() if self.wanted else ():
            if child.get("id") in self.wanted:
                self.marks.setdefault(child.get("id"), len(self.blocks) + (0 if self._empty else 1))
        self._referred |= kind == "note-reference"
        if self.told is not None:
            self._notes += self.told(element)
        if kind in kinds.SILENT:
            return
        words = words_in(kinds.text_of(element))
        kept = kinds.kept_inside(element) if kind in kinds.FRONT_SKIPS else []
        for inner in kept:
            words -= words_in(kinds.text_of(inner))
            self._walk(inner, context)
        told = self._told_inside(element) if kind == "note" else []
        words -= sum(words_in(kinds.text_of(inner)) for inner in told)
        if told and words <= 0:
            return
        if words > 0 or kind not in kinds.ONLY_WITH_WORDS:
            kind, words, count = _counted(kind, element, max(words, 0))
            self.skip.add(kind, words, max(0, count - len(told)))
        self._announce(kind, element, context)

    def _told_inside(self, element: Element) -> list[Element]:
        """Notes inside a list of notes that are told where they are referred to."""
        return [
            e
            for e in element.iterdescendants()
            if self.leave_out.get(e) == "note-told" and self.leave_out.get(e.getparent()) != "note-told"
        ]

    def _announce(self, kind: str, element: Element, context: _Context) -> None:
        language = self._said_in(context)
        sentence = summary(kind, element, language) if self.options.summarise_skipped else None
        if sentence is None and (self.options.announce_skipped or self.options.summarise_skipped):
            sentence = announcement(kind, language)
        self._tell(sentence or "", context)

    def _count(self, element: Element, begins: int, context: _Context) -> None:
        """Count the items of the list whose blocks begin there."""
        places, self._items = [place - begins for place in self._items], []
        said_before = self.blocks[begins - 1].text if begins else ""
        own = self.blocks[begins:]
        made = numbered(own, places, self._said_in(context), said_before, attribute(element, "start"))
        self.blocks[begins:] = made
        for name, place in self.marks.items():
            self.marks[name] = place + (len(made) - len(own) if place > begins else 0)

    def _tell(self, sentence: str, context: _Context) -> None:
        """Say a sentence of our own, as a paragraph."""
        if sentence:
            self._border(replace(context, kind=BlockKind.PARAGRAPH, level=0, verse=False, line_group=False))
            self._say(sentence, self.language)
            self._border(context)

    def _said_in(self, context: _Context) -> str:
        """The language of what is said that is not in the text."""
        return self.options.language or self.language or context.language

    # -- elements of their own kind --------------------------------------------------------------------------

    def _single(self, element: Element, tag: str, context: _Context) -> None:
        if tag == "br":
            self._parts.append(BREAK)
        elif tag == "hr":
            self._border(context)
        elif tag == "math":
            self._say(formula_text(element), context.language)
        else:
            self._image(element, tag, context)

    def _image(self, element: Element, tag: str, context: _Context) -> None:
        alt = fold(attribute(element, "alt") or attribute(element, "aria-label"))
        if tag == "svg" and not alt:
            alt = drawing_text(element)
        if tag == "img" and is_note_image(element):
            self.skip.add("note", words_in(alt))
            return
        if tag == "img" and stands_for_text(element, alt):
            self._say(alt, context.language)
        elif alt and self.options.image_descriptions:
            if self._empty:
                self._border(replace(context, kind=BlockKind.CAPTION, level=0))
                self._say(alt, context.language)
                self._border(context)
            else:
                self._say(f" {alt} ", context.language)
        else:
            self.skip.add("image", words_in(alt))

    def _is_of_notes(self, table: Element) -> bool:
        """True for a table whose rows are notes: each is left out, or told, as one."""
        return any(self.leave_out.get(row) in {"note", "note-told"} for row in table.iter())

    def _table(self, element: Element, context: _Context) -> None:
        if "tables" not in self.options.include and not (self.text_tables and is_text(element)):
            self._leave(element, "table", context)
            return
        for row in rows(element):
            inner = replace(context, kind=BlockKind.TABLE, level=0, row=True, verse=False, line_group=False)
            self._border(inner)
            for cell in row:
                self._walk(cell, inner)
                if not self._empty:
                    self._parts.append(", ")
        self._border(context)

    def _preformatted(self, element: Element, context: _Context) -> None:
        """Text whose line breaks are its author's: a poem, a letter, or prose wrapped by hand."""
        for stanza in kinds.preformatted(element):
            self._border(context)
            short = all(len(line) < 60 for line in stanza)
            if short and context.kind is not BlockKind.CODE:
                self._open(replace(context, kind=BlockKind.VERSE))
            for line in stanza:
                self._say(line, context.language)
                self._parts.append(BREAK if short else " ")
        self._border(context)


def same_language(one: str, other: str) -> bool:
    """True when two BCP 47 tags name one language, whatever the region; an empty tag fits any."""
    first, second = one.lower().partition("-")[0], other.lower().partition("-")[0]
    return not first or not second or first == second


def _passages(text: str, foreign: Sequence[tuple[str, str]], language: str) -> tuple[Passage, ...]:
    """What of ``foreign`` stands in a block's text and is in another language than the block."""
    found: list[Passage] = []
    place = 0
    for raw, tag in foreign:
        own = fold(raw)
        start = text.find(own, place) if len(own) >= _LEAST_PASSAGE else -1
        if start >= 0 and not same_language(tag, language):
            found.append(Passage(own, tag))
            place = start + len(own)
    return tuple(found)


def _counted(kind: str, element: Element, words: int) -> tuple[str, int, int]:
    """Kind, words and count of a skip: a list of notes counts as many, the rest of a note as none."""
    if kind == "note-continued":
        return "note", words, 0
    return kind, words, kinds.notes_in(element) if kind == "note" else 1


def _language_of(element: Element) -> str:
    tag = attribute(element, "lang").strip().replace("_", "-")
    return tag if kinds.is_language(tag) else ""


__all__ = ["Reading", "SkipLog", "blocks_of", "read_blocks", "same_language"]
