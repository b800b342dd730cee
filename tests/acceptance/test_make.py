"""``voxpress make`` from source to edition, with the tone engine where sound must be predictable."""

from __future__ import annotations

import json
import subprocess
from itertools import pairwise
from pathlib import Path

import mutagen.mp4
import numpy as np
import pytest

from pipeline.audio.ffmpeg import decode, find_ffmpeg
from pipeline.audio.loudness import integrated, measure
from pipeline.script.words import split_words
from pipeline.speech.tone import pitch_of
from tests.books import story, write_epub
from tests.running import Voxpress, folded, words_of

RATE = 22050


def chapters_in(path: Path) -> list[tuple[float, str]]:
    """(start in seconds, title) of each chapter, as ffmpeg reads them."""
    said = subprocess.run(
        [find_ffmpeg(), "-v", "error", "-i", path, "-f", "ffmetadata", "-"], capture_output=True, text=True
    ).stdout
    marks = []
    for part in said.split("[CHAPTER]")[1:]:
        fields = dict(line.split("=", 1) for line in part.splitlines() if "=" in line)
        over, under = fields["TIMEBASE"].split("/")
        marks.append((int(fields["START"]) * int(over) / int(under), fields["title"].replace("\\", "")))
    return marks


def test_an_epub_becomes_an_m4b_with_its_chapters_and_words(voxpress: Voxpress) -> None:
    book = write_epub(voxpress.folder / "book.epub", story())
    voxpress.make(book)
    inspected = voxpress.json("inspect", book)
    transcript = voxpress.transcript()
    assert words_of(transcript) == [folded(c["text"]) for c in inspected["chapters"]]
    titles = [title for _, title in chapters_in(voxpress.file(".m4b"))]
    assert titles == [c["title"] for c in inspected["chapters"]] == ["Chapter 1", "Chapter 2", "Chapter 3"]
    decoded = sum(len(block) for block in decode(voxpress.file(".m4b"), RATE))
    assert transcript["duration"] == pytest.approx(decoded / RATE, abs=0.001)
    assert {p.name for p in voxpress.edition().iterdir()} == {
        "A Test.epub",
        "A Test.m4b",
        "A Test.srt",
        "A Test.vtt",
        "A Test.transcript.json",
        "cover.jpg",
        "listen.html",
        "report.html",
        "report.json",
    }
    assert voxpress.edition() == voxpress.out / "Ann Example" / "A Test"
    assert voxpress.run("storage", "check").returncode == 0


def test_every_word_is_heard_where_the_transcript_says(voxpress: Voxpress) -> None:
    voxpress.make(write_epub(voxpress.folder / "book.epub", story(chapters=3, paragraphs=2)))
    pcm = np.concatenate(list(decode(voxpress.file(".m4b"), RATE))).astype(np.float64)
    frame = 1024 / RATE
    segments = [segment for chapter in voxpress.transcript()["chapters"] for segment in chapter["segments"]]
    words = [word for segment in segments for word in segment["words"]]
    spoken = [word.spoken for segment in segments for word in split_words(segment["text"], "en")]
    assert len(words) > 80
    for word, said in zip(words, spoken, strict=True):
        burst = pcm[int((word["start"] + 0.01) * RATE) : int((word["end"] - 0.01) * RATE)]
        spectrum = np.abs(np.fft.rfft(burst * np.hanning(len(burst)), 1 << 16))
        heard = np.argmax(spectrum) * RATE / (1 << 16)
        assert heard == pytest.approx(pitch_of(said), abs=12), word
    for before, after in pairwise(words):
        gap = pcm[int((before["end"] + frame) * RATE) : int((after["start"] - frame) * RATE)]
        if len(gap) > 200:
            assert np.sqrt(np.mean(gap**2)) < 30, (before, after)


def test_chapter_marks_stand_in_the_silence_before_the_first_word(voxpress: Voxpress) -> None:
    voxpress.make(write_epub(voxpress.folder / "book.epub", story()))
    marks = [start for start, _ in chapters_in(voxpress.file(".m4b"))]
    transcript = voxpress.transcript()
    for mark, chapter in zip(marks, transcript["chapters"], strict=True):
        assert mark == pytest.approx(chapter["start"], abs=1e-4)
        first = chapter["segments"][0]["words"][0]["start"]
        # chapter_start (0.5 s) and the encoder's own 1024 samples
        assert first - mark == pytest.approx(0.5 + 1024 / RATE, abs=0.03)


def test_the_report_says_what_can_be_heard(voxpress: Voxpress) -> None:
    voxpress.make(write_epub(voxpress.folder / "book.epub", story()), "--companion", "report")
    report = json.loads(voxpress.file("report.json").read_bytes())
    pcm = np.concatenate(list(decode(voxpress.file(".m4b"), RATE)))
    words = [
        word
        for chapter in voxpress.transcript()["chapters"]
        for s in chapter["segments"]
        for word in s["words"]
    ]
    for chapter in report["chapters"]:
        start, end = chapter["start"], chapter["end"]
        found = measure(pcm[round(start * RATE) : round(end * RATE)], RATE)
        assert chapter["integrated_lufs"] == pytest.approx(integrated(found), abs=0.5)
        assert chapter["words"] == sum(start <= word["start"] < end for word in words)
    course = report["course"]
    step = course["step_seconds"]
    assert len(course["lufs"]) * step == pytest.approx(report["duration"], abs=0.01)
    for number, (lufs, speed) in enumerate(zip(course["lufs"], course["words_per_minute"], strict=True)):
        sound = measure(pcm[round(number * step * RATE) : round((number + 1) * step * RATE)], RATE)
        if lufs is not None and sum(sound.blocks.values()) > 20:
            assert lufs == pytest.approx(integrated(sound), abs=2.0)
        assert (speed is None) == (lufs is None)
    assert report["timed_by"] == {"engine": len(words)}
    assert report["spoken_by"]["tone:a"]["words"] == len(words)
    page = voxpress.file("report.html").read_text(encoding="utf-8")
    assert "A%20Test.m4b#t=0.000" in page
    assert "Chapter 3" in page


def test_a_second_run_does_nothing(voxpress: Voxpress) -> None:
    book = write_epub(voxpress.folder / "book.epub", story(chapters=1))
    voxpress.make(book)
    calls, stamp = voxpress.calls(), voxpress.file(".m4b").stat()
    again = voxpress.make(book)
    assert "up to date" in again.stderr
    assert voxpress.calls() == calls
    assert voxpress.file(".m4b").stat().st_mtime_ns == stamp.st_mtime_ns


def test_another_choice_of_companions_speaks_and_encodes_nothing(voxpress: Voxpress) -> None:
    book = write_epub(voxpress.folder / "book.epub", story(chapters=1))
    voxpress.make(book)
    calls, stamp = voxpress.calls(), voxpress.file(".m4b").read_bytes()
    voxpress.make(book, "--companion", "srt")
    names = {p.name for p in voxpress.edition().iterdir()}
    assert "A Test.srt" in names
    assert "A Test.vtt" not in names
    assert voxpress.calls() == calls
    assert voxpress.file(".m4b").read_bytes() == stamp
    assert len(voxpress.json("jobs")["productions"]) == 1


def test_an_edition_that_was_damaged_is_published_again(voxpress: Voxpress) -> None:
    book = write_epub(voxpress.folder / "book.epub", story(chapters=1))
    voxpress.make(book)
    calls, whole = voxpress.calls(), voxpress.file(".m4b").read_bytes()
    voxpress.file(".m4b").write_bytes(whole[:1000])
    voxpress.make(book)
    assert voxpress.file(".m4b").read_bytes() == whole
    assert voxpress.calls() == calls


def test_one_changed_sentence_is_one_chunk_one_chapter_one_mux(voxpress: Voxpress) -> None:
    text = story(chapters=4)
    book = write_epub(voxpress.folder / "book.epub", text)
    voxpress.make(book)
    calls, masters = len(voxpress.calls()), blobs(voxpress, "master")
    text["Chapter 2"][3] = text["Chapter 2"][3].replace("Sentence 2", "Another one, the second,")
    voxpress.make(write_epub(book, text))
    assert len(voxpress.calls()) == calls + 1
    assert len(blobs(voxpress, "master") - masters) == 1
    assert "Another one, the second," in words_of(voxpress.transcript())[1]


def blobs(voxpress: Voxpress, stage: str) -> set[str]:
    """The keys of all results of a stage."""
    import sqlite3

    with sqlite3.connect(voxpress.home / "catalog.db") as catalog:
        return {row[0] for row in catalog.execute("SELECT key FROM artifact WHERE stage = ?", [stage])}


def test_a_bad_source_does_not_hold_up_the_others(voxpress: Voxpress) -> None:
    good = write_epub(voxpress.folder / "good.epub", story(chapters=1))
    empty = voxpress.folder / "empty.epub"
    empty.touch()
    done = voxpress.make(empty, good, voxpress.folder / "missing.epub", code=1)
    lines = [line for line in done.stderr.splitlines() if line.startswith("voxpress:")]
    assert len(lines) == 2
    assert "empty.epub" in lines[0]
    assert "missing.epub" in lines[1]
    assert voxpress.file(".m4b").exists()


def test_json_is_one_object_and_nothing_else(voxpress: Voxpress) -> None:
    book = write_epub(voxpress.folder / "book.epub", story(chapters=1))
    done = voxpress.make(book, "--json")
    (production,) = json.loads(done.stdout)["productions"]
    assert production["state"] == "done"
    assert Path(production["edition_folder"]) == voxpress.edition()
    assert done.stderr == ""


def test_quiet_says_nothing(voxpress: Voxpress) -> None:
    done = voxpress.make(write_epub(voxpress.folder / "book.epub", story(chapters=1)), "-q")
    assert (done.stdout, done.stderr) == ("", "")


def test_tags_are_those_that_audiobookshelf_reads(voxpress: Voxpress) -> None:
    voxpress.make(write_epub(voxpress.folder / "book.epub", story(chapters=1), title="Tags & More"))
    tags = mutagen.mp4.MP4(voxpress.file(".m4b")).tags
    assert tags["\xa9nam"] == tags["\xa9alb"] == ["Tags & More"]
    assert tags["\xa9ART"] == ["Ann Example"]
    assert "tone" in tags["\xa9wrt"][0]
    assert tags["stik"] == [2]
    assert bytes(tags["----:com.apple.iTunes:LANGUAGE"][0]) == b"en"
    assert len(tags["covr"][0]) > 1000


def test_more_than_255_chapters_are_all_there(voxpress: Voxpress) -> None:
    text = {f"Part {n}": [f"Words of part {n}."] for n in range(1, 281)}
    voxpress.make(write_epub(voxpress.folder / "book.epub", text))
    marks = chapters_in(voxpress.file(".m4b"))
    assert [title for _, title in marks] == list(text)
    starts = [chapter["start"] for chapter in voxpress.transcript()["chapters"]]
    assert [start for start, _ in marks] == pytest.approx(starts, abs=1e-4)


@pytest.mark.parametrize("name", ["mp3", "opus", "mp3-chapters"])
def test_other_formats(voxpress: Voxpress, name: str) -> None:
    voxpress.make(write_epub(voxpress.folder / "book.epub", story(chapters=2)), "--format", name)
    files = sorted(p for p in voxpress.edition().rglob("*") if p.suffix in (".mp3", ".opus"))
    assert len(files) == (2 if name == "mp3-chapters" else 1)
    rate = 48000 if name == "opus" else RATE
    decoded = sum(len(block) for file in files for block in decode(file, rate)) / rate
    transcript = voxpress.transcript()
    assert transcript["duration"] == pytest.approx(decoded, abs=0.06)
    if len(files) == 1:
        assert [title for _, title in chapters_in(files[0])] == ["Chapter 1", "Chapter 2"]
