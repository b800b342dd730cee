"""Transcripts as podcast clients read them, made from the ``*.transcript.json`` of an edition.

After "Transcript File Format Details" of the podcast namespace. JSON is the one in which words have times: a segment
is what stands between two spaces, so a client can highlight word by word (in Chinese and Japanese, which have no
spaces, phrase by phrase). SubRip has two lines of at most 32 characters, and the speaker's name where the speaker
changes. The edition's WebVTT is as the specification wants it already.

The edition's file has a sentence on each line; it is read so, and nothing holds the whole of it in memory.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipeline.errors import PublishError
from pipeline.publish.cues import spoken_cues, text_of
from pipeline.publish.transcript import TimedSegment, TimedWord
from pipeline.publish.vtt import clock

VERSION = "1.0.0"
LINE_COLUMNS = 32
_SEGMENT = '{"id":'
_DECODER = json.JSONDecoder()


def podcast_transcript(source: Path, narrator: str = "") -> bytes:
    """The whole of ``transcript_pieces``."""
    return b"".join(transcript_pieces(source, narrator))


def transcript_pieces(source: Path, narrator: str = "") -> Iterator[bytes]:
    """``source`` (an edition's transcript) as the namespace's JSON, a sentence in each piece.

    ``narrator`` is named where no speaker of a cast is. Raises ``PublishError`` when ``source`` is damaged.
    """
    yield f'{{"version":"{VERSION}","segments":['.encode()
    before = "\n"
    for sentence in _spoken(source):
        entries = []
        for run in _between_spaces(sentence.words):
            entry: dict[str, object] = {
                "startTime": run[0].start,
                "endTime": run[-1].end,
                "body": text_of(run),
            }
            if speaker := sentence.speaker or narrator:
                entry = {"speaker": speaker, **entry}
            entries.append(json.dumps(entry, ensure_ascii=False, separators=(",", ":")))
        yield (before + ",\n".join(entries)).encode(errors="replace")
        before = ",\n"
    yield b"\n]}\n"


def srt_pieces(source: Path, narrator: str = "") -> Iterator[bytes]:
    """``source`` as SubRip for podcasts, a cue in each piece. Raises as ``transcript_pieces``."""
    for number, cue in enumerate(spoken_cues(_named(_spoken(source), narrator), LINE_COLUMNS), start=1):
        # There is no escaping: an arrow inside a cue would be taken for its times.
        text = "\n".join(line.replace("-->", "→") for line in cue.texts)
        yield f"{number}\n{clock(cue.start, ',')} --> {clock(cue.end, ',')}\n{text}\n\n".encode(
            errors="replace"
        )


def read_transcript(source: Path) -> Iterator[TimedSegment]:
    """The sentences of an edition's transcript. Raises ``PublishError`` when it is not one, or damaged."""
    complete = False
    with source.open(encoding="utf-8") as file:
        try:
            for line in file:
                complete = line.rstrip().endswith("]}")
                if line.startswith(_SEGMENT):
                    yield _segment(_DECODER.raw_decode(line)[0])
        except (ValueError, KeyError, TypeError) as error:
            raise PublishError(
                f"{source.name} is not a transcript that can be read: make the episode again."
            ) from error
    if not complete:
        raise PublishError(f"{source.name} ends too early: make the episode again.")


def _spoken(source: Path) -> Iterator[TimedSegment]:
    """Without the names of speakers that stand in the text and are not said."""
    return (
        sentence
        for sentence in read_transcript(source)
        if sentence.words and not (sentence.speaker and sentence.end <= sentence.start)
    )


def _segment(entry: dict[str, Any]) -> TimedSegment:
    words = tuple(
        TimedWord(
            str(word["text"]),
            bool(word.get("joined")),
            float(word["start"]),
            float(word["end"]),
            "doubt" in word,
        )
        for word in entry["words"]
    )
    return TimedSegment(
        str(entry["id"]),
        str(entry["text"]),
        str(entry["voice"]),
        False,
        words,
        speaker=entry.get("speaker", ""),
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
