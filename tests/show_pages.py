"""Folders of shows with audio, transcripts and the page, and that page as somebody sees it who listens."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from PIL import Image

from pipeline.model import Begins, BlockKind
from pipeline.publish.podcast.page import episode_page_files, page_files
from pipeline.publish.podcast.show import ARTWORK, PAGE, Episode, EpisodeChapter, EpisodeFile, Show, Source
from pipeline.publish.transcript import TimedSegment, TimedWord, read_transcript, segment_entry
from tests.browsing import Tab
from tests.listening import Page
from tests.publishing import run_ffmpeg

SHOW = Show(
    name="morning",
    guid="5f0e2a3c-0000-5000-8000-000000000001",
    title="Morning reading",
    author="Ann Author",
    description="What was saved yesterday, read aloud.",
)


@dataclass(frozen=True)
class Said:
    """A sentence of an episode: its words follow each other every ``step`` seconds."""

    text: str
    start: float
    step: float = 0.3
    speaker: str = ""
    kind: BlockKind = BlockKind.PARAGRAPH
    begins: Begins = Begins.BLOCK

    def segment(self, number: int) -> TimedSegment:
        """As a transcript is made of it."""
        words = tuple(
            TimedWord(
                word,
                False,
                round(self.start + n * self.step, 4),
                round(self.start + (n + 0.8) * self.step, 4),
            )
            for n, word in enumerate(self.text.split())
        )
        return TimedSegment(
            f"c1s{number}", self.text, "tone:one", False, words, self.kind, self.begins, speaker=self.speaker
        )


@dataclass(frozen=True)
class Told:
    """An episode as a test tells it."""

    title: str
    said: Sequence[Said] = ()
    seconds: float = 20.0
    chapters: tuple[EpisodeChapter, ...] = ()
    changes: dict[str, Any] = field(default_factory=dict)


def write_transcript(path: Path, said: Sequence[Said], seconds: float) -> Path:
    """An edition's transcript with one chapter."""
    segments = [segment_entry(one.segment(number + 1)) for number, one in enumerate(said)]
    chapter = {"title": "", "start": 0.0, "end": seconds, "segments": segments}
    path.write_text(json.dumps({"title": "", "language": "en", "duration": seconds, "chapters": [chapter]}))
    return path


def noise(path: Path, seconds: float) -> Path:
    """Soft noise as MP3."""
    source = f"anoisesrc=r=22050:a=0.01:d={seconds}:seed=1"
    run_ffmpeg("-f", "lavfi", "-i", source, "-c:a", "libmp3lame", "-b:a", "32k", str(path))
    return path


def a_show(folder: Path, told: Sequence[Told], show: Show = SHOW, *, audio: bool = True) -> list[Episode]:
    """Fill the show's folder; the first episode is the oldest. Returns them, the newest first."""
    folder.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (600, 600), (30, 90, 100)).save(folder / ARTWORK)
    made = []
    for number, one in enumerate(told, 1):
        stem = f"2026-01-{number:03}"
        episode = Episode(
            guid=f"guid-{number}",
            number=number,
            title=one.title,
            stem=stem,
            published=datetime(2026, 1, 1, 6, tzinfo=UTC) + timedelta(days=number),
            duration=one.seconds,
            summary=f"What episode {number} is about.",
            language="en",
            audio=EpisodeFile(f"{stem}.mp3", 1000, "audio/mpeg"),
            sources=(Source("The source", "https://example.org/source", ("Bob Writer",), "Example"),),
            chapters=one.chapters,
        )
        episode = replace(episode, **one.changes)
        if audio:
            noise(folder / episode.audio.name, one.seconds)
        transcript = write_transcript(folder.parent / f"{stem}.transcript.json", one.said, one.seconds)
        for name, data in episode_page_files(show, episode, read_transcript(transcript)):
            (folder / name).write_bytes(data)
        made.append(episode)
    made.reverse()
    write_page(folder, made, show)
    return made


def write_page(folder: Path, episodes: Sequence[Episode], show: Show = SHOW) -> list[str]:
    """Bring the page up to date; the names of the files that were written."""
    names = []
    for name, data in page_files(show, episodes, folder):
        (folder / name).write_bytes(data)
        names.append(name)
    return names


class ShowPage(Page):
    """The page in a browser."""

    def __init__(self, tab: Tab, folder: Path, fragment: str = "") -> None:
        """Open it; with an episode in the fragment, wait until it could play and its text is there."""
        self.tab = tab
        tab.open(folder / PAGE, fragment)
        if fragment:
            self.settle()

    def settle(self) -> None:
        """Until the recording is where it was sent, and the text is there."""
        self.tab.wait("document.querySelector('#text > *')")
        super().settle()
