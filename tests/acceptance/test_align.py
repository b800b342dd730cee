"""``voxpress align``: a recording against its text, as a user runs it."""

from __future__ import annotations

import json
import re
import signal
import time
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.model import Timing
from tests.books import write_epub
from tests.publishing import run_ffmpeg
from tests.readalong import check, clips
from tests.recordings import ANNOUNCEMENT, STORY, Recorder, lines, paragraph
from tests.running import Voxpress, folded

CUE = re.compile(r"(\d\d:\d\d:\d\d\.\d{3}) --> (\d\d:\d\d:\d\d\.\d{3})\n(.*?)\n(?:\n|$)", re.DOTALL)
MARK = re.compile(r"<(\d\d:\d\d:\d\d\.\d{3})>")


@pytest.fixture
def voxpress(tmp_path: Path) -> Voxpress:
    return Voxpress(tmp_path)


def text_file(folder: Path, paragraphs: tuple[str, ...] = STORY) -> Path:
    path = folder / "story.txt"
    path.write_text("\n\n".join(paragraphs), encoding="utf-8")
    return path


def seconds(clock: str) -> float:
    hours, minutes, rest = clock.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(rest)


def starts_in(vtt: str) -> list[tuple[str, float]]:
    """Each word of a WebVTT file with word times, and when it begins."""
    found: list[tuple[str, float]] = []
    for start, _, payload in CUE.findall(vtt):
        at = seconds(start)
        for piece in MARK.split(payload):
            if re.fullmatch(r"\d\d:\d\d:\d\d\.\d{3}", piece):
                at = seconds(piece)
            else:
                found += [(word, at) for word in re.sub(r"<[^>]*>", "", piece).split()]
    return found


def close(starts: list[tuple[str, float]], said: dict[int, Timing], words: list[str]) -> None:
    """Each word that is said is shown, in order, when it is said."""
    assert [word for word, _ in starts] == [words[number] for number in sorted(said)]
    off = [abs(start - said[number].start) for (_, start), number in zip(starts, sorted(said), strict=True)]
    assert np.median(off) <= 0.02
    assert max(off) <= 0.15


def test_a_minute_of_audio_is_timed_word_by_word(voxpress: Voxpress, tmp_path: Path) -> None:
    text, made = lines(), Recorder()
    made.silence(1)
    for line in text:
        made.line(line)
    audio = made.write(tmp_path / "story.wav", rate=44_100)
    source = text_file(tmp_path)
    done = voxpress.run("align", audio, source, "-o", tmp_path / "story.vtt", "-o", tmp_path / "story.json")
    assert "words timed in" in done.stderr
    assert done.stdout == ""
    words = [word.text for line in text for word in line.words]
    close(starts_in((tmp_path / "story.vtt").read_text()), made.said, words)
    transcript = json.loads((tmp_path / "story.json").read_text())
    spoken = " ".join(
        one["text"] for c in transcript["chapters"] for s in c["segments"] for one in s["words"]
    )
    inspected = voxpress.json("inspect", source)
    assert spoken == folded(" ".join(chapter["text"] for chapter in inspected["chapters"]))
    assert transcript["duration"] == pytest.approx(made.now, abs=0.05)
    assert (transcript["missing"], transcript["added"], transcript["moved"]) == ([], [], [])
    assert not [path.name for path in tmp_path.iterdir() if path.name.endswith(".partial")]


def test_what_differs_is_told_and_is_a_doubt(voxpress: Voxpress, tmp_path: Path) -> None:
    text, made = lines(), Recorder()
    made.aside(ANNOUNCEMENT)
    made.silence(1.5)
    intro = made.now
    for number in (0, 1, 3, 4):
        for line in paragraph(text, number):
            made.line(line)
    audio = made.write(tmp_path / "1.wav")
    book = write_epub(tmp_path / "book.epub", {"One": STORY[:2], "Two": STORY[2:]})
    out = tmp_path / "deep" / "book.json"
    done = voxpress.run("align", audio, book, "-o", out, "--json", code=3)
    summary = json.loads(done.stdout)
    transcript: dict[str, Any] = json.loads(out.read_text())
    for said in (summary, transcript):
        (added,) = said["added"]
        assert added["start"] == pytest.approx(0, abs=0.3)
        assert added["end"] == pytest.approx(intro - 1.5, abs=0.5)
        missing = " ".join(one["text"] for one in said["missing"])
        assert STORY[2] in missing
    timed = [one for c in transcript["chapters"] for s in c["segments"] for one in s["words"]]
    assert not {"railway", "ticket", "boots."} & {one["text"] for one in timed}
    assert min(one["start"] for one in timed) >= intro - 0.3
    assert [chapter["title"] for chapter in transcript["chapters"]] == ["One", "Two"]
    assert "Not read: " in done.stderr
    assert "Not in the text: 0:00 to 0:" in done.stderr


def test_what_does_not_match_is_refused_and_nothing_is_written(voxpress: Voxpress, tmp_path: Path) -> None:
    made = Recorder()
    for line in lines(STORY[:2]):
        made.line(line)
    audio = made.write(tmp_path / "a.wav")
    out = tmp_path / "a.srt"
    done = voxpress.run("align", audio, text_file(tmp_path, STORY[2:]), "-o", out, code=1)
    assert "does not match the text" in done.stderr
    assert not out.exists()


def test_a_recording_in_two_files_becomes_a_read_along_epub(voxpress: Voxpress, tmp_path: Path) -> None:
    text = lines()
    folder = tmp_path / "audio"
    folder.mkdir()
    truth: list[
        tuple[str, float, str]
    ] = []  # the file's end of each sentence's name, when it begins, what it says
    for number, (name, parts) in enumerate((("9 one", (0, 1)), ("10 two", (2, 3, 4))), start=1):
        made = Recorder()
        for part in parts:
            for line in paragraph(text, part):
                made.line(line)
                said = " ".join(word.text for word in line.words)
                truth.append((f"audio-{number}.mp3", made.said[line.first].start, said))
        wav = made.write(tmp_path / f"{number}.wav")
        encoded = run_ffmpeg("-i", str(wav), "-c:a", "libmp3lame", "-b:a", "64k", "-f", "mp3", "-")
        (folder / f"{name}.mp3").write_bytes(encoded)
    # The headings are no part of the recording.
    book = write_epub(
        tmp_path / "book.epub", {"Of music and of clocks": STORY[:2], "Letters, walls and paint": STORY[2:]}
    )
    out = tmp_path / "read-along.epub"
    done = voxpress.run("align", folder, book, "--epub", out, code=3)
    assert "Not read: 5 words" in done.stderr
    assert "Not read: 4 words" in done.stderr
    check(out)
    with zipfile.ZipFile(out) as made_book:
        found = clips(made_book)
        assert sorted(name for name in made_book.namelist() if name.endswith(".mp3")) == sorted(
            {clip.audio for clip in found}
        )
    assert [clip.text for clip in found] == [said for _, _, said in truth]
    for clip, (file, start, _) in zip(found, truth, strict=True):
        assert clip.audio.endswith(file)
        assert clip.begin == pytest.approx(start, abs=0.15)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["a.wav", "-o", "a.vtt"], 2, "Two things are needed"),
        (["a.wav", "story.txt", "-o", "a.pdf"], 2, "must end in one of"),
        (["a.wav", "story.txt", "-o", "story.txt"], 2, "must end in one of"),
        (["a.wav", "story.txt", "--epub", "a.vtt"], 2, "must end in .epub"),
        (["a.wav", "story.txt"], 2, "Nothing is to be written"),
        (["none.wav", "story.txt", "-o", "a.vtt"], 1, "no audio file none.wav"),
        (["story.txt", "story.txt", "-o", "a.vtt"], 1, "story.txt"),
        (["a.wav", "none.txt", "-o", "a.vtt"], 1, "none.txt does not exist"),
    ],
)
def test_wrong_commands_say_what_is_wrong(
    voxpress: Voxpress, tmp_path: Path, arguments: list[str], code: int, said: str
) -> None:
    made = Recorder()
    made.aside("Bread and cheese.")
    made.write(tmp_path / "a.wav")
    text_file(tmp_path)
    before = sorted(path.name for path in tmp_path.iterdir())
    done = voxpress.run("align", *arguments, code=code)
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "home") == before


def test_interrupted_it_leaves_no_file(voxpress: Voxpress, tmp_path: Path) -> None:
    made = Recorder()
    for _ in range(12):
        for line in lines():
            made.line(line)
    audio = made.write(tmp_path / "a.wav")
    source = text_file(tmp_path, STORY * 12)
    process = voxpress.start("align", audio, source, "-o", tmp_path / "a.json")
    cache = voxpress.home / "cache"
    deadline = time.monotonic() + 60
    while not cache.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 130, error
    assert "Traceback" not in error
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith((".json", ".partial"))] == []
    voxpress.wait_until_gone()
