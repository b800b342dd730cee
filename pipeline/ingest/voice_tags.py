"""Tags in the text that say who speaks: ``[voice: Anna]Come in.[/voice]``, ``<voice name="Anna">Come in.</voice>``.

The first is what users of ebook2audiobook write (SML), the second SSML's element (W3C, Speech Synthesis Markup
Language 1.1). A voice holds until it is closed or another begins, also over paragraphs, and ends with its chapter.
"""

from __future__ import annotations

import re
from dataclasses import replace

from pipeline.model import Block, BlockKind, Chapter, Speech

_TAG = re.compile(
    r"""\[\s*voice\s*:\s*(?P<name>[^\]\n]{1,100}?)\s*\]\s*   # [voice: Anna]
    | <\s*voice\s+name\s*=\s*["'“”](?P<ssml>[^"'“”>\n]{1,100})["'“”]\s*>\s*
    | (?P<end>\[\s*/\s*voice\s*\]|<\s*/\s*voice\s*>)\s*""",
    re.I | re.X,
)
_NO_SPACE_BEFORE = ".,;:!?…)]}»”’"


def take_tags(chapter: Chapter) -> Chapter:
    """The chapter without its tags, its blocks with the speeches that they marked; empty blocks are left out."""
    speaker = ""
    blocks = []
    for block in chapter.blocks:
        found, speaker = _taken(block, speaker)
        if found.text:
            blocks.append(found)
    return replace(chapter, blocks=tuple(blocks))


def _taken(block: Block, speaker: str) -> tuple[Block, str]:
    pieces: list[tuple[str, str]] = []
    place = 0
    for tag in _TAG.finditer(block.text):
        pieces.append((block.text[place : tag.start()].rstrip(), speaker))
        pieces.append((" ", ""))
        speaker = (tag["name"] or tag["ssml"] or "").strip()
        place = tag.end()
    if not pieces and not speaker:
        return block, speaker
    pieces.append((block.text[place:], speaker))
    parts: list[str] = []
    speeches = []
    for piece, who in pieces:
        if piece == " " and not who:
            if parts and not parts[-1].endswith(" "):
                parts.append(" ")
            continue
        if piece and piece[0] in _NO_SPACE_BEFORE:
            _without_space(parts)
        if piece:
            parts.append(piece)
        if who and any(map(str.isalnum, piece)):
            speeches.append(Speech(piece.strip(), who))
    text = "".join(parts)
    if block.kind is not BlockKind.VERSE:
        text = " ".join(text.split())
    return replace(block, text=text.strip(), speeches=tuple(speeches)), speaker


def _without_space(parts: list[str]) -> None:
    """Take the spaces away that the parts of a text, none of them empty, end with."""
    while parts:
        last = parts.pop().rstrip(" ")
        if last:
            parts.append(last)
            return


__all__ = ["take_tags"]
