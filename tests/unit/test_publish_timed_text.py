"""Timed text, as other programs parse it."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

import av
import pysubs2
import pytest
import ttconv.imsc.reader
import webvtt
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from ttconv.isd import ISD
from ttconv.model import ContentElement, Span, Text
from ttconv.style_properties import NamedColors, StyleProperties

from pipeline.publish.cues import LINE_COLUMNS, columns
from pipeline.publish.sink import Sink
from pipeline.publish.timed_text import TimedChapter, TimedHead, write, writers
from pipeline.publish.transcript import TimedSegment, TimedWord

HEAD = TimedHead("A Book: [first] <part> & more", "en", ("Ann Author", "Bob Writer"), 3725.5)
CHINESE = "学而时习之，不亦说乎？有朋自远方来，不亦乐乎？人不知而不愠，不亦君子乎？"
ARABIC = "كان يا ما كان في قديم الزمان ملك عادل"
NASTY = 'a <b>bold</b> & 5 > 3 --> "end" <00:00:09.000> [00:01.00] {\\an8} ]]> fin'


def sentence(
    text: str, start: float, step: float, *, joined: bool = False, doubtful: Sequence[int] = ()
) -> TimedSegment:
    """Words, or characters, one every ``step`` seconds."""
    parts = list(text) if joined else text.split()
    words = tuple(
        TimedWord(
            part,
            joined and number > 0,
            round(start + number * step, 4),
            round(start + (number + 0.8) * step, 4),
            number in doubtful,
        )
        for number, part in enumerate(parts)
    )
    return TimedSegment("", text, "v", bool(doubtful), words)


def chapter_of(
    segments: Sequence[TimedSegment], audio: str, number: int = 1, start: float = 0.0
) -> TimedChapter:
    """A chapter whose sentences are numbered."""
    numbered = [replace(segment, id=f"c{number}s{at}") for at, segment in enumerate(segments, start=1)]
    return TimedChapter("One & only", start, start + 3725.5, numbered, audio, start)


def written(tmp_path: Path, name: str, segments: Sequence[TimedSegment], head: TimedHead = HEAD) -> str:
    """Timed text of one chapter."""
    path = tmp_path / f"book.{name}"
    path.unlink(missing_ok=True)
    with Sink(path) as sink:
        write(name, sink, head, [chapter_of(segments, "Book.m4b")])
    return path.read_text(encoding="utf-8")


def words_of(segments: Sequence[TimedSegment]) -> list[TimedWord]:
    """All words."""
    return [word for segment in segments for word in segment.words]


BOOKS = {
    "words": [
        sentence("It was a dark night.", 0.5, 0.31),
        sentence("Nobody came, and nobody was expected to come before the morning did.", 2.2, 0.2137),
        sentence("Three hours later it was over.", 3 * 3600 + 0.1234, 0.25),
    ],
    "no spaces": [sentence(CHINESE, 1.0, 0.21, joined=True)],
    "right to left": [sentence(ARABIC, 1.0, 0.4)],
    "in doubt": [sentence("One word of these is in doubt.", 1.0, 0.3, doubtful=[1, 6])],
    "markup": [sentence(NASTY, 1.0, 0.3)],
    "an address": [sentence("See http://example.org/" + "a" * 90 + " for more.", 1.0, 1.2)],
}


@pytest.fixture(params=BOOKS.values(), ids=BOOKS.keys())
def segments(request: pytest.FixtureRequest) -> list[TimedSegment]:
    """A chapter."""
    return request.param  # type: ignore[no-any-return]


# -- readers ------------------------------------------------------------------------------------------


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


def vtt_words(caption: Any) -> Iterator[tuple[float, str]]:
    """Pieces of a cue with the times at which they begin, by the rules of W3C's specification."""
    latest, end = caption.start_in_seconds, caption.end_in_seconds
    latest += caption.start_time.milliseconds / 1000
    end += caption.end_time.milliseconds / 1000
    first = True
    for stamp, text in re.findall(
        r"(?:^|<(\d\d+:\d\d:\d\d\.\d{3})>)([^<]*(?:<(?!\d)[^<]*)*)", caption.raw_text
    ):
        if stamp:
            hours, minutes, seconds = stamp.split(":")
            at = int(hours) * 3600 + int(minutes) * 60 + float(seconds)
            assert latest < at < end, "a time stands between the one before and the end of its cue"
            latest = at
        elif not first:
            continue
        first = False
        yield latest, html.unescape(re.sub(r"</?c[^>]*>", "", text))


def lit(root: ContentElement, at: float) -> list[str]:
    """Words that a TTML player shows in the colour of the word that is heard."""
    shown = ISD.from_model(root, Fraction(round(at * 10000), 10000))
    found = []
    for region in shown.iter_regions() if shown else ():
        for element in region.dfs_iterator():
            if isinstance(element, Span) and element.get_style(StyleProperties.Color) == (
                NamedColors.white.value
            ):
                continue
            if isinstance(element, Span):
                found.append("".join(part.get_text() for part in element if isinstance(part, Text)))
    return [text for text in found if text.strip()]


# -- every format -------------------------------------------------------------------------------------


def test_webvtt_has_the_time_of_every_word(tmp_path: Path, segments: list[TimedSegment]) -> None:
    text = written(tmp_path, "vtt", segments)
    captions = webvtt.from_string(text).captions
    heard = [piece for caption in captions for piece in vtt_words(caption)]
    words = words_of(segments)
    shown = "".join(said for _, said in heard)
    assert re.sub(r"\s", "", shown) == "".join(word.text for word in words)
    times = [at for at, _ in heard]
    assert all(any(abs(word.start - at) <= 0.0006 for at in times) for word in words)
    assert len(heard) >= len(words)
    assert all(before <= after for before, after in pairwise(times))


def test_webvtt_marks_words_in_doubt(tmp_path: Path) -> None:
    (caption,) = webvtt.from_string(written(tmp_path, "vtt", BOOKS["in doubt"])).captions
    assert re.findall(r"<c\.doubt>(.*?)</c>", caption.raw_text) == ["word", "doubt."]
    assert caption.text.split() == "One word of these is in doubt.".split()


def test_subrip_shows_every_word_while_it_is_spoken(tmp_path: Path, segments: list[TimedSegment]) -> None:
    text = written(tmp_path, "srt", segments)
    cues = parsed_srt(text)
    shown = "".join("".join(lines) for _, _, lines in cues).replace(" ", "")
    assert shown == "".join(word.text for word in words_of(segments)).replace("-->", "→")
    theirs = pysubs2.SSAFile.from_string(text, format_="srt", keep_unknown_html_tags=True)
    assert [(event.start, event.end) for event in theirs] == [
        (round(start * 1000), round(end * 1000)) for start, end, _ in cues
    ]
    starts = [start for start, _, _ in cues]
    for segment in segments:
        assert any(abs(segment.start - start) <= 0.0006 for start in starts)


def test_lrc_has_the_time_of_every_line_and_word(tmp_path: Path, segments: list[TimedSegment]) -> None:
    text = written(tmp_path, "lrc", segments)
    words = words_of(segments)
    lines = []
    with av.open(io.BytesIO(text.encode()), format="lrc") as file:
        tags = {name.lower(): value for name, value in file.metadata.items()}
        for packet in file.demux():
            if packet.size and (line := bytes(packet).decode().strip()):
                lines.append((float(packet.pts * packet.time_base), line))
    assert tags["title"] == "A Book: (first) <part> & more"
    assert tags["artist"] == "Ann Author & Bob Writer"
    found: list[tuple[float, str]] = []
    for start, line in lines:
        stamps = re.findall(r"<(\d\d+):(\d\d)\.(\d\d)>([^<]*)", line)
        timed = [(int(m) * 60 + int(s) + int(f) / 100, said) for m, s, f, said in stamps]
        assert timed[0][0] == pytest.approx(start)
        assert timed[-1][1] == ""  # the end of the last word
        found += timed[:-1]
    if len(found) == len(words):  # an address is cut into pieces
        assert [at for at, _ in found] == pytest.approx([word.start for word in words], abs=0.0051)
    said = "".join(text for _, text in found).replace(" ", "")
    plain = str.maketrans("[]<>", "()‹›")
    assert said == "".join(word.text for word in words).translate(plain)


def test_ttml_lights_each_word_while_it_is_heard(tmp_path: Path, segments: list[TimedSegment]) -> None:
    text = written(tmp_path, "ttml", segments)
    model = ttconv.imsc.reader.to_model(ElementTree.ElementTree(ElementTree.fromstring(text)))
    assert model.get_lang() == "en"
    for word in words_of(segments):
        if columns(word.text) <= LINE_COLUMNS and word.end - word.start > 0.01:
            assert lit(model, word.start + 0.001) == [word.text]
            assert lit(model, word.end + 0.001) == []


def test_ttml_is_written_from_right_to_left_where_the_language_is(tmp_path: Path) -> None:
    head = TimedHead("كتاب", "ar")
    root = etree.fromstring(written(tmp_path, "ttml", BOOKS["right to left"], head).encode())
    assert root.get("{http://www.w3.org/XML/1998/namespace}lang") == "ar"
    assert root.find("{*}body").get("{http://www.w3.org/ns/ttml#styling}direction") == "rtl"


def test_smil_names_each_word_and_its_clip(tmp_path: Path, segments: list[TimedSegment]) -> None:
    words = words_of(segments)
    for text in ("Book.xhtml", ""):
        head = TimedHead("Book", "en", text=text)
        root = etree.fromstring(written(tmp_path, "smil", segments, head).encode())
        pars = root.findall(".//{*}par")
        clips = [par.find("{*}audio") for par in pars]
        assert {clip.get("src") for clip in clips} == {"Book.m4b"}
        begins = [float(clip.get("clipBegin").removesuffix("s")) for clip in clips]
        ends = [float(clip.get("clipEnd").removesuffix("s")) for clip in clips]
        assert begins == pytest.approx([word.start for word in words], abs=0.0006)
        assert ends == pytest.approx([word.end for word in words], abs=0.0006)
        sources = [par.find("{*}text").get("src") for par in pars]
        if text:
            assert sources[:2] == ["Book.xhtml#c1s1w1", "Book.xhtml#c1s1w2"]
        else:
            assert [unquote(source.partition(",")[2]) for source in sources] == [w.text for w in words]


def test_smil_counts_in_the_time_of_each_file(tmp_path: Path) -> None:
    path = tmp_path / "book.smil"
    with Sink(path) as sink:
        chapters = [
            chapter_of([sentence("Hello there.", 1.0, 0.5)], "1.mp3"),
            chapter_of([sentence("Good bye.", 61.25, 0.5)], "2.mp3", 2, 60.0),
        ]
        write("smil", sink, HEAD, chapters)
    clips = etree.parse(path).findall(".//{*}audio")
    assert [(clip.get("src"), clip.get("clipBegin")) for clip in clips] == [
        ("1.mp3", "1.000s"), ("1.mp3", "1.500s"), ("2.mp3", "1.250s"), ("2.mp3", "1.750s"),
    ]  # fmt: skip


@pytest.mark.parametrize("name", writers())
def test_no_sentences_and_what_xml_cannot_say(tmp_path: Path, name: str) -> None:
    empty = written(tmp_path, name, [])
    odd = written(tmp_path, name, [sentence("a\x00b \ud800c \x1bd \x0be", 0.0, 0.5)])
    if name in ("ttml", "smil"):
        etree.fromstring(empty.encode())
        etree.fromstring(odd.encode())
    elif name != "lrc":
        assert empty == {"vtt": "WEBVTT\n", "srt": ""}[name]


# -- cues ---------------------------------------------------------------------------------------------


def test_a_long_sentence_is_shown_in_parts_while_they_are_spoken(tmp_path: Path) -> None:
    text = (
        "It was a long sentence, one that went on and on, past every line that a player could show at a time,"
        " and further still, until at last, with everybody tired of it, it came to its end."
    )
    cues = parsed_srt(written(tmp_path, "srt", [sentence(text, 10, 0.4)]))
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
    text = CHINESE * 3
    cues = parsed_srt(written(tmp_path, "srt", [sentence(text, 0, 0.2, joined=True)]))
    assert "".join("".join(lines) for _, _, lines in cues) == text
    assert max(len(line) for _, _, lines in cues for line in lines) <= LINE_COLUMNS // 2


def test_ffmpeg_reads_both_kinds_of_subtitles(tmp_path: Path) -> None:
    segments = [sentence("One & two", 0.5, 0.5), sentence("three hours later", 3 * 3600, 0.5)]
    for name, kind in (("vtt", "webvtt"), ("srt", "srt")):
        with av.open(io.BytesIO(written(tmp_path, name, segments).encode()), format=kind) as file:
            packets = [packet for packet in file.demux() if packet.size]
            assert [float(packet.pts * packet.time_base) for packet in packets] == [0.5, 3 * 3600]


texts = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=60)


@given(
    st.lists(
        st.tuples(
            st.lists(texts, min_size=1, max_size=40), st.floats(0, 2), st.floats(0, 0.5), st.booleans()
        ),
        max_size=6,
    )
)
def test_cues_never_overlap_never_vanish_and_fit(
    tmp_path_factory: pytest.TempPathFactory, parts: list[tuple[list[str], float, float, bool]]
) -> None:
    now, segments = 0.0, []
    for given_texts, gap, step, joined in parts:
        now += gap
        timed = tuple(
            TimedWord(text, joined and number > 0, now + number * step, now + (number + 1) * step)
            for number, text in enumerate(given_texts)
        )
        segments.append(TimedSegment("", "", "v", False, timed))
        now += len(given_texts) * step
    folder = tmp_path_factory.mktemp("s")
    cues = parsed_srt(written(folder, "srt", segments))
    assert all(start < end for start, end, _ in cues)
    assert all(before[1] <= after[0] for before, after in pairwise(cues))
    assert all(len(lines) <= 2 and columns(line) <= LINE_COLUMNS for _, _, lines in cues for line in lines)
    spoken = "".join(word.text for word in words_of(segments))
    shown = "".join(line for _, _, lines in cues for line in lines)
    assert re.sub(r"-->|→", "", shown).replace(" ", "") == re.sub(r"-->|→", "", spoken)
    captions = webvtt.from_string(written(folder, "vtt", segments)).captions
    heard = [piece for caption in captions for piece in vtt_words(caption)]
    assert re.sub(r"\s", "", "".join(said for _, said in heard)) == re.sub(r"\s", "", spoken)
    etree.fromstring(written(folder, "ttml", segments).encode())
    etree.fromstring(written(folder, "smil", segments).encode())


def overlapping() -> list[TimedSegment]:
    """Anna speaks, Boris reacts while she does, and then breaks in before she has ended."""
    anna = [sentence("one two three", 0.0, 1.0), sentence("four five six", 3.0, 1.0)]
    boris = [sentence("Mm", 2.1, 0.3), sentence("but no", 5.4, 1.0)]
    order = [
        *(replace(one, speaker="Anna") for one in anna),
        *(replace(one, speaker="Boris") for one in boris),
    ]
    return [*order, replace(sentence("well", 8.0, 0.5), speaker="Anna")]


def test_subtitles_of_two_who_speak_at_once_overlap_in_the_order_in_which_they_begin(tmp_path: Path) -> None:
    segments = overlapping()
    wanted = sorted((round(one.start, 3), round(one.end, 3), one.text) for one in segments)
    cues = parsed_srt(written(tmp_path, "srt", segments))
    assert [(start, " ".join(lines)) for start, _, lines in cues] == [(at, text) for at, _, text in wanted]
    assert all(end >= said for (_, end, _), (_, said, _) in zip(cues, wanted, strict=True))
    captions = webvtt.from_string(written(tmp_path, "vtt", segments)).captions
    assert [one.voice for one in captions] == ["Anna", "Boris", "Anna", "Boris", "Anna"]
    heard = [[at for at, _ in vtt_words(caption)] for caption in captions]
    assert heard == [[0.0, 1.0, 2.0], [2.1], [3.0, 4.0, 5.0], [5.4, 6.4], [8.0]]


@pytest.mark.parametrize("name", ["lrc", "smil", "ttml"])
def test_formats_that_know_one_place_at_a_time_show_one_after_the_other(tmp_path: Path, name: str) -> None:
    text = written(tmp_path, name, overlapping())
    if name == "lrc":
        times = [int(m) * 60 + float(s) for m, s in re.findall(r"<(\d\d):(\d\d\.\d\d)>", text)]
        assert times == sorted(times)
        assert text.count("but") == text.count("Mm") == 1
    elif name == "ttml":
        begins = re.findall(r'<p begin="([^"]+)" end="([^"]+)"', text)
        assert all(one[1] <= two[0] for one, two in pairwise(begins))
    else:
        clips = [
            (float(begin), float(end))
            for begin, end in re.findall(r'clipBegin="([\d.]+)s" clipEnd="([\d.]+)s"', text)
        ]
        assert all(one[1] <= two[0] for one, two in pairwise(clips))
        assert clips[6] == (5.8, 6.2)  # what is left of "but"
