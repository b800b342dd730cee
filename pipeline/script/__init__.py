"""The script: from a chapter's blocks to the chunks that are spoken.

    block -> sentences -> words (display and spoken) -> chunks within the engine's limit, with pauses

A passage in another language inside a block is a part of its own (``tongues``). How a word is read is said by the
package ``lexicon`` first, then by ``spoken``, language by language. One seam is left for what comes: the one
``voice`` of ``script_chapter`` becomes a cast.
"""

from __future__ import annotations

from dataclasses import replace

from pipeline.errors import ScriptError
from pipeline.model import Begins, Block, BlockKind, Chapter, ChapterScript, Chunk, Voice
from pipeline.script.chunking import Draft, draft_chunks
from pipeline.script.estimates import estimated_seconds
from pipeline.script.keys import TAKE_VERSION, take_key
from pipeline.script.lexicon import NO_LEXICON, Lexicon, lexicon_doubt
from pipeline.script.orthography import for_engines
from pipeline.script.sentences import split_sentences
from pipeline.script.spoken import speak_words
from pipeline.script.tongues import parts_of
from pipeline.script.words import speak_text, split_words
from pipeline.settings import PauseSettings
from pipeline.speech.engine import EngineLimits

SCRIPT_VERSION = 3
"""Raised when the same chapter is cut into chunks or worded differently."""


def script_chapter(
    chapter: Chapter,
    *,
    language: str,
    voice: Voice,
    limits: EngineLimits,
    pauses: PauseSettings,
    lexicon: Lexicon = NO_LEXICON,
) -> ChapterScript:
    """Plan how one chapter is read.

    ``language`` (BCP 47) holds for blocks that name none. Of ``lexicon`` what holds for the voice's engine is
    used; what of it the voice cannot be told is among the script's doubts.

    All words of the chapter are in the chunks, in order, also those that are not said: a row of asterisks goes
    with the chunk before it (or, at the start, after it) and lengthens the pause by a paragraph's. A chapter in
    which nothing at all is said has no chunks; its caller leaves it out or puts it together with a neighbour.

    Pure, and deterministic: equal arguments give equal scripts. Raises ``ScriptError`` when the limits leave
    no room for a word.
    """
    if limits.characters < 2:
        raise ScriptError(
            f"The voice {voice.name} accepts {limits.characters} characters at once, too few to speak"
            f" {chapter.title!r}; choose another voice."
        )
    lexicon = lexicon.for_text(chapter.text, voice.engine, ipa=limits.ipa)
    planned: list[tuple[Draft, BlockKind, str]] = []
    unsaid: tuple[Draft, ...] = ()  # at the chapter's start
    pausing = False  # whether an unsaid block has already lengthened the pause
    for block in chapter.blocks:
        drafts = _drafts(block, block.language or language, limits.characters, pauses, lexicon)
        if not drafts:
            continue
        first, first_tag = drafts[0]
        if not first.speaks:
            if not planned:
                unsaid += (first,)
                continue
            last, kind, tag = planned[-1]
            pause = last.pause if pausing else last.pause + pauses.paragraph
            planned[-1] = (Draft(last.sentences + first.sentences, pause), kind, tag)
            pausing = True
            continue
        if unsaid:
            before = tuple(sentence for draft in unsaid for sentence in draft.sentences)
            drafts[0] = (Draft(before + first.sentences, first.pause), first_tag)
            unsaid = ()
        if block.kind is BlockKind.HEADING and planned:
            last, kind, tag = planned[-1]
            planned[-1] = (Draft(last.sentences, max(last.pause, pauses.heading_before)), kind, tag)
        planned += [(draft, block.kind, tag) for draft, tag in drafts]
        pausing = False
    chunks = tuple(
        Chunk(
            index=index,
            sentences=for_engines(draft.sentences, tag),
            kind=kind,
            voice=voice.name,
            language=tag,
            pause_after=pauses.chapter_end if index + 1 == len(planned) else draft.pause,
        )
        for index, (draft, kind, tag) in enumerate(planned)
    )
    doubts = tuple(lexicon_doubt(word, times, voice.name) for word, times in lexicon.left_out.items())
    return ChapterScript(chapter.index, chapter.title, chapter.level, chunks, doubts)


def _drafts(
    block: Block, language: str, limit: int, pauses: PauseSettings, lexicon: Lexicon
) -> list[tuple[Draft, str]]:
    """The drafts of a block, each with its language; one that says nothing is the only one of its block."""
    found: list[tuple[Draft, str]] = []
    for part in parts_of(block, language):
        own = replace(block, text=part.text)
        first = Begins.NOTHING if found else Begins.BLOCK
        drafts = draft_chunks(own, part.language, limit, pauses, lexicon, part.joined, first)
        if found and drafts and not (drafts[0].speaks and found[-1][0].speaks):
            last, tag = found.pop()
            tag = tag if last.speaks else part.language
            drafts[0] = Draft(last.sentences + drafts[0].sentences, drafts[0].pause)
            found.append((drafts.pop(0), tag))
        found += [(draft, part.language) for draft in drafts]
        if part.ends_inside and found:
            last, tag = found[-1]
            pause = pauses.clause if part.goes_on else pauses.sentence
            found[-1] = (Draft(last.sentences, pause), tag)
    return found


__all__ = [
    "SCRIPT_VERSION",
    "TAKE_VERSION",
    "estimated_seconds",
    "script_chapter",
    "speak_text",
    "speak_words",
    "split_sentences",
    "split_words",
    "take_key",
]
