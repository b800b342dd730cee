"""Notes from the command line: a diary that is read aloud."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import feedparser
import numpy as np
import pytest

from pipeline.audio.ffmpeg import decode
from pipeline.audio.loudness import integrated, measure
from tests.memos import memo
from tests.running import Voxpress


@pytest.fixture
def diary(voxpress: Voxpress) -> Path:
    """The folder of a show without episodes."""
    voxpress.run("feed", "create", "diary", "--title", "My diary", "--author", "Ann", "--voice", "tone:a")
    return voxpress.folder / "podcasts" / "diary"


def entries(show: Path) -> dict[str, Any]:
    """What a client library finds in the feed, by title, the newest first."""
    found = feedparser.parse((show / "feed.xml").read_bytes())
    assert not found.bozo
    return {entry.title: entry for entry in found.entries}


def said_in(show: Path, stem: str) -> str:
    """The words of an episode's transcript."""
    (path,) = [path for path in show.glob(f"*{stem}.json") if not path.name.endswith("chapters.json")]
    return " ".join(segment["body"] for segment in json.loads(path.read_bytes())["segments"])


def test_a_folder_of_notes_is_a_diary(voxpress: Voxpress, diary: Path) -> None:
    folder = voxpress.folder / "notes"
    (folder / ".obsidian").mkdir(parents=True)
    (folder / "2026-03-02.md").write_text("# At the lake\n\nIt was cold at the lake.\n")
    (folder / "2026-03-01.md").write_text("We came to the *village* at noon. Nobody was there.\n")
    (folder / "later.md").write_text("---\ntitle: Home again\ndate: 2026-03-09\n---\n\nThe cat had waited.\n")
    (folder / "empty.md").write_text("\n")
    (folder / ".obsidian" / "not.md").write_text("Not a note.")

    done = voxpress.run("note", "diary", folder, code=1)

    assert "empty.md has no words" in done.stderr
    listed = entries(diary)
    assert list(listed) == ["Home again", "At the lake", "We came to the village at noon"]
    days = [(one.published_parsed.tm_mon, one.published_parsed.tm_mday) for one in listed.values()]
    assert days == [(3, 9), (3, 2), (3, 1)]
    assert said_in(diary, "at-the-lake") == "At the lake It was cold at the lake."
    assert said_in(diary, "at-noon") == "We came to the village at noon. Nobody was there."

    spoken = len(voxpress.calls())
    (folder / "empty.md").unlink()
    (folder / "2026-03-02.md").write_text("# At the lake\n\nIt was warm at the lake.\n")
    voxpress.run("note", "diary", folder)

    assert {title: one.id for title, one in entries(diary).items()} == {
        title: one.id for title, one in listed.items()
    }
    assert said_in(diary, "at-the-lake") == "At the lake It was warm at the lake."
    assert len(voxpress.calls()) == spoken + 1  # the sentence that was changed


def test_a_typed_note_is_one_episode(voxpress: Voxpress, diary: Path) -> None:
    text = "Went to the lake today. It was *cold*."
    told = voxpress.json("note", "diary", text, "--title", "The lake")
    again = subprocess.run(
        [sys.executable, "-m", "cli.main", "note", "diary", "-", "--json"],
        input=text,
        capture_output=True,
        text=True,
        env=voxpress.environment(),
        cwd=voxpress.folder,
        check=True,
    )

    (first,), (second,) = told["episodes"], json.loads(again.stdout)["episodes"]
    assert first["title"] == "The lake"
    assert (second["title"], second["guid"]) == ("Went to the lake today", first["guid"])
    assert list(entries(diary)) == ["Went to the lake today"]
    assert said_in(diary, "the-lake") == "Went to the lake today. It was cold."
    assert "in quotes" in voxpress.run("note", "diary", "at", "the lake", code=2).stderr


def test_a_voice_memo_is_an_episode(voxpress: Voxpress, diary: Path) -> None:
    said = memo(voxpress.folder / "memo.wav", ["Um, we we went to the lake today.", 2.0, "It was cold."])
    vocabulary = voxpress.folder / "vocabulary"
    vocabulary.write_text(" ".join(word for word, _, _ in said))
    voxpress.env |= {"VOXPRESS_TONE_VOCABULARY": str(vocabulary)}
    assert "models pull small" in voxpress.run("note", "diary", "memo.wav", code=1).stderr
    voxpress.env |= {"VOXPRESS_RECOGNISER": "tone"}

    (told,) = voxpress.json("note", "diary", "memo.wav")["episodes"]

    assert told["title"] == "We went to the lake today"
    assert said_in(diary, "the-lake-today") == "We went to the lake today. It was cold."
    (entry,) = entries(diary).values()
    (enclosure,) = entry.enclosures
    audio = diary / enclosure.href.rpartition("/")[2]
    assert audio.stat().st_size == int(enclosure.length)
    samples = np.concatenate(list(decode(audio, 44_100)))
    assert abs(integrated(measure(samples, 44_100)) + 16) < 1
    words = json.loads((diary / f"{audio.stem}.json").read_bytes())["segments"]
    assert all(0 <= word["startTime"] < word["endTime"] <= len(samples) / 44_100 for word in words)
    kept = [place for place, (word, _, _) in enumerate(said) if word not in ("Um,", "we")] + [2]
    for word, place in zip(words, sorted(kept), strict=True):  # it is as long from word to word as it was
        assert abs((word["startTime"] - words[0]["startTime"]) - (said[place][1] - said[2][1])) < 0.03
