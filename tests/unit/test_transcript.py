"""The transcript: every word, its text and its times."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import PublishError
from pipeline.model import Begins, BlockKind, EncodedChapter, Loudness, Metadata, Segment, Word
from pipeline.publish import plan as plan_module
from pipeline.publish.plan import read_segments
from pipeline.publish.sink import Sink
from pipeline.publish.timeline import timeline
from pipeline.publish.transcript import Said, write_transcript
from pipeline.serial import dump
from tests.publishing import RATE, segment, write_segments


def chapter(frames: int, title: str = "One", codec: str = "aac", rate: int = RATE) -> EncodedChapter:
    """A chapter that was never encoded."""
    return EncodedChapter(0, title, 1, rate, frames * 900, frames, Loudness(), codec)


def transcript_of(tmp_path: Path, chapters: list[EncodedChapter], segments: list[list[Segment]]) -> dict:
    """The transcript as a reader gets it."""
    paths = [write_segments(tmp_path / f"{number}.json", part) for number, part in enumerate(segments)]
    with Sink(tmp_path / "book.transcript.json") as sink:
        write_transcript(sink, Metadata(title="T", language="en"), Said(paths, timeline(chapters)))
    return json.loads((tmp_path / "book.transcript.json").read_bytes())


def test_the_contract(tmp_path: Path) -> None:
    book = transcript_of(
        tmp_path,
        [chapter(100), chapter(50, "Two")],
        [[segment("It costs $3.50.", 1.0, 0.5), segment("Yes!", 3.0, 0.5)], [segment("The end", 0.5, 0.25)]],
    )
    assert list(book) == ["title", "language", "duration", "chapters"]
    assert book["duration"] == round(150 * 1024 / RATE, 4)
    one, two = book["chapters"]
    assert (one["title"], one["start"], one["end"]) == ("One", 0, round(100 * 1024 / RATE, 4))
    assert (two["title"], two["start"], two["end"]) == ("Two", one["end"], book["duration"])
    first = one["segments"][0]
    assert list(first) == ["id", "start", "end", "text", "voice", "words"]
    assert first["text"] == "It costs $3.50."
    assert first["words"][1] == {
        "text": "costs",
        "start": pytest.approx(1.5 + 1024 / RATE, abs=1e-4),
        "end": pytest.approx(1.9 + 1024 / RATE, abs=1e-4),
    }
    assert (first["start"], first["end"]) == (first["words"][0]["start"], first["words"][-1]["end"])
    # The second chapter's content begins one encoder delay after its own first frame.
    assert two["segments"][0]["start"] == pytest.approx(101 * 1024 / RATE + 0.5, abs=1e-4)
    ids = [part["id"] for entry in book["chapters"] for part in entry["segments"]]
    assert len(set(ids)) == 3


def test_words_in_doubt_and_words_without_spaces(tmp_path: Path) -> None:
    doubted = replace(segment("我是猫。", 0.1, 0.2, joined=True), doubt=True)
    partly = replace(segment("not all of it", 1, 0.1), doubt=True, doubtful=(1, 3))
    book = transcript_of(tmp_path, [chapter(100)], [[doubted, partly, segment("ok", 2, 0.1)]])
    first, third, second = book["chapters"][0]["segments"]
    assert [word["text"] for word in third["words"] if word.get("doubt")] == ["all", "it"]
    assert [word.get("joined", False) for word in first["words"]] == [False, True, True, True]
    assert all(word["doubt"] is True for word in first["words"])
    assert set(second["words"][0]) == {"text", "start", "end"}


def test_no_time_lies_outside_its_chapter(tmp_path: Path) -> None:
    late = Segment("late", "v", (Word("late", "late"),), (10_000_000,), (20_000_000,))
    book = transcript_of(tmp_path, [chapter(10), chapter(10)], [[late], []])
    word = book["chapters"][0]["segments"][0]["words"][0]
    assert word["start"] <= word["end"] <= book["chapters"][0]["end"]
    assert book["chapters"][1]["segments"] == []


@given(
    texts=st.lists(st.text(st.characters(codec="utf-8"), max_size=30), max_size=5),
    block=st.integers(1, 40),
)
def test_segments_are_read_back_whatever_the_block(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], block: int
) -> None:
    segments = [Segment(text, "v", (Word(text, '"]}{[,'),), (1,), (2,)) for text in texts]
    path = write_segments(tmp_path_factory.mktemp("s") / "segments.json", segments)
    with pytest.MonkeyPatch.context() as patch:
        assert list(read_segments(path)) == segments
        patch.setattr(plan_module, "_WHOLE_BYTES", 0)
        patch.setattr(plan_module, "_READ_CHARS", block)
        assert list(read_segments(path)) == segments


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[{", dump((segment("a b", 0, 1),), tuple[Segment, ...])[:-9]]
)
def test_a_file_that_holds_no_segments(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "segments.json"
    path.write_bytes(content)
    with pytest.raises(PublishError, match=r"segments\.json"):
        list(read_segments(path))


def test_segments_of_earlier_versions_are_read(tmp_path: Path) -> None:
    """They are kept with the chapters, which nobody wants to encode again."""
    path = tmp_path / "segments.json"
    words = '"words":[{"text":"Hi.","spoken":"hi","joined":false,"ipa":""}],"starts":[100],"ends":[200]'
    path.write_text(f'[{{"text":"Hi.","voice":"tone:a",{words},"doubt":true}}]')
    (kept,) = read_segments(path)
    assert kept == Segment("Hi.", "tone:a", (Word("Hi.", "hi"),), (100,), (200,), doubt=True)
    assert (kept.kind, kept.begins, kept.language) == (BlockKind.PARAGRAPH, Begins.NOTHING, "")


def test_words_without_times_are_refused(tmp_path: Path) -> None:
    broken = Segment("a b", "v", (Word("a", "a"), Word("b", "b")), (1,), (2,))
    with pytest.raises(PublishError, match="words without times"):
        transcript_of(tmp_path, [chapter(10)], [[broken]])


@pytest.mark.parametrize(
    ("codec", "rate", "frame", "per_second"),
    [
        ("aac", 22050, 1024, 22050),
        ("mp3", 22050, 576, 22050),
        ("mp3", 44100, 1152, 44100),
        ("opus", 22050, 960, 48000),
    ],
)
def test_where_chapters_lie(codec: str, rate: int, frame: int, per_second: int) -> None:
    line = timeline([chapter(100, codec=codec, rate=rate), chapter(33, codec=codec, rate=rate)])
    cut = 312 if codec == "opus" else 0
    assert [(mark.start, mark.end) for mark in line.marks] == [
        (0, 100 * frame - cut),
        (100 * frame - cut, 133 * frame - cut),
    ]
    assert line.duration == (133 * frame - cut) / per_second


def test_chapters_that_do_not_fit_together() -> None:
    with pytest.raises(PublishError, match="Chapter 1 is 5 frames of mp3"):
        timeline([chapter(5), chapter(5, codec="mp3")])
    with pytest.raises(PublishError, match="24000 Hz"):
        timeline([chapter(5), chapter(5, rate=24000)])
    with pytest.raises(PublishError, match="0 frames"):
        timeline([chapter(0)])
    with pytest.raises(PublishError, match="no chapter"):
        timeline([])


def test_what_print_would_show_is_told_where_it_is_known(tmp_path: Path) -> None:
    segments = [
        replace(segment("A title", 0.1, 0.1), kind=BlockKind.HEADING, begins=Begins.BLOCK),
        replace(segment("Ein Satz.", 0.5, 0.1), language="de", speaker="Anna"),
        replace(segment("late", 0.4, 0.1), speaker="Ben"),  # enters before Anna has ended
        segment("No more.", 1.0, 0.1),
    ]
    (told,) = transcript_of(tmp_path, [chapter(100)], [segments])["chapters"]
    also = [
        {name: part.get(name) for name in ("kind", "begins", "language", "speaker")}
        for part in told["segments"]
    ]
    assert also == [
        {"kind": "heading", "begins": "block", "language": None, "speaker": None},
        {"kind": None, "begins": None, "language": "de", "speaker": "Anna"},
        {"kind": None, "begins": None, "language": None, "speaker": "Ben"},
        {"kind": None, "begins": None, "language": None, "speaker": None},
    ]
    starts = [part["start"] for part in told["segments"]]
    assert starts[2] == pytest.approx(starts[1] - 0.1)
