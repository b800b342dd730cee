"""``voxpress make --companion epub``: the read-along EPUB that comes out, listened to word by word."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest

from pipeline.audio.ffmpeg import decode
from pipeline.script.words import split_words
from pipeline.speech.tone import pitch_of
from tests.books import story, write_epub
from tests.readalong import clips, package, without_spans
from tests.running import Voxpress

RATE = 22050


def heard_at(pcm: np.ndarray, begin: float, end: float) -> float:
    """The pitch in Hz between two times in seconds."""
    burst = pcm[int((begin + 0.01) * RATE) : int((end - 0.01) * RATE)]
    spectrum = np.abs(np.fft.rfft(burst * np.hanning(len(burst)), 1 << 16))
    return float(np.argmax(spectrum)) * RATE / (1 << 16)


def listened(book: zipfile.ZipFile, spoken: list[str], folder: Path) -> None:
    """Check for each clip of a word that the tone of what is said for it is heard in it."""
    found = clips(book)
    assert len(found) == len(spoken)
    said = iter(spoken)
    for name in dict.fromkeys(clip.audio for clip in found):
        audio = folder / Path(name).name
        audio.write_bytes(book.read(name))
        pcm = np.concatenate(list(decode(audio, RATE))).astype(np.float64)
        own = [clip for clip in found if clip.audio == name]
        assert own[-1].end == pytest.approx(len(pcm) / RATE, abs=0.01)
        for clip in own:
            assert heard_at(pcm, clip.begin, clip.end) == pytest.approx(pitch_of(next(said)), abs=12), clip


def test_each_word_of_the_books_own_pages_is_heard_in_its_clip(voxpress: Voxpress) -> None:
    voxpress.env["VOXPRESS_PUBLISH_OVERLAY"] = "word"
    source = write_epub(voxpress.folder / "book.epub", story(chapters=2, paragraphs=2))
    voxpress.make(source, "--companion", "epub")
    sentences = [s["text"] for c in voxpress.transcript()["chapters"] for s in c["segments"]]
    spoken = [word.spoken for sentence in sentences for word in split_words(sentence, "en")]
    with zipfile.ZipFile(voxpress.file(".epub")) as book, zipfile.ZipFile(source) as before:
        listened(book, spoken, voxpress.folder)
        for name in ("c1.xhtml", "c2.xhtml"):
            assert without_spans(book.read(name)) == without_spans(before.read(name))


def test_a_text_gets_pages_of_its_own(voxpress: Voxpress) -> None:
    text = voxpress.folder / "walk.txt"
    text.write_text("CHAPTER 1\n\nThe tide went out. Nobody saw it.\n\nCHAPTER 2\n\nIt came back again.\n")
    voxpress.make(text, "--language", "en", "--companion", "epub", "--companion", "vtt", code=None)
    with zipfile.ZipFile(voxpress.file(".epub")) as book:
        texts = [clip.text for clip in clips(book)]
        _, root = package(book)
    assert [text for text in texts if not text.startswith("CHAPTER")] == [
        "The tide went out.",
        "Nobody saw it.",
        "It came back again.",
    ]
    assert root.get("version") == "3.0"
