"""Subtitles, as another program parses them."""

from __future__ import annotations

import html
import io
import re
from itertools import pairwise
from pathlib import Path

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.publish.sink import Sink
from pipeline.publish.subtitles import LINE_COLUMNS, Subtitles, columns
from pipeline.publish.transcript import TimedSegment, TimedWord


def sentence(text: str, start: float, step: float, *, joined: bool = False) -> TimedSegment:
    """Words, or characters, one every ``step`` seconds."""
    parts = list(text) if joined else text.split()
    words = tuple(
        TimedWord(part, joined and number > 0, start + number * step, start + (number + 0.8) * step)
        for number, part in enumerate(parts)
    )
    return TimedSegment("c1s1", text, "v", False, words)


def written(tmp_path: Path, segments: list[TimedSegment]) -> tuple[str, str]:
    """WebVTT and SubRip."""
    vtt, srt = tmp_path / "book.vtt", tmp_path / "book.srt"
    for path in (vtt, srt):
        path.unlink(missing_ok=True)
    with Sink(vtt) as first, Sink(srt) as second:
        subtitles = Subtitles(first, second)
        for segment in segments:
            subtitles.add(segment)
        subtitles.close()
    return vtt.read_text(encoding="utf-8"), srt.read_text(encoding="utf-8")


def parsed_srt(text: str) -> list[tuple[float, float, list[str]]]:
    """A strict reader: anything that is not a numbered cue fails."""
    cues = []
    clock = r"(\d\d+):([0-5]\d):([0-5]\d),(\d{3})"
    for number, block in enumerate(text.removesuffix("\n\n").split("\n\n") if text else [], start=1):
        head, times, *lines = block.split("\n")
        assert head == str(number)
        match = re.fullmatch(f"{clock} --> {clock}", times)
        assert match
        h1, m1, s1, f1, h2, m2, s2, f2 = map(int, match.groups())
        cues.append((h1 * 3600 + m1 * 60 + s1 + f1 / 1000, h2 * 3600 + m2 * 60 + s2 + f2 / 1000, lines))
    return cues


def parsed_vtt(text: str) -> list[tuple[str, list[str]]]:
    """Times and lines of a WebVTT file."""
    head, *blocks = text.removesuffix("\n").split("\n\n")
    assert head == "WEBVTT"
    return [
        (block.split("\n")[1], [html.unescape(line) for line in block.split("\n")[2:]]) for block in blocks
    ]


def test_a_long_sentence_is_shown_in_parts_while_they_are_spoken(tmp_path: Path) -> None:
    text = (
        "It was a long sentence, one that went on and on, past every line that a player could show at a time,"
        " and further still, until at last, with everybody tired of it, it came to its end."
    )
    _, srt = written(tmp_path, [sentence(text, 10, 0.4)])
    cues = parsed_srt(srt)
    assert len(cues) >= 3
    assert " ".join(" ".join(lines) for _, _, lines in cues) == text
    words = text.split()
    at = 0
    for start, _, lines in cues:
        assert start == round(10 + at * 0.4, 3)
        at += len(" ".join(lines).split())
    assert at == len(words)
    assert sum(lines[-1].endswith(",") for _, _, lines in cues[:-1]) >= len(cues) - 2


def test_chinese_is_broken_where_it_is_too_wide(tmp_path: Path) -> None:
    text = "学而时习之不亦说乎有朋自远方来不亦乐乎人不知而不愠不亦君子乎" * 3
    _, srt = written(tmp_path, [sentence(text, 0, 0.2, joined=True)])
    cues = parsed_srt(srt)
    assert "".join("".join(lines) for _, _, lines in cues) == text
    assert max(len(line) for _, _, lines in cues for line in lines) <= LINE_COLUMNS // 2


def test_what_looks_like_markup_stays_text(tmp_path: Path) -> None:
    vtt, srt = written(tmp_path, [sentence("a <b>bold</b> & 5 > 3 --> end", 0, 0.3)])
    assert parsed_srt(srt)[0][2] == ["a <b>bold</b> & 5 > 3 → end"]
    assert parsed_vtt(vtt)[0][1] == ["a <b>bold</b> & 5 > 3 → end"]
    assert vtt.count("-->") == 1


def test_no_sentences(tmp_path: Path) -> None:
    assert written(tmp_path, []) == ("WEBVTT\n", "")


def test_ffmpeg_reads_both(tmp_path: Path) -> None:
    segments = [sentence("One & two", 0.5, 0.5), sentence("three hours later", 3 * 3600, 0.5)]
    for text, name in zip(written(tmp_path, segments), ("webvtt", "srt"), strict=True):
        with av.open(io.BytesIO(text.encode()), format=name) as file:
            packets = [packet for packet in file.demux() if packet.size]
            assert [float(packet.pts * packet.time_base) for packet in packets] == [0.5, 3 * 3600]


words = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=60)


@given(
    st.lists(
        st.tuples(
            st.lists(words, min_size=1, max_size=40), st.floats(0, 2), st.floats(0, 0.5), st.booleans()
        ),
        max_size=6,
    )
)
def test_cues_never_overlap_never_vanish_and_fit(
    tmp_path_factory: pytest.TempPathFactory, parts: list[tuple[list[str], float, float, bool]]
) -> None:
    now, segments = 0.0, []
    for texts, gap, step, joined in parts:
        now += gap
        timed = tuple(
            TimedWord(text, joined and number > 0, now + number * step, now + (number + 1) * step)
            for number, text in enumerate(texts)
        )
        segments.append(TimedSegment("c1s1", "", "v", False, timed))
        now += len(texts) * step
    vtt, srt = written(tmp_path_factory.mktemp("s"), segments)
    cues = parsed_srt(srt)
    assert all(start < end for start, end, _ in cues)
    assert all(before[1] <= after[0] for before, after in pairwise(cues))
    assert all(len(lines) <= 2 and columns(line) <= LINE_COLUMNS for _, _, lines in cues for line in lines)
    spoken = "".join(word.text for segment in segments for word in segment.words)
    shown = "".join(line for _, _, lines in cues for line in lines)
    assert re.sub(r"-->|→", "", shown).replace(" ", "") == re.sub(r"-->|→", "", spoken)
    assert [lines for _, lines in parsed_vtt(vtt)] == [lines for _, _, lines in cues]
