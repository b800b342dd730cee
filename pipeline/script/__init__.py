"""The script: from a chapter's blocks to the chunks that are spoken.

    block -> sentences -> words (display and spoken) -> chunks within the engine's limit, with pauses

A passage in another language inside a block is a part of its own (``tongues``). How a word is read is said by the
package ``lexicon`` first, then by ``spoken``, language by language. Who says what, and with which voice, is found
by the package ``casting`` before; a block is cut where the voice changes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from pipeline.errors import ScriptError
from pipeline.model import Begins, Block, BlockKind, Chapter, ChapterScript, Chunk, Sentence, Voice, Word
from pipeline.script.casting.lines import OF_NARRATOR, Lines
from pipeline.script.casting.readers import Casting, Reader
from pipeline.script.chunking import Draft, draft_chunks
from pipeline.script.estimates import estimated_seconds
from pipeline.script.keys import TAKE_VERSION, take_key
from pipeline.script.lexicon import NO_LEXICON, Lexicon, lexicon_doubt
from pipeline.script.orthography import for_engines
from pipeline.script.pieces import cut
from pipeline.script.sentences import split_sentences
from pipeline.script.spoken import speak_words
from pipeline.script.tongues import is_phrase, parts_of, passages_of
from pipeline.script.words import speak_text, split_words
from pipeline.settings import PauseSettings
from pipeline.speech.engine import EngineLimits

SCRIPT_VERSION = 5
"""Raised when the same chapter is cut into chunks or worded differently."""


def script_chapter(
    chapter: Chapter,
    *,
    language: str,
    voice: Voice,
    limits: EngineLimits,
    pauses: PauseSettings,
    lexicon: Lexicon = NO_LEXICON,
    casting: Casting | None = None,
) -> ChapterScript:
    """Plan how one chapter is read.

    ``language`` (BCP 47) holds for blocks that name none. Of ``lexicon`` what holds for the voice's engine is
    used; what of it the voice cannot be told is among the script's doubts. With ``casting`` others than ``voice``
    speak, too; its readers have the lexicon that holds for them.

    All words of the chapter are in the chunks, in order, also those that are not said: a row of asterisks goes
    with the chunk before it (or, at the start, after it) and lengthens the pause by a paragraph's; a name that is
    not said goes with what its speaker says. A chapter in which nothing at all is said has no chunks; its caller
    leaves it out or puts it together with a neighbour.

    Pure, and deterministic: equal arguments give equal scripts. Raises ``ScriptError`` when the limits leave
    no room for a word.
    """
    narrator = Reader(voice, limits, lexicon.for_text(chapter.text, voice.engine, ipa=limits.ipa))
    casting = (
        replace(casting, narrator=replace(casting.narrator, lexicon=narrator.lexicon)) if casting else None
    )
    casting = casting or Casting(narrator)
    readers = (casting.narrator, *casting.speakers.values(), *casting.languages.values())
    for reader in (*readers, *((casting.directions,) if casting.directions else ())):
        if reader.limits.characters < 2:
            raise ScriptError(
                f"The voice {reader.voice.name} accepts {reader.limits.characters} characters at once, too few to"
                f" speak {chapter.title!r}; choose another voice."
            )
    planned: list[tuple[_Said, BlockKind]] = []
    unsaid: tuple[Sentence, ...] = ()  # at the chapter's start, and names
    pausing = False  # whether an unsaid block has already lengthened the pause
    for place, block in enumerate(chapter.blocks):
        drafts = _drafts(block, block.language or language, pauses, casting, casting.lines_of(place))
        if not drafts:
            continue
        first = drafts[0]
        if not first.draft.speaks:
            if not planned or first.is_name or unsaid:  # what waits goes first
                unsaid += first.draft.sentences
                continue
            last, kind = planned[-1]
            pause = last.draft.pause if pausing else last.draft.pause + pauses.paragraph
            sentences = last.draft.sentences + first.draft.sentences
            planned[-1] = (replace(last, draft=Draft(sentences, pause)), kind)
            pausing = True
            continue
        if unsaid:
            drafts[0] = replace(first, draft=Draft(unsaid + first.draft.sentences, first.draft.pause))
            unsaid = ()
        if block.kind is BlockKind.HEADING and planned:
            last, kind = planned[-1]
            pause = max(last.draft.pause, pauses.heading_before)
            planned[-1] = (replace(last, draft=Draft(last.draft.sentences, pause)), kind)
        planned += [(draft, block.kind) for draft in drafts]
        pausing = False
    if unsaid and planned:
        last, kind = planned[-1]
        planned[-1] = (replace(last, draft=Draft(last.draft.sentences + unsaid, last.draft.pause)), kind)
    chunks = tuple(
        Chunk(
            index=index,
            sentences=for_engines(said.draft.sentences, said.language),
            kind=kind,
            voice=said.reader.voice.name,
            language=said.language,
            pause_after=pauses.chapter_end if index + 1 == len(planned) else said.draft.pause,
            speaker=said.speaker,
            rate=said.reader.rate,
            parameters=said.reader.parameters,
            enters=said.enters if index else 0.0,
        )
        for index, (said, kind) in enumerate(planned)
    )
    used = dict.fromkeys(said.reader.voice.name for said, _ in planned)
    lexica = {reader.voice.name: reader.lexicon for reader in readers if reader.voice.name in used}
    doubts = tuple(
        dict.fromkeys(
            lexicon_doubt(word, times, name)
            for name, own in lexica.items()
            for word, times in own.left_out.items()
        )
    )
    return ChapterScript(chapter.index, chapter.title, chapter.level, chunks, doubts)


@dataclass(frozen=True, slots=True)
class _Said:
    """A draft, and who says it in which language."""

    draft: Draft
    language: str
    reader: Reader
    speaker: str = ""
    is_name: bool = False
    """It is the name of who speaks next, and is not said."""
    enters: float = 0.0
    """Seconds before the end of what is said before it at which it begins; 0: it waits."""


def _drafts(
    block: Block, language: str, pauses: PauseSettings, casting: Casting, lines: Lines
) -> list[_Said]:
    """The drafts of a block; one that says nothing is the only one of its block."""
    found: list[_Said] = []
    cuts = [(line.start, line.end, line) for line in lines]
    in_own_tongue = not is_phrase(block.text)
    for piece, passages in passages_of(block, cut(block.text, cuts, OF_NARRATOR)):
        line = piece.of
        enters = line.enters
        begins_line = block.kind is BlockKind.VERSE and _begins_line(block.text, piece.start)
        tongue = casting.tongue(line, language)
        for number, part in enumerate(parts_of(replace(block, text=piece.text, passages=passages), tongue)):
            reader = casting.reader(line, part.language if in_own_tongue else "")
            own = replace(block, text=part.text)
            first = Begins.NOTHING if found else Begins.BLOCK
            if found and not number and begins_line:
                first = Begins.LINE
            joined = part.joined or (not number and piece.joined)
            drafts = [
                _Said(draft, part.language, reader, casting.speaker(line))
                for draft in draft_chunks(
                    own, part.language, reader.limits.characters, pauses, reader.lexicon, joined, first
                )
            ]
            if casting.is_silent(line):
                drafts = [_unsaid(drafts)] if drafts else []
            elif drafts and enters > 0:
                drafts[0], enters = replace(drafts[0], enters=enters), 0.0
            _append(found, drafts)
            if part.ends_inside and found:
                pause = pauses.clause if part.goes_on else pauses.sentence
                found[-1] = replace(found[-1], draft=Draft(found[-1].draft.sentences, pause))
        if piece.ends_inside and found:
            pause = pauses.clause if piece.goes_on else pauses.sentence
            if block.kind is BlockKind.VERSE and piece.text.endswith("\n"):
                pause = pauses.line
            found[-1] = replace(found[-1], draft=Draft(found[-1].draft.sentences, pause))
    if len(found) > 1 and found[-1].is_name:  # and nothing after it
        found[-2:] = [replace(_joined(found[-2], found[-1]), **_who(found[-2]))]
    return found


def _begins_line(text: str, place: int) -> bool:
    while place and text[place - 1] == " ":
        place -= 1
    return text[place - 1 : place] == "\n" if place else False


def _append(found: list[_Said], drafts: list[_Said]) -> None:
    """Add the drafts of a part; what says nothing goes with its neighbour, a name with what its speaker says."""
    if found and drafts and not (drafts[0].draft.speaks and found[-1].draft.speaks):
        last, first = found[-1], drafts[0]
        if not (last.draft.speaks and first.is_name):
            kept = last if last.draft.speaks else first
            found[-1] = replace(_joined(last, first), **_who(kept))
            drafts = drafts[1:]
    found += drafts


def _joined(one: _Said, other: _Said) -> _Said:
    """The second with the words of the first before it: in one sentence where the first is a name."""
    before, after = one.draft.sentences, other.draft.sentences
    if one.is_name and not other.is_name:
        words = tuple(word for sentence in before for word in sentence.words)
        sentences = (Sentence(words + after[0].words, before[0].begins), *after[1:])
    else:
        sentences = (*before, *after)
    return replace(other, draft=Draft(sentences, other.draft.pause))


def _who(said: _Said) -> dict[str, Any]:
    return {
        "language": said.language,
        "reader": said.reader,
        "speaker": said.speaker,
        "is_name": said.is_name,
        "enters": said.enters,
    }


def _unsaid(drafts: list[_Said]) -> _Said:
    """A name, not said: nothing but its words are left."""
    sentences = tuple(
        Sentence(tuple(Word(word.text, "", word.joined) for word in sentence.words), sentence.begins)
        for said in drafts
        for sentence in said.draft.sentences
    )
    return replace(drafts[-1], draft=Draft(sentences, drafts[-1].draft.pause), is_name=True)


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
