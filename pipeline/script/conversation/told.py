"""The chapters of a book that says a conversation: a block for each turn, with its speaker."""

from __future__ import annotations

from pipeline.model import Block, BlockKind, Chapter, Speech
from pipeline.script.conversation.talk import Talk, Turn


def chapters_of(talk: Talk) -> tuple[Chapter, ...]:
    """What is said, and by whom. Names and chapter titles are not among the words: nobody says them."""
    found = []
    for index, chapter in enumerate(talk.chapters):
        blocks = tuple(_block(turn, first=not place) for place, turn in enumerate(chapter.turns))
        found.append(Chapter(index, chapter.title or talk.title, 1, blocks))
    return tuple(found)


def doubts_of(talk: Talk) -> tuple[str, ...]:
    """What of it is in doubt, a sentence for each turn."""
    return tuple(
        f"{turn.speaker} says “{_short(turn.text)}”: {' '.join(turn.doubts)}" for turn in talk.flagged
    )


def _block(turn: Turn, *, first: bool) -> Block:
    enters = 0.0 if first else turn.enters  # a chapter's first word waits for nobody
    return Block(BlockKind.PARAGRAPH, turn.text, speeches=(Speech(turn.text, turn.speaker, enters=enters),))


def _short(text: str, most: int = 120) -> str:
    return text if len(text) <= most else text[: most - 1].rsplit(" ", 1)[0] + "…"


__all__ = ["chapters_of", "doubts_of"]
