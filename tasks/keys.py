"""The keys under which stages keep their results (a take's key is ``pipeline.script.keys``').

A stage's version is raised whenever its code would give a different result for the same inputs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from pipeline.model import SourceInfo, Voice
from pipeline.script import SCRIPT_VERSION
from pipeline.script.casting.cast import Cast
from pipeline.script.keys import TAKE_VERSION
from pipeline.script.lexicon import Entry, Lexicon
from pipeline.serial import dump, key_of
from pipeline.settings import (
    AudioSettings,
    ConversationSettings,
    MusicSettings,
    PauseSettings,
    ProductionSettings,
    ReadingSettings,
)
from pipeline.speech.engine import EngineLimits
from storage.rows import Artifact, Production

SOURCE_VERSION = 1
BOOK_VERSION = 5
LEXICON_VERSION = 1
CAST_VERSION = 1
CONVERSATION_VERSION = 1
QUOTATIONS_VERSION = 1
MASTER_VERSION = 2
SEGMENTS_VERSION = 2
HEARING_VERSION = 1
MUSIC_VERSION = 1
EDITION_VERSION = 1


def source_key(sha256: str, name: str, charset: str) -> str:
    """A copy of a source, for hosts that cannot read it where it lies."""
    return key_of("source", SOURCE_VERSION, sha256, name, charset)


def book_key(source: SourceInfo, reading: ReadingSettings) -> str:
    """What the ingester's result depends on. The path counts: it names a book that has no title."""
    return key_of("book", BOOK_VERSION, source, reading)


def conversation_key(book: str, language: str, conversation: ConversationSettings, model: str) -> str:
    """A conversation about the book with that key, in a language (BCP 47); ``model`` writes it, empty where none
    does."""
    counts = ("style", "hosts", "minutes") if conversation.style != "dialogue" else None
    wanted = {name: said for name, said in asdict(conversation).items() if counts is None or name in counts}
    return key_of("conversation", CONVERSATION_VERSION, book, language, wanted, model)


def chapter_key(digest: str) -> str:
    """A chapter's text is kept under its own content."""
    return key_of("chapter", BOOK_VERSION, digest)


def script_key(
    chapter_digest: str,
    language: str,
    voice: Voice,
    limits: EngineLimits,
    pauses: PauseSettings,
    lexicon: Lexicon,
    casting: Sequence[object] = (),
) -> str:
    """What a chapter's reading plan depends on; of the lexicon what can occur in the chapter.

    ``casting`` is what others than ``voice`` have to do with it (``Casting.inputs``).
    """
    inputs: list[object] = [chapter_digest, language, voice, limits, pauses, lexicon.entries]
    return key_of("script", SCRIPT_VERSION, *inputs, *([list(casting)] if casting else []))


def cast_key(cast: Cast) -> str:
    """A cast is kept under its own content."""
    return key_of("cast", CAST_VERSION, cast)


def quotations_key(production: Production) -> str:
    """What became of a production's quotations with its cast: found anew, and kept again, with each plan."""
    settings = production.settings
    return key_of("quotations", QUOTATIONS_VERSION, production.id, settings.cast, settings.casting.quotes)


def lexicon_key(entries: Sequence[Entry]) -> str:
    """A lexicon is kept under its own content."""
    return key_of("lexicon", LEXICON_VERSION, tuple(entries))


def hearing_key(digest: str, recogniser: str, language: str) -> str:
    """What was heard of the take with these bytes by a recogniser of that revision."""
    return key_of("hearing", HEARING_VERSION, digest, recogniser, language)


def track_key(sha256: str) -> str:
    """Music as it is played, by the bytes of the file that it came in."""
    return key_of("track", MUSIC_VERSION, sha256)


def music_key(tracks: Mapping[str, str]) -> str:
    """The music of a production: the keys of its tracks by what each is for."""
    return key_of("music", MUSIC_VERSION, dict(tracks))


def master_key(
    script: str,
    takes: Sequence[Artifact | None],
    gains: Mapping[str, float],
    audio: AudioSettings,
    codec: str,
    encoder: str,
    music: Mapping[str, object] | None = None,
) -> str:
    """What a chapter's encoded audio depends on.

    ``takes`` are the chapter's takes in order, None for a chunk that could not be spoken; ``gains`` are in dB, of
    each voice that the chapter has; ``encoder`` is ffmpeg's version, because another one gives other bytes; ``music``
    is all that matters of it in this chapter.
    """
    sounds = [take.digest if take else None for take in takes]
    choices: Mapping[str, object] = {"bitrate": audio.bitrate, "true_peak": audio.true_peak}
    if codec == "aac":
        choices = {**choices, "coder": audio.coder}
    levels = {voice: round(gain_db, 3) for voice, gain_db in gains.items()}
    level: object = next(iter(levels.values())) if len(levels) == 1 else levels
    heard = [dict(music)] if music else []
    return key_of("master", MASTER_VERSION, script, sounds, level, choices, codec, encoder, *heard)


def segments_key(master: str, doubts: Sequence[object]) -> str:
    """The word times that belong to a mastered chapter, and which of its words are in doubt.

    ``doubts`` are anything that tells these words: the audio is the same whatever is thought of it.
    """
    return key_of("segments", SEGMENTS_VERSION, master, list(doubts))


def edition_key(
    source: SourceInfo, settings: ProductionSettings, voices: Sequence[Voice], encoder: str
) -> str:
    """All that an edition depends on: while it is unchanged, there is nothing to do.

    ``voices`` are those of its plan, the narrator's first.
    """
    versions = [BOOK_VERSION, SCRIPT_VERSION, TAKE_VERSION, MASTER_VERSION]
    return key_of("edition", EDITION_VERSION, versions, source, settings_told(settings), *voices, encoder)


def settings_told(settings: ProductionSettings) -> dict[str, object]:
    """A production's settings for a key; one without music is told as it was before there was any."""
    public: dict[str, object] = json.loads(dump(settings))
    if not settings.tracks and settings.music == MusicSettings():
        del public["music"], public["tracks"]
    return public
