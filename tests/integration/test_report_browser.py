"""The report as a browser shows it, opened from disk: it plays what it names, and everybody can read it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.model import Stretch
from pipeline.publish.edition import ChapterFiles, EditionPlan, publish
from pipeline.settings import AudioSettings, ProductionSettings, PublishSettings
from tests.browsing import Browser, Tab, needs_browser, tab
from tests.publishing import RATE, chapter_files, clicks, encode_chapter, plan_of, segment, write_segments

pytestmark = needs_browser
WORDS = "One two three four five six seven eight nine ten."


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A Chromium for all tests here."""
    with Browser(tmp_path_factory.mktemp("profile")) as started:
        yield started


def chapter_of(folder: Path, index: int) -> ChapterFiles:
    """Half a minute in which a word begins with each second."""
    seconds = 30
    encoded, paths = encode_chapter(folder, clicks(seconds, np.arange(1, 11)), ("aac", "mp3"))
    told = tuple(Stretch(second * RATE, RATE, -18.0 - second % 3, -3.0) for second in range(1, 11))
    encoded = {codec: replace(chapter, stretches=told) for codec, chapter in encoded.items()}
    segments = write_segments(folder / "segments.json", [segment(WORDS, 1.0, 1.0)])
    return chapter_files(encoded, paths, segments, index, f"Chapter {index + 1} & “more”")


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> EditionPlan:
    """A book of three chapters with two places in doubt."""
    folder = tmp_path_factory.mktemp("chapters")
    doubts = [
        {"chapter": "Chapter 1", "text": "three four", "fault": "words-missing", "said": "They were not heard.",
         "place": (0, 2, 4)},
        {"chapter": "Chapter 2", "text": "seven", "fault": "noise", "said": "There is a second of noise.",
         "place": (1, 6, 7)},
        {"chapter": "", "text": "", "fault": "voice", "said": "This voice swallows its vowels."},
    ]  # fmt: skip
    known = {
        "production": "p1", "doubts": doubts, "doubts_total": 3, "stage_seconds": {"speak": 12.5, "master": 3.0},
        "voices": [{"name": "tone:one", "revision": "1", "licence": "CC0", "gain_db": 2.5}],
        "skipped": [{"kind": "note", "count": 3, "words": 40}], "versions": {"voxpress": "0.1.0"},
    }  # fmt: skip
    return plan_of([chapter_of(folder / str(index), index) for index in range(3)], report=known)


def made(plan: EditionPlan, out: Path, *formats: str) -> Path:
    """The page of an edition."""
    settings = ProductionSettings(
        audio=AudioSettings(formats=formats), publish=PublishSettings(("report", "vtt"))
    )
    return publish(replace(plan, settings=settings), out).folder / "report.html"


def transcript(page: Path) -> list[list[dict[str, Any]]]:
    """The words of each chapter."""
    (path,) = page.parent.glob("*.transcript.json")
    chapters = json.loads(path.read_bytes())["chapters"]
    return [[word for part in chapter["segments"] for word in part["words"]] for chapter in chapters]


def plays_from(page: Tab, start: float) -> None:
    """The player stands there, or a little later, and the browser could play it."""
    page.wait(f"document.querySelector('audio').currentTime >= {start - 0.01}")
    assert page.run("document.querySelector('audio').error") is None
    assert page.run("document.querySelector('audio').currentTime") < start + 3


def test_a_place_in_doubt_is_played_from_its_first_word_to_its_last(
    plan: EditionPlan, browser: Browser, tmp_path: Path
) -> None:
    path = made(plan, tmp_path, "m4b")
    words = transcript(path)
    with tab(browser) as page:
        page.open(path)
        page.wait("document.documentElement.classList.contains('js')")
        assert page.run("document.querySelectorAll('ol.doubts a.play').length") == 2
        # How far it has come is noted whenever it says so, for it is over before a slow machine looks.
        page.run(
            "window.times = []; document.querySelector('audio').ontimeupdate = e => times.push(e.target.currentTime)"
        )
        page.run("document.querySelectorAll('ol.doubts a.play')[1].click()")
        page.wait("times.length > 1 && document.querySelector('audio').paused")
        times = page.run("times")
        assert min(times) == pytest.approx(words[1][6]["start"], abs=0.01)
        assert words[1][6]["end"] <= max(times) < words[1][6]["end"] + 1.5
        assert "Chapter 2" in page.run("document.querySelector('.player p').textContent")
        moved = page.run("Number(document.querySelector('line.now').getAttribute('x1'))")
        assert moved == pytest.approx(
            1000 * max(times) / page.run("Number(document.querySelector('.player').dataset.seconds)"), abs=5
        )
        page.run("document.querySelector('ol.doubts a.play').click()")
        plays_from(page, words[0][2]["start"])
        assert page.complaints() == []


def test_chapters_and_plots_play_from_where_they_are_clicked(
    plan: EditionPlan, browser: Browser, tmp_path: Path
) -> None:
    path = made(plan, tmp_path, "mp3-chapters")
    words = transcript(path)
    with tab(browser, height=1600) as page:
        page.open(path)
        page.run("document.querySelectorAll('tr[data-start] a.play')[2].click()")
        plays_from(page, 0)
        assert "03%20-%20" in page.run("document.querySelector('audio').src")
        page.run("document.querySelectorAll('ol.doubts a.play')[1].click()")
        second = (
            words[1][6]["start"]
            - json.loads((path.parent / "report.json").read_bytes())["chapters"][1]["start"]
        )
        plays_from(page, second)
        assert "02%20-%20" in page.run("document.querySelector('audio').src")
        page.click_on("svg.plot")  # in its middle: half way through the second of three chapters
        plays_from(page, 15)
        assert "02%20-%20" in page.run("document.querySelector('audio').src")
        assert page.complaints() == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_everybody_can_read_it(
    plan: EditionPlan, browser: Browser, tmp_path: Path, scheme: str, phone: bool
) -> None:
    path = made(plan, tmp_path, "m4b")
    with tab(browser, *((390, 800) if phone else (1200, 900)), phone=phone) as page:
        page.prefer(prefers_color_scheme=scheme)
        page.open(path)
        page.run("document.querySelectorAll('details').forEach(part => { part.open = true; })")
        assert page.barriers(20) == []
        assert page.run("document.documentElement.scrollWidth <= innerWidth")  # tables scroll by themselves
        assert page.run("document.querySelector('.head img').naturalWidth") > 0
        assert page.complaints() == []


def test_without_the_script_the_places_are_links_into_the_audio(
    plan: EditionPlan, browser: Browser, tmp_path: Path
) -> None:
    path = made(plan, tmp_path, "m4b")
    words = transcript(path)
    with tab(browser) as page:
        page.open(path)
        page.run("window.other = new Audio(document.querySelector('ol.doubts a.play').href); other.load()")
        page.wait("other.readyState >= 1")
        assert page.run("other.currentTime") == pytest.approx(words[0][2]["start"], abs=0.01)


def test_printed_it_has_no_player(plan: EditionPlan, browser: Browser, tmp_path: Path) -> None:
    path = made(plan, tmp_path, "m4b")
    with tab(browser) as page:
        page.prefer(media="print")
        page.open(path)
        assert page.run("getComputedStyle(document.querySelector('.player')).display") == "none"


def test_a_browser_reads_the_times_of_words_in_the_subtitles(
    plan: EditionPlan, browser: Browser, tmp_path: Path
) -> None:
    """By the parser of WebVTT that the specification was written for."""
    path = made(plan, tmp_path, "m4b")
    (subtitles,) = path.parent.glob("*.vtt")
    show = tmp_path / "show.html"
    show.write_text("<!DOCTYPE html><video></video>", encoding="utf-8")
    with tab(browser) as page:
        page.open(show)
        page.run(
            "window.track = document.createElement('track'); track.default = true;"
            f"track.src = URL.createObjectURL(new Blob([{json.dumps(subtitles.read_text(encoding='utf-8'))}],"
            " {type: 'text/vtt'})); document.querySelector('video').append(track); track.track.mode = 'showing'"
        )
        page.wait("track.readyState === 2")
        cues = page.run(
            "[...track.track.cues].map(cue => [cue.startTime, cue.endTime, [...function* pieces(node) {"
            " for (const child of node.childNodes) {"
            "  if (child.nodeType === 7) yield child.data;"
            "  else if (child.nodeType === 3) yield ['text', child.data];"
            "  else yield* pieces(child); } }(cue.getCueAsHTML())]])"
        )
    found: list[tuple[float, str]] = []
    for start, end, pieces in cues:
        at = start
        for piece in pieces:
            if isinstance(piece, str):
                hours, minutes, seconds = piece.split(":")
                at = int(hours) * 3600 + int(minutes) * 60 + float(seconds)
                assert start < at < end
            elif text := piece[1].strip():
                found.append((at, text))
    words = [word for chapter in transcript(path) for word in chapter]
    assert [text for _, text in found] == [word["text"] for word in words]
    # To the millisecond, which the browser itself cuts off.
    assert [at for at, _ in found] == pytest.approx([word["start"] for word in words], abs=0.0016)
