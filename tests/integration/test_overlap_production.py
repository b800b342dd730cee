"""A conversation in which people interrupt each other, from its source to all that an edition has."""

from __future__ import annotations

import json
import re
import zipfile
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import webvtt

from pipeline.audio.ffmpeg import decode
from pipeline.audio.truepeak import true_peak
from pipeline.ingest import open_book
from pipeline.model import Block, BlockKind, Book, Chapter, Metadata, Speech
from pipeline.script.casting.cast import Cast, Manner, Part
from pipeline.script.words import split_words
from pipeline.speech.tone import pitch_of
from storage.rows import ProductionState
from tasks import reading
from tasks.levels import fix_level
from tasks.mastering import master
from tasks.publishing import publish_edition
from tasks.speaking import speak_batch
from tasks.submission import submit
from tests.podcasting import pitch_heard
from tests.producing import TONE, a_context, chunks

RATE = 22050
TALK = [
    ("Anna", "The bridge was closed in the spring of that year.", 0.0),
    ("Boris", "Really?", 1.5),
    ("Boris", "Nobody told us anything about it!", 0.4),
    ("Anna", "Nobody ever does.", 0.0),
]
VOICES = {"Anna": "a", "Boris": "b"}
CAST = Cast(
    narrator=Manner("tone:a"), parts=(Part("Anna", Manner("tone:a")), Part("Boris", Manner("tone:b")))
)


def test_both_are_heard_and_told_at_their_true_times(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context = a_context(tmp_path)
    (tmp_path / "talk.txt").write_text("\n\n".join(text for _, text, _ in TALK))

    def marked(*given: object, **named: object) -> Book:
        """The book as a source with marks gives it."""
        book = open_book(*given, **named)  # type: ignore[arg-type]
        blocks = tuple(
            Block(BlockKind.PARAGRAPH, text, speeches=(Speech(text, who, enters=enters),))
            for who, text, enters in TALK
        )
        chapter = Chapter(0, "Talk", 1, blocks)
        return Book(book.source, Metadata(title="Talk", language="en"), (chapter,))

    monkeypatch.setattr("tasks.reading.open_book", marked)
    production = submit(context, str(tmp_path / "talk.txt"), tmp_path / "out", TONE, cast=CAST).production
    reading.ingest(context, production)
    reading.script(context, context.store.catalog.get(production.id))
    production = context.store.catalog.get(production.id)
    for row in chunks(context, production):
        speak_batch(context, production, 0, row.index, 1)
    fix_level(context, production)
    (chapter,) = context.store.catalog.chapters(production.id)
    assert master(context, production, chapter)
    assert publish_edition(context, production)
    done = context.store.catalog.get(production.id)
    assert done.state is ProductionState.DONE
    folder = Path(done.edition_folder)

    told = json.loads((folder / "Talk.transcript.json").read_text(encoding="utf-8"))
    segments = told["chapters"][0]["segments"]
    assert [(one["speaker"], one["text"]) for one in segments] == [(who, text) for who, text, _ in TALK]
    bridge, really, nobody, ever = segments
    assert bridge["end"] - really["start"] == pytest.approx(1.5, abs=0.002)
    assert nobody["start"] >= really["end"]
    assert bridge["end"] - nobody["start"] == pytest.approx(0.4, abs=0.002)
    assert ever["start"] > nobody["end"]

    pcm = np.concatenate(list(decode(folder / "Talk.m4b", RATE)))
    assert true_peak(pcm) <= -3.0
    for segment in segments:
        for word in segment["words"]:
            voice, (said,) = VOICES[segment["speaker"]], split_words(word["text"], "en")
            heard = pitch_heard(pcm, RATE, voice, word["start"], word["end"])
            assert heard == pytest.approx(pitch_of(said.spoken, voice), abs=12), word

    cues = webvtt.read(str(folder / "Talk.vtt")).captions
    assert [one.voice for one in cues] == ["Anna", "Boris", "Boris", "Anna"]
    assert cues[1].start_in_seconds < cues[0].end_in_seconds
    with zipfile.ZipFile(folder / "Talk.epub") as epub:
        overlay = next(epub.read(name).decode() for name in epub.namelist() if name.endswith(".smil"))
    clips = re.findall(r'clipBegin="([\d.]+)s" clipEnd="([\d.]+)s"', overlay)
    assert len(clips) == 3  # a reaction within another's words is heard with these
    assert all(one[1] == two[0] for one, two in pairwise(clips))
    assert (folder / "listen.html").stat().st_size > 10_000
