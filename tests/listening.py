"""Editions with ``listen.html``, and that page as somebody sees it who listens."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.model import Begins, BlockKind, Segment
from pipeline.publish.edition import publish
from pipeline.settings import AudioSettings, ProductionSettings, PublishSettings
from tests.browsing import Tab
from tests.publishing import METADATA, RATE, chapter_files, encode_chapter, plan_of, segment, write_segments

CODECS = {"m4b": "aac", "mp3": "mp3", "mp3-chapters": "mp3", "opus": "opus"}
HIGHLIGHTED = "[...CSS.highlights.get('word')].map(String).join('')"
"""The word that is marked, as the browser has it."""
SETTLED = "(() => { const a = document.querySelector('audio'); return a.readyState > 1 && !a.seeking; })()"

_BOX_OF = """async (word, length) => {
  const walker = document.createTreeWalker(document.getElementById('text'), NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const at = walker.currentNode.data.indexOf(word);
    if (at < 0) continue;
    const range = document.createRange();
    range.setStart(walker.currentNode, at);
    range.setEnd(walker.currentNode, at + length);
    walker.currentNode.parentElement.scrollIntoView({ block: 'center', behavior: 'instant' });
    // What comes into sight is laid out with the next frame, and may move what is below it.
    for (let n = 0; n < 3; n++) await new Promise(requestAnimationFrame);
    const box = range.getBoundingClientRect();
    return [box.left + box.width / 2, box.top + box.height / 2];
  }
}"""


@dataclass(frozen=True)
class Sentence:
    """What a test puts into a chapter."""

    text: str
    start: float
    step: float = 0.3
    kind: BlockKind = BlockKind.PARAGRAPH
    begins: Begins = Begins.BLOCK
    joined: bool = False
    doubtful: tuple[int, ...] = ()
    language: str = ""
    speaker: str = ""

    def segment(self) -> Segment:
        """As the master stage leaves it."""
        return replace(
            segment(self.text, self.start, self.step, joined=self.joined),
            kind=self.kind,
            begins=self.begins,
            doubt=bool(self.doubtful),
            doubtful=self.doubtful,
            language=self.language,
            speaker=self.speaker,
        )


def an_edition(
    folder: Path,
    chapters: Mapping[str, Sequence[Sentence]],
    seconds: float = 20.0,
    form: str = "m4b",
    **metadata: object,
) -> Path:
    """The folder of an edition whose chapters are as long as asked for, and soft noise."""
    codec = CODECS[form]
    noise = np.random.default_rng(1).integers(-300, 300, round(seconds * RATE)).astype(np.int16)
    encoded, paths = encode_chapter(folder / "chapter", noise, (codec,))
    files = []
    for number, (title, sentences) in enumerate(chapters.items()):
        segments = write_segments(folder / f"{number}.json", [sentence.segment() for sentence in sentences])
        files.append(chapter_files(encoded, paths, segments, number, title))
    settings = ProductionSettings(
        audio=AudioSettings(formats=(form,)), publish=PublishSettings(companions=("listen",))
    )
    known = {"title": "The Bridge", "authors": ("Ann Author",), "language": "en", "subtitle": "", **metadata}
    return publish(
        plan_of(files, settings=settings, metadata=replace(METADATA, **known)), folder / "library"
    ).folder


def spoken(folder: Path) -> list[dict[str, Any]]:
    """The transcript's words in order."""
    (path,) = folder.glob("*.transcript.json")
    book = json.loads(path.read_bytes())
    return [w for chapter in book["chapters"] for part in chapter["segments"] for w in part["words"]]


class Page:
    """The page in a browser."""

    def __init__(self, tab: Tab, folder: Path, fragment: str = "") -> None:
        """Open it and wait until it could play."""
        self.tab = tab
        tab.open(folder / "listen.html", fragment)
        self.settle()

    def settle(self) -> None:
        """Until the recording is where it was sent."""
        self.tab.wait(SETTLED)

    def go(self, seconds: float) -> None:
        """Send the reading to a time, by the page's address."""
        self.tab.run(f"location.hash = '#t={seconds:.4f}'")
        self.tab.wait(f"Math.abs({self.time_of()} - {seconds}) < 0.01 && {SETTLED}")

    @staticmethod
    def time_of() -> str:
        """The recording's own time in seconds, as an expression; all of a file's."""
        return "document.querySelector('audio').currentTime"

    def time(self) -> float:
        """Where the recording is."""
        self.settle()
        return float(self.tab.run(self.time_of()))

    def word(self) -> str:
        """The word that is marked."""
        return str(self.tab.run(HIGHLIGHTED))

    def middle_of(self, word: str) -> tuple[float, float]:
        """A point of the window inside a word of the text that occurs once."""
        length = len(word.encode("utf-16-le")) // 2
        box = self.tab.run(f"({_BOX_OF})({json.dumps(word)}, {length})")
        assert box, f"{word!r} is not in the text"
        return box[0], box[1]

    def click_word(self, word: str) -> None:
        """Click on a word of the text that occurs once."""
        self.tab.click(*self.middle_of(word))


def word_at(words: Sequence[Mapping[str, Any]], seconds: float) -> str:
    """The word that the transcript has at a time, or had last."""
    place = bisect_right([word["start"] for word in words], seconds) - 1
    return str(words[place]["text"]) if place >= 0 else ""
