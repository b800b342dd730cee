"""Real sources made into audiobooks, and what has to be true of each."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import pytest

from tests.running import Voxpress, folded, words_of

RATE = "2.5"
"""Fast speech: these tests are about the books, not about listening to thirty hours."""


@dataclass(frozen=True)
class Made:
    """A source, what ``inspect`` says of it, and where its edition is."""

    source: str
    inspected: dict[str, Any]
    folder: Path

    @property
    def audio(self) -> Path:
        (path,) = self.folder.glob("*.m4b")
        return path

    @property
    def transcript(self) -> dict[str, Any]:
        (path,) = self.folder.glob("*.transcript.json")
        return json.loads(path.read_text())  # type: ignore[no-any-return]


def made_of(voxpress: Voxpress, sources: list[str], *more: str) -> dict[str, Made]:
    """Make all of them with one command, and inspect each."""
    done = voxpress.make(
        *sources, *(more or ("--voice", "auto", "--rate", RATE)), "--json", code=None, timeout=1500
    )
    assert done.returncode in (0, 3), done.stderr + voxpress.worker_log()
    return {
        source: Made(source, voxpress.json("inspect", source), Path(production["edition_folder"]))
        for source, production in zip(sources, json.loads(done.stdout)["productions"], strict=True)
    }


def check_whole(made: Made) -> None:
    """Chapters, words and duration agree between source, transcript and audio."""
    inspected, transcript = made.inspected, made.transcript
    titles = [chapter["title"] for chapter in inspected["chapters"]]
    assert [chapter["title"] for chapter in transcript["chapters"]] == titles
    assert words_of(transcript) == [folded(chapter["text"]) for chapter in inspected["chapters"]]
    with av.open(str(made.audio)) as file:
        chapters = [(float(c["start"] * c["time_base"]), c["metadata"].get("title")) for c in file.chapters()]
        stream = file.streams.audio[0]
        frames = sum(1 for packet in file.demux(stream) if packet.size)
        seconds = frames * 1024 / stream.rate
    assert [title for _, title in chapters] == titles
    starts = [chapter["start"] for chapter in transcript["chapters"]]
    assert [start for start, _ in chapters] == pytest.approx(starts, abs=1e-3)
    assert transcript["duration"] == pytest.approx(seconds, abs=0.001)
    times = [
        (word["start"], word["end"])
        for chapter in transcript["chapters"]
        for segment in chapter["segments"]
        for word in segment["words"]
    ]
    assert all(start <= end for start, end in times)
    assert [start for start, _ in times] == sorted(start for start, _ in times)
