"""Transcripts as podcast clients read them, made from what is said in an edition (``pipeline.publish.transcript``).

After "Transcript File Format Details" of the podcast namespace. JSON is the one in which words have times: a segment
is what stands between two spaces, so a client can highlight word by word (in Chinese and Japanese, which have no
spaces, phrase by phrase). SubRip has two lines of at most 32 characters, and the speaker's name where the speaker
changes. WebVTT is what editions have, too.

One sentence at a time is in memory.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace

from pipeline.publish.cues import spoken_cues, text_of
from pipeline.publish.transcript import TimedSegment, TimedWord
from pipeline.publish.vtt import clock, vtt_pieces

VERSION = "1.0.0"
LINE_COLUMNS = 32
_JSON = json.JSONEncoder(ensure_ascii=False)
"""For texts; an hour has ten thousand words, each in an object that always looks the same."""


def podcast_transcript(said: Iterable[TimedSegment], narrator: str = "") -> bytes:
    """The whole of ``transcript_pieces``."""
    return b"".join(transcript_pieces(said, narrator))


def transcript_pieces(said: Iterable[TimedSegment], narrator: str = "") -> Iterator[bytes]:
    """Sentences as the namespace's JSON, each in a piece; ``narrator`` is named where no speaker of a cast is."""
    yield f'{{"version":"{VERSION}","segments":['.encode()
    before = "\n"
    for sentence in _spoken(said):
        entries = []
        speaker = sentence.speaker or narrator
        by = f'"speaker":{_JSON.encode(speaker)},' if speaker else ""
        for run in _between_spaces(sentence.words):
            times = f'"startTime":{run[0].start},"endTime":{run[-1].end}'
            entries.append(f'{{{by}{times},"body":{_JSON.encode(text_of(run))}}}')
        yield (before + ",\n".join(entries)).encode(errors="replace")
        before = ",\n"
    yield b"\n]}\n"


def webvtt_pieces(said: Iterable[TimedSegment], narrator: str = "") -> Iterator[bytes]:
    """Sentences as WebVTT, a cue in each piece: that of the edition, and the narrator is named in it, too."""
    spoken = _spoken(said)
    named = (replace(one, speaker=one.speaker or narrator) for one in spoken) if narrator else spoken
    for piece in vtt_pieces(named):
        yield piece.encode(errors="replace")


def srt_pieces(said: Iterable[TimedSegment], narrator: str = "") -> Iterator[bytes]:
    """Sentences as SubRip for podcasts, a cue in each piece."""
    for number, cue in enumerate(spoken_cues(_named(_spoken(said), narrator), LINE_COLUMNS), start=1):
        # There is no escaping: an arrow inside a cue would be taken for its times.
        text = "\n".join(line.replace("-->", "→") for line in cue.texts)
        yield f"{number}\n{clock(cue.start, ',')} --> {clock(cue.end, ',')}\n{text}\n\n".encode(
            errors="replace"
        )


def _spoken(said: Iterable[TimedSegment]) -> Iterator[TimedSegment]:
    """Without the names of speakers that stand in the text and are not said."""
    return (
        sentence
        for sentence in said
        if sentence.words and not (sentence.speaker and sentence.end <= sentence.start)
    )


def _between_spaces(words: tuple[TimedWord, ...]) -> Iterator[list[TimedWord]]:
    run: list[TimedWord] = []
    for word in words:
        if run and not word.joined:
            yield run
            run = []
        run.append(word)
    if run:
        yield run


def _named(sentences: Iterator[TimedSegment], narrator: str) -> Iterator[TimedSegment]:
    """Every change of speaker told by a name in front, which takes no time."""
    latest = ""
    for sentence in sentences:
        speaker = sentence.speaker or narrator
        if speaker and speaker != latest:
            name = TimedWord(f"{speaker}:", False, sentence.start, sentence.start)
            sentence = replace(sentence, words=(name, *sentence.words))
        latest = speaker
        yield sentence
