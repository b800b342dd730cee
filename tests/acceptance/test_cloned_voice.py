"""A voice made of a recording, from its consent to everything that it speaks. The tone engine imitates the pitch."""

from __future__ import annotations

import json
import zipfile

import mutagen
import numpy as np
import pytest

from pipeline.audio.ffmpeg import decode
from pipeline.script.words import split_words
from pipeline.speech.clip_sound import measure
from pipeline.speech.tone import CLONED, pitch_of
from tests.books import story, write_epub
from tests.running import Voxpress
from tests.speech_clips import RATE, recording, speech

CONSENT = "Ann Reader, 2026-05-01, for reading her own <stories> & no others"
A = 400.0
"""Hz: the lowest tone of ``tone:a``."""
SHOWN = "Ann Reader, 2026-05-01, for reading her own &lt;stories&gt; &amp; no others"


def lowest_tone(pitch: float) -> float:
    """The lowest tone of the voice that is made of ``speech(pitch)``."""
    return CLONED * float(np.median(measure(speech(pitch), RATE).pitches))


def speaks_from(voxpress: Voxpress, lowest: float) -> bool:
    """Whether every word of the finished book sounds as a voice says it whose lowest tone this is, in Hz."""
    audio = np.concatenate(list(decode(voxpress.file(".m4b"), RATE))).astype(np.float64)
    segments = voxpress.transcript()["chapters"][0]["segments"]
    said = [word.spoken for segment in segments for word in split_words(segment["text"], "en")]
    words = [word for segment in segments for word in segment["words"]]
    for word, spoken in zip(words, said, strict=True):
        piece = audio[round(word["start"] * RATE) : round(word["end"] * RATE)]
        heard = (
            float(np.argmax(np.abs(np.fft.rfft(piece * np.hanning(len(piece)), 1 << 16)))) * RATE / (1 << 16)
        )
        if heard != pytest.approx(lowest + pitch_of(spoken) - A, abs=20):
            return False
    return len(words) > 10


def test_from_a_recording_to_a_book_that_says_so(voxpress: Voxpress) -> None:
    add = ("voices", "add", "ann", "--engine", "tone", "--reference")
    voxpress.run(*add, recording(voxpress.folder / "ann.mp3"), "--consent", CONSENT)
    book = write_epub(voxpress.folder / "book.epub", story(1, 1))
    formats = [flag for name in ("m4b", "mp3", "opus") for flag in ("--format", name)]
    voxpress.make(book, "--voice", "tone:ann", *formats)

    assert speaks_from(voxpress, lowest_tone(1.0))
    for suffix in (".m4b", ".mp3", ".opus"):
        tags = {
            key.lower().rpartition(":")[2]: value
            for key, value in mutagen.File(voxpress.file(suffix)).items()
        }
        assert "cloned voice tone:ann, engine tone" in str(tags["synthetic-speech"])
        assert CONSENT in str(tags["voice-consent"])
    [entry] = voxpress.transcript()["cloned_voices"]
    assert (entry["who"], entry["when"], entry["own"]) == ("Ann Reader", "2026-05-01", False)
    [voice] = json.loads(voxpress.file("report.json").read_text())["voices"]
    assert voice["consent"]["purpose"] == "for reading her own <stories> & no others"
    assert voice["watermark"]
    assert f"Consent: {SHOWN}." in voxpress.file("report.html").read_text()
    with zipfile.ZipFile(voxpress.file(".epub")) as epub:
        package = next(epub.read(name).decode() for name in epub.namelist() if name.endswith(".opf"))
    assert 'property="dcterms:provenance">Synthetic speech: tone:ann' in package

    spoken = len(voxpress.calls())
    own = "own voice: Bea Reader, 2026-06-01, for anything"
    voxpress.run(*add, recording(voxpress.folder / "higher.flac", speech(1.4)), "--consent", own)
    voxpress.make(book, "--voice", "tone:ann", "--no-watermark")  # her own: she may
    assert len(voxpress.calls()) > spoken  # another recording is another voice
    assert speaks_from(voxpress, lowest_tone(1.4))
    [voice] = json.loads(voxpress.file("report.json").read_text())["voices"]
    assert voice["watermark"] == ""
    assert voice["consent"]["own"] is True
