"""The report and its page: what is told is so, and the page stays small and harmless whatever it tells."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from itertools import pairwise
from typing import Any
from urllib.parse import unquote

import pytest
from lxml import html

from pipeline.model import SILENCE, EncodedChapter, Loudness, Stretch
from pipeline.publish.course import STEPS, Course
from pipeline.publish.report_page import page
from pipeline.publish.timeline import Mark, Timeline
from pipeline.publish.transcript import TimedSegment, TimedWord

RATE = 1000
"""Ticks and samples a second, so that numbers are easy to read."""


def line_of(*seconds: float) -> Timeline:
    """Chapters of these lengths, whose content begins with them."""
    marks, at = [], 0
    for index, length in enumerate(seconds):
        end = at + round(length * RATE)
        marks.append(Mark(index, f"Chapter {index}", at, end, at, RATE))
        at = end
    return Timeline(RATE, tuple(marks))


def heard(*stretches: tuple[float, float, float, float]) -> EncodedChapter:
    """Stretches as (start, seconds, LUFS, dBTP)."""
    told = tuple(Stretch(round(at * RATE), round(s * RATE), lufs, peak) for at, s, lufs, peak in stretches)
    return EncodedChapter(0, "", 1, RATE, 0, 1, Loudness(), "aac", told)


def said(
    chapter: int, start: float, end: float, words: int, voice: str = "v", by: str = "engine"
) -> TimedSegment:
    """A sentence of so many words."""
    step = (end - start) / words
    timed = tuple(TimedWord(f"w{n}", False, start + n * step, start + (n + 1) * step) for n in range(words))
    return TimedSegment(f"c{chapter + 1}s1", "", voice, False, timed, timed_by=by)


# -- how a book runs ----------------------------------------------------------------------------------


def test_loudness_stands_where_it_is_heard() -> None:
    line = line_of(50, 50)
    course = Course(line)
    course.hear(line.marks[0], heard((0, 20, -18.0, -3.0), (20, 10, SILENCE, SILENCE), (30, 20, -24.0, -9.0)))
    course.hear(line.marks[1], heard((0, 2.5, -20.0, -6.0), (2.5, 2.5, -26.0, -7.0), (5, 45, -18.0, -4.0)))
    told: Any = course.told()
    assert told["step_seconds"] == 5
    assert told["lufs"][:10] == [-18, -18, -18, -18, None, None, -24, -24, -24, -24]
    # Half of the time at -20 and half at -26: 10 lg ((10^-2 + 10^-2.6) / 2).
    assert told["lufs"][10] == pytest.approx(-22.0, abs=0.06)
    assert (told["lufs_lowest"][10], told["lufs_highest"][10]) == (-26, -20)
    assert told["lufs"][11:] == [-18] * 9
    assert told["true_peak_dbtp"] == [-3] * 4 + [None] * 2 + [-9] * 4 + [-6] + [-4] * 9


def test_speed_is_that_of_the_words_and_pauses_do_not_count() -> None:
    course = Course(line_of(30, 30))
    course.add(said(0, 0, 10, 20))  # two a second
    course.add(said(0, 18, 22, 4, by="mfcc"))  # one a second, over the edge of two steps
    course.add(said(1, 30, 60, 90, voice="other"))
    told: Any = course.told()
    assert told["words_per_minute"] == [120, 120, None, 60, 60, None] + [180] * 6
    assert [chapter.per_minute for chapter in course.chapters] == [pytest.approx(24 / 14 * 60, abs=0.1), 180]
    assert course.timed_by == {"engine": 110, "mfcc": 4}
    assert {voice: spoken.words for voice, spoken in course.voices.items()} == {"v": 24, "other": 90}


def test_a_long_book_has_no_more_steps_and_loses_nothing() -> None:
    line = line_of(*[3600.0] * 100)
    course = Course(line)
    for index, mark in enumerate(line.marks):
        course.hear(mark, heard((0, 3600, -18.0, -3.0)))
        for number in range(36):
            course.add(said(index, index * 3600 + number * 100, index * 3600 + number * 100 + 99, 200))
    told: Any = course.told()
    assert {len(values) for name, values in told.items() if name != "step_seconds"} == {STEPS}
    assert told["words_per_minute"] == pytest.approx([200 / 99 * 60] * STEPS, rel=0.001)
    assert set(told["lufs"]) == {-18}


# -- the page -----------------------------------------------------------------------------------------

NASTY = '</script><script>alert(1)</script> <img src=x onerror="alert(2)"> & \u202e"quoted" \x00'


def report(chapters: int = 3, doubts: int = 2, *, apart: bool = False, text: str = "Plain") -> dict[str, Any]:
    """A report as it is read from ``report.json``."""
    names = [f"{n + 1:02} - One #{n}.mp3" for n in range(chapters)] if apart else ["A Book & more.m4b"]
    length = 60.0 * chapters
    placed = [
        {
            "chapter": text, "text": text, "fault": "words-missing", "said": text,
            "chapter_index": n % chapters, "start": 60.0 * (n % chapters) + 12.5, "end": 60.0 * (n % chapters) + 15,
        }
        for n in range(doubts)
    ]  # fmt: skip
    steps = min(STEPS, int(length / 5))
    curve = [-18.0 - (n % 7) / 3 for n in range(steps)]
    return {
        "report": 1, "production": "p1", "title": text, "duration": length, "words": 100, "narrator": text,
        "metadata": {"title": text, "subtitle": text, "authors": [text], "language": "en"},
        "source": {"kind": "epub", "uri": f"/books/{text}.epub", "sha256": "ab" * 32},
        "voices": [{"name": "espeak:en", "revision": "1", "licence": text, "gain_db": 3.5}],
        "spoken_by": {"espeak:en": {"words": 100, "seconds": 50.0}}, "timed_by": {"engine": 90, "mfcc": 10},
        "loudness": {"integrated_lufs": -18.1, "true_peak_dbtp": -3.2, "target": "-18", "target_lufs": -18.0,
                     "true_peak_limit_dbtp": -3.0},
        "doubts": [*placed, {"chapter": "", "text": "", "fault": "cover", "said": "No cover was there."}],
        "doubts_total": doubts, "mended": [{"fault": "too-long"}] * 3, "words_per_minute": 120.0,
        "course": {"step_seconds": 5.0, "lufs": curve, "lufs_lowest": [v - 1 for v in curve],
                   "lufs_highest": [v + 1 for v in curve], "true_peak_dbtp": [None, *curve[1:]],
                   "words_per_minute": [None, *[150.0] * (steps - 1)]},
        "chapters": [
            {"index": n, "title": f"{text} {n}", "start": 60.0 * n, "end": 60.0 * n + 60, "duration": 60.0,
             "file": names[n if apart else 0], "words": 100, "words_per_minute": 120.0, "integrated_lufs": -18.0,
             "true_peak_dbtp": None, "doubts": 1}
            for n in range(chapters)
        ],
        "skipped": [{"kind": "note-reference", "count": 3, "words": 4}],
        "stage_seconds": {"ingest": 1.0, "speak": 12.5, "publish": 0.5},
        "versions": {"voxpress": "0.1.0", "engine": text}, "settings": {"audio": {"formats": ["m4b"], "bitrate": 64}},
        "files": [{"name": name, "size": 1234567, "sha256": "cd" * 32} for name in names],
    }  # fmt: skip


def test_every_place_in_doubt_can_be_heard() -> None:
    tree = html.document_fromstring(page(report()))
    links = tree.xpath("//ol[@class='doubts']//a[@class='play']")
    assert [unquote(link.get("href")) for link in links] == [
        "A Book & more.m4b#t=12.500,15.000",
        "A Book & more.m4b#t=72.500,75.000",
    ]
    assert [link.text for link in links] == ["0:12", "1:12"]
    assert "words missing" in links[0].get("aria-label")
    first = tree.xpath("//ol[@class='doubts']/li")[0].text_content()
    assert "No cover was there." in first  # what is about the whole comes first


def test_chapters_that_are_files_are_played_in_their_own_time() -> None:
    tree = html.document_fromstring(page(report(apart=True)))
    links = tree.xpath("//ol[@class='doubts']//a[@class='play']")
    assert [unquote(link.get("href").replace("#", "|")) for link in links] == [
        "01 - One #0.mp3|t=12.500,15.000",
        "02 - One #1.mp3|t=12.500,15.000",
    ]
    rows = tree.xpath("//tr[@data-start]//a")
    assert [link.get("href").partition("#")[2] for link in rows] == ["t=0.000"] * 3
    assert [link.get("data-part") for link in rows] == ["0", "1", "2"]


def test_all_figures_are_there() -> None:
    text = " ".join(html.document_fromstring(page(report())).text_content().split())
    for told in (
        "3 min 0 s", "too long (3)", "1.2 MB", "\u221218.1 LUFS", "\u22123.2 dBTP", "Plain 2", "espeak:en", "+3.5",
        "note reference", "mfcc", "the engine itself", "speak", "12 s", "audio.bitrate", "ab" * 32,
        "cd" * 32, "0.1.0", "p1",
    ):  # fmt: skip
        assert told in text, told


def test_the_cast_tells_directions_from_what_the_narrator_reads() -> None:
    lines = {"lines": 1234, "words": 1, "seconds": 1.0}
    cast = [
        {"speaker": "Anna", "voice": "espeak:fr", **lines},
        {"speaker": "", "voice": "espeak:en", **lines},
        {"speaker": "", "voice": "espeak:fr", **lines},
    ]
    told = {
        **report(),
        "cast": cast,
        "quotations": {"found": 1200, "by_rules": 0, "by_model": 900, "unknown": 300},
    }
    shown = html.fromstring(page(told))
    [table] = shown.xpath("//div[@aria-label='Cast']")
    assert table.xpath(".//th[@scope='row']/text()") == ["Anna", "Narrator", "Beside the narrator"]
    said = " ".join(shown.xpath("//h3[.='Cast']/following-sibling::p[1]")[0].text_content().split())
    assert said == "1,200 quotations: 900 given to speakers by a language model, 300 without a known speaker."
    assert "Cast" not in html.fromstring(page(report())).xpath("//h3/text()")


def test_nothing_from_the_book_becomes_markup_and_nothing_comes_from_elsewhere() -> None:
    text = page(report(text=NASTY))
    tree = html.document_fromstring(text.replace("\x00", ""))
    assert "\x00" not in text
    assert len(tree.xpath("//script")) == 1
    assert [image.get("src") for image in tree.xpath("//img")] == ["cover.jpg"]
    for element in tree.iter():
        if isinstance(element.tag, str):
            assert not [name for name in element.attrib if name.startswith("on") or name == "style"]
    named = [
        value for _, name, value, _ in html.document_fromstring(page(report())).iterlinks() if name != "style"
    ]
    assert named
    assert not [link for link in named if re.match(r"[a-z]+:|//", link)]


def test_the_policy_lets_only_the_pages_own_style_and_script_in() -> None:
    tree = html.document_fromstring(page(report()))
    (meta,) = tree.xpath("//meta[@http-equiv='Content-Security-Policy']")
    policy = dict(part.strip().split(" ", 1) for part in meta.get("content").split(";"))
    assert policy["default-src"] == "'none'"
    for kind in ("style", "script"):
        (element,) = tree.xpath(f"//{kind}")
        digest = base64.b64encode(hashlib.sha256(element.text.encode()).digest()).decode()
        assert policy[f"{kind}-src"] == f"'sha256-{digest}'"


def test_ids_are_unique_and_what_is_named_is_there() -> None:
    tree = html.document_fromstring(page(report(chapters=20, doubts=20)))
    ids = tree.xpath("//@id")
    assert [name for name, times in Counter(ids).items() if times > 1] == []
    named = {name for names in tree.xpath("//@aria-labelledby") for name in names.split()}
    assert named | {link[1:] for link in tree.xpath("//nav//@href")} <= set(ids)
    for drawing in tree.xpath("//svg[@role='img']"):
        assert drawing.xpath("./title")[0].text
        assert drawing.xpath("./desc")[0].text


def test_the_curves_are_drawn_where_the_values_are() -> None:
    told = report()
    told["course"]["true_peak_dbtp"] = [-3.0, None, None, -9.0] + [-6.0] * (len(told["course"]["lufs"]) - 4)
    tree = html.document_fromstring(page(told))
    (path,) = tree.xpath("//svg[@aria-labelledby='peaks-t peaks-d']/path[@class='curve']/@d")
    moves = [tuple(map(float, move)) for move in re.findall(r"M([\d.]+) ([\d.]+)", path)]
    steps = len(told["course"]["lufs"])
    assert [x for x, _ in moves] == [
        0,
        pytest.approx(1000 * 3 / steps, abs=0.1),
    ]  # a gap where nothing is known
    heights = [moves[0][1], moves[1][1], *map(float, re.findall(r"V([\d.]+)", path))]
    loudest, quietest, middle = heights[0], heights[1], heights[2]
    assert loudest < middle < quietest
    assert middle == pytest.approx((loudest + quietest) / 2, abs=0.2)
    assert float(re.findall(r"H([\d.]+)", path)[-1]) == 1000
    xs = [float(x) for x in re.findall(r"H([\d.]+)", path)]
    assert all(before < after for before, after in pairwise(xs))


def test_a_very_long_book_with_very_many_doubts_stays_small() -> None:
    told = report(chapters=388, doubts=20_000, text="Some twenty words of a sentence, " * 8)
    text = page(told)
    assert len(text.encode()) < 2_000_000
    tree = html.document_fromstring(text)
    assert len(tree.xpath("//ol[@class='doubts']/li")) == 1000
    (more,) = tree.xpath("//p[contains(., 'more doubts')]")
    assert (
        "19,001 more doubts are not listed on this page: all 20,001 are in report.json" in more.text_content()
    )
    assert more.xpath("a/@href") == ["report.json"]
    endless = page(report(chapters=10_000, doubts=0))
    assert len(endless.encode()) < 4_000_000
    assert "8,000 more chapters: report.json has them" in endless


def test_what_was_checked_and_by_whom_is_told() -> None:
    told = report(doubts=0)
    told["doubts"] = []
    told["accepted"] = [
        {"chapter": "<One>", "text": "", "fault": "voice", "said": "It reads <kanji> badly."},
    ]
    told["checks"] = {
        "asked": "auto",
        "policy": "normal",
        "heard": [{"by": "whisper-1-<x>", "takes": 1200, "words": 34_000}],
        "unheard": [{"language": "la", "takes": 2, "words": 31, "why": "nobody knows “la”"}],
        "said": "Every take was checked as a signal. 2 passages in “la” were not listened to.",
    }
    (section,) = html.document_fromstring(page(told)).xpath("//section[h2/@id='doubts']")
    text = section.text_content()
    assert "Nothing: every passage passed its checks" in text
    assert "2 passages in “la” were not listened to" in text
    assert "1,200 passages (34,000 words) by whisper-1-<x>" in text
    assert "1 doubt accepted by somebody who looked into it" in text
    assert "It reads <kanji> badly." in text


def test_words_in_doubt_run_in_their_own_direction() -> None:
    told = report(text="كان يا ما كان")
    told["metadata"]["language"] = "ar"
    tree = html.document_fromstring(page(told))
    assert {(q.get("lang"), q.get("dir")) for q in tree.xpath("//q")} == {("ar", "rtl")}


def test_a_report_without_anything() -> None:
    told = report(chapters=1, doubts=0)
    told |= {
        "doubts": [],
        "doubts_total": 0,
        "skipped": [],
        "stage_seconds": {},
        "timed_by": {},
        "spoken_by": {},
    }
    told["course"] |= {name: [None] * 12 for name in told["course"] if name != "step_seconds"}
    del told["voices"], told["versions"]
    text = html.document_fromstring(page(told)).text_content()
    assert "Nothing: every passage passed its checks." in text
    assert "Nothing was measured." in text
