"""``voxpress make --cast``: a play in three voices, heard in the audio and told in all that lies beside it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pytest

from pipeline.audio.loudness import integrated, measure
from tests.publishing import decode
from tests.running import Voxpress, words_of

PLAY = """The Kettle

A kitchen. Rain on the window.

ANNA. Is the kettle on? I have been waiting for my tea since four o'clock.

BORIS. It has been on for ten minutes, and nothing happens. I cannot understand it.

ANNA. Did you light the gas under it, or did you only think of lighting it?

CLARA. Nobody lights anything in this house but me. [She strikes a match.] There it burns.

BORIS. Thank you, Clara. Now we can talk about the garden, and about the roof as well.

CLARA. And about the letter that came this morning, which nobody has opened yet.

ANNA. A letter? Read it to us, Boris, while the water boils on the stove.

BORIS. It is from the bank, and I would rather wait until we have had our tea.
"""
CAST = """narrator = "espeak:en-gb"
[speakers]
Anna = "espeak:en-us+f4"
Boris = "espeak:en-us+m3"
Clara = { voice = "espeak:en-gb+f2", rate = 0.9 }
"""
HIGH, LOW = 330.0, 70.0
"""Hz: between them is the pitch of every voice here."""


def pitch(samples: np.ndarray, rate: int) -> float:
    """Median fundamental in Hz: the strongest period of the autocorrelation of frames of 40 ms that sound."""
    size = int(0.04 * rate)
    shortest, longest = int(rate / HIGH), int(rate / LOW)
    loud = 0.1 * float(np.abs(samples).max())
    found = []
    for start in range(0, len(samples) - size, size):
        frame = samples[start : start + size] - samples[start : start + size].mean()
        if np.abs(frame).max() < loud:
            continue
        spectrum = np.abs(np.fft.rfft(frame * np.hanning(size), 2 * size)) ** 2
        periods = np.fft.irfft(spectrum)
        at = shortest + int(np.argmax(periods[shortest:longest]))
        if periods[at] > 0.4 * periods[0]:
            found.append(rate / at)
    return median(found)


def sounds(voxpress: Voxpress, transcript: dict[str, Any]) -> dict[str, tuple[np.ndarray, int]]:
    """What each speaker says, one sentence after the other, as it is decoded."""
    pcm, rate = decode(voxpress.file(".m4b"))
    pcm = pcm.reshape(-1)
    by: dict[str, list[np.ndarray]] = {}
    for chapter in transcript["chapters"]:
        for segment in chapter["segments"]:
            said = pcm[int(segment["start"] * rate) : int(segment["end"] * rate)]
            by.setdefault(segment.get("speaker", ""), []).append(said)
    return {speaker: (np.concatenate(parts), rate) for speaker, parts in by.items()}


def lufs(samples: np.ndarray, rate: int) -> float:
    scale = 32767 if samples.dtype.kind == "f" else 1
    return integrated(measure((samples * scale).astype(np.int16), rate))


def test_a_play_in_three_voices(voxpress: Voxpress) -> None:
    source, cast = voxpress.folder / "play.txt", voxpress.folder / "cast.toml"
    source.write_text(PLAY)
    cast.write_text(CAST)
    voxpress.run("make", source, "--cast", cast, "-o", voxpress.out)

    transcript = voxpress.transcript()
    segments = [segment for chapter in transcript["chapters"] for segment in chapter["segments"]]
    voices = {(segment.get("speaker", ""), segment["voice"]) for segment in segments}
    assert voices == {
        ("", "espeak:en-gb"),
        ("Anna", "espeak:en-us+f4"),
        ("Boris", "espeak:en-us+m3"),
        ("Clara", "espeak:en-gb+f2"),
    }
    told = {segment["text"]: segment.get("speaker", "") for segment in segments}
    assert told["[She strikes a match.]"] == ""
    assert told["CLARA. Nobody lights anything in this house but me."] == "Clara"
    inspected = voxpress.json("inspect", source)
    assert words_of(transcript) == [" ".join(chapter["text"].split()) for chapter in inspected["chapters"]]

    # The names stand in the text and are not said: the first word of a speech begins with its segment.
    (speech,) = [segment for segment in segments if segment["text"].startswith("BORIS. Thank you")]
    name, first = speech["words"][:2]
    assert (name["text"], first["text"]) == ("BORIS.", "Thank")
    assert name["end"] - name["start"] < 0.01
    assert first["start"] - name["end"] < 0.05

    # Each speaker is heard in their own voice, and all of them are equally loud.
    heard = sounds(voxpress, transcript)
    pitches = {speaker: pitch(*heard[speaker]) for speaker in ("Anna", "Boris", "Clara")}
    assert pitches["Boris"] < 0.8 * min(pitches["Anna"], pitches["Clara"])
    assert abs(pitches["Anna"] / pitches["Clara"] - 1) > 0.05
    loudness = [lufs(*heard[speaker]) for speaker in ("Anna", "Boris", "Clara")]
    assert max(loudness) - min(loudness) < 1

    report = json.loads(voxpress.file("report.json").read_text())
    assert {(one["speaker"], one["voice"]) for one in report["cast"]} == voices
    assert {one["speaker"]: one["lines"] for one in report["cast"]}["Anna"] == 3
    assert report["voices"][0]["name"] == "espeak:en-gb"
    # Audiobookshelf takes them apart at commas and ampersands: each voice is one narrator.
    assert re.split(r"[,;&]", report["narrator"])[1].strip() == "English (Great Britain) f2 (espeak)"
    assert len(re.split(r"[,;&]", report["narrator"])) == 4
    assert "<h3>Cast</h3>" in voxpress.file("report.html").read_text()
    assert "<v Clara>CLARA. Nobody" in voxpress.file(".vtt").read_text()
    assert '"by":"Boris"' in voxpress.file("listen.html").read_text()

    # Another voice for one of them: their words are spoken again, and nobody else's.
    takes = voxpress.home / "blobs"
    spoken = (path for path in takes.rglob("*") if path.is_file() and path.read_bytes()[:4] == b"RIFF")
    before = {path: path.stat().st_mtime_ns for path in spoken}
    assert before
    cast.write_text(CAST.replace("espeak:en-us+m3", "espeak:en-us+m7"))
    voxpress.run("make", source, "--cast", cast, "-o", voxpress.out)
    after = {
        segment["text"]: segment["voice"]
        for chapter in voxpress.transcript()["chapters"]
        for segment in chapter["segments"]
    }
    assert {text for text, voice in after.items() if voice == "espeak:en-us+m7"} == {
        text for text, speaker in told.items() if speaker == "Boris"
    }
    assert all(path.stat().st_mtime_ns == time for path, time in before.items() if path.exists())
    said = voxpress.run("make", source, "--cast", cast, "-o", voxpress.out)
    assert "is up to date" in said.stderr


def test_a_cast_is_proposed_and_used(voxpress: Voxpress) -> None:
    source, cast = voxpress.folder / "play.txt", voxpress.folder / "cast.toml"
    source.write_text(PLAY)
    shown = voxpress.json("inspect", source, "--cast")
    assert {one["name"]: (one["lines"], one["gender"]) for one in shown["speakers"]} == {
        "Anna": (3, "female"),
        "Boris": (3, "male"),
        "Clara": (3, "female"),
    }
    assert len({one["voice"] for one in shown["speakers"]} | {shown["narrator"]}) == 4
    voxpress.run("inspect", source, "-o", cast)
    assert cast.read_text() == shown["cast"]
    refused = voxpress.run("inspect", source, "-o", cast, code=2)
    assert "is there already" in refused.stderr
    cast.write_text(cast.read_text() + '[speakers.Dora]\nvoice = "espeak:en-us"\n')
    noted = voxpress.run("inspect", source, "--cast", "--cast-file", cast).stdout
    assert "# Dora, who is in the cast, says nothing." in noted


def test_a_cast_that_cannot_be_used_is_refused_before_anything_is_made(voxpress: Voxpress) -> None:
    source, cast = voxpress.folder / "play.txt", voxpress.folder / "cast.toml"
    source.write_text(PLAY)
    cast.write_text('[speakers]\nAnna = "espeak:nowhere"')
    done = voxpress.run("make", source, "--cast", cast, "-o", voxpress.out, code=1)
    assert "The cast names a voice that is not here." in done.stderr
    assert not voxpress.out.exists()


@pytest.mark.real
def test_a_real_play_is_cast_by_its_own_marks(samples: Path, voxpress: Voxpress) -> None:
    book = samples / "epub" / "importance-of-being-earnest.epub"
    shown = voxpress.json("inspect", book, "--cast")
    lines = {one["name"]: one["lines"] for one in shown["speakers"]}
    assert list(lines)[:3] == ["Jack", "Algernon", "Lady Bracknell"]
    assert lines["Lane"] >= 20
    assert shown["directions"] > 100
    assert shown["quotes"] == 0
