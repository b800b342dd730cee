"""What a source has to tell, as conversations are made of: sections of passages of sentences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pipeline.limits import TURN_CHARACTERS
from pipeline.model import Block, BlockKind, Chapter
from pipeline.script.conversation.talk import one_line
from pipeline.script.estimates import estimated_seconds
from pipeline.script.sentences import split_sentences
from pipeline.script.words import display_words

_NOT_TOLD = (BlockKind.CAPTION, BlockKind.TABLE, BlockKind.CODE, BlockKind.NOTE)
"""What is beside the text: nobody in a conversation reads out a table."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph, a quotation or an item of a list."""

    kind: BlockKind
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what is below it, up to the next one."""

    title: str
    """Empty: the source begins without a heading, or the only one is its title."""
    passages: tuple[Passage, ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        """Of all its passages."""
        return tuple(sentence for passage in self.passages for sentence in passage.sentences)


def sections_of(chapters: Iterable[Chapter], title: str, language: str) -> tuple[Section, ...]:
    """The sections of a book in ``language`` (BCP 47) that is called ``title``; those with nothing to tell are left
    out. Captions, tables, code and notes are no part of them."""
    found: list[tuple[str, list[Passage]]] = []
    for chapter in chapters:
        heading = chapter.title
        for block in chapter.blocks:
            if block.kind is BlockKind.HEADING:
                heading = block.text
                continue
            if block.kind in _NOT_TOLD:
                continue
            name = "" if _same(heading, title) else one_line(heading)
            if not found or found[-1][0] != name:
                found.append((name, []))
            if sentences := tuple(_sentences(block, block.language or language)):
                found[-1][1].append(Passage(block.kind, sentences))
    return tuple(Section(name, tuple(passages)) for name, passages in found if passages)


def extract(sections: Sequence[Section], seconds: float, language: str) -> tuple[Section, ...]:
    """As much of each section as fits, all together, into so many seconds; 0: all of it.

    Each keeps its share, from its beginning: the first sentences of a section say best what it is about (the
    "lead" that methods of summarising are measured against). None is left without a sentence, and a list is not
    begun that would not be whole, unless nothing else is there.
    """
    whole = sum(seconds_of(sentence, language) for section in sections for sentence in section.sentences)
    if not seconds or whole <= seconds:
        return tuple(sections)
    share = seconds / whole
    kept = []
    for section in sections:
        room = share * sum(seconds_of(sentence, language) for sentence in section.sentences)
        kept.append(Section(section.title, tuple(_leading(section, room, language))))
    return tuple(kept)


def _leading(section: Section, room: float, language: str) -> Iterator[Passage]:
    any_yet = False
    for run in _runs(section.passages):
        together = sum(seconds_of(sentence, language) for one in run for sentence in one.sentences)
        if together <= room:
            yield from run
            room -= together
            any_yet = True
            continue
        if run[0].kind is BlockKind.LIST_ITEM and any_yet:
            return
        first, *_ = run
        taken: list[str] = []
        for sentence in first.sentences:
            needed = seconds_of(sentence, language)
            if (taken or any_yet) and needed > room:
                break
            taken.append(sentence)
            room -= needed
            any_yet = True
        if taken:
            yield Passage(first.kind, tuple(taken))
        return


def _runs(passages: Sequence[Passage]) -> list[list[Passage]]:
    """The items of a list together, all else by itself."""
    runs: list[list[Passage]] = []
    for passage in passages:
        if passage.kind is BlockKind.LIST_ITEM and runs and runs[-1][-1].kind is BlockKind.LIST_ITEM:
            runs[-1].append(passage)
        else:
            runs.append([passage])
    return runs


def seconds_of(text: str, language: str) -> float:
    """How long it takes to say it, about."""
    return estimated_seconds(len(text), len(display_words(text)[0]), language)


def _sentences(block: Block, language: str) -> Iterator[str]:
    for sentence in split_sentences(one_line(block.text), language):
        rest = sentence.strip()
        while len(rest) > TURN_CHARACTERS:  # no text of people: it has no sentences
            cut = rest.rfind(" ", 1, TURN_CHARACTERS)
            cut = cut if cut > 0 else TURN_CHARACTERS
            yield rest[:cut].strip()
            rest = rest[cut:].strip()
        if any(map(str.isalnum, rest)):
            yield rest


def _same(one: str, other: str) -> bool:
    return "".join(filter(str.isalnum, one.casefold())) == "".join(filter(str.isalnum, other.casefold()))


__all__ = ["Passage", "Section", "extract", "seconds_of", "sections_of"]
