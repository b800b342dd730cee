"""What other people's readers find in the published files."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import av
import mutagen
import pytest
from mutagen.mp4 import MP4

from pipeline.errors import PublishError
from pipeline.publish.edition import ChapterFiles, Edition, publish
from tests.publishing import (
    RATE,
    chapter_files,
    clicks,
    decode,
    encode_chapter,
    onsets,
    plan_of,
    run_ffmpeg,
    segment,
    write_segments,
)

TITLES = ["Один", "Zwei; = # \\ & <b>", "三"]
LENGTHS = [2.0, 3.31, 1.7]
CLICKS = [[0.5, 1.5], [0.25, 2.9], [1.0]]


@pytest.fixture(scope="module")
def chapters(tmp_path_factory: pytest.TempPathFactory) -> list[ChapterFiles]:
    """Three chapters with tones at known times; each tone is a word."""
    folder = tmp_path_factory.mktemp("chapters")
    made = []
    for index, (title, seconds, at) in enumerate(zip(TITLES, LENGTHS, CLICKS, strict=True)):
        encoded, paths = encode_chapter(folder / str(index), clicks(seconds, at), ("aac", "mp3", "opus"))
        spoken = [segment(f"word{number}", second, 0.05) for number, second in enumerate(at)]
        segments = write_segments(folder / str(index) / "segments.json", spoken)
        made.append(chapter_files(encoded, paths, segments, index, title))
    return made


@pytest.fixture(scope="module")
def edition(chapters: list[ChapterFiles], tmp_path_factory: pytest.TempPathFactory) -> Edition:
    """The book in all formats at once."""
    plan = plan_of(chapters, ("m4b", "mp3", "opus", "mp3-chapters"))
    plan = replace(plan, metadata=replace(plan.metadata, series="Brücken", series_part="2"))
    return publish(plan, tmp_path_factory.mktemp("out"))


def chapters_by_ffmpeg(path: Path) -> list[tuple[float, float, str]]:
    """Start, end in seconds and title of each chapter, as the ffmpeg program lists them."""
    text = run_ffmpeg("-i", str(path), "-f", "ffmetadata", "-").decode()
    found = []
    for part in text.split("[CHAPTER]\n")[1:]:
        values = dict(line.split("=", 1) for line in part.splitlines() if "=" in line)
        base = [int(number) for number in values["TIMEBASE"].split("/")]
        title = re.sub(r"\\(.)", r"\1", values["title"])
        start, end = (int(values[name]) * base[0] / base[1] for name in ("START", "END"))
        found.append((start, end, title))
    return found


def words_of(transcript: Path) -> list[dict[str, object]]:
    """All words of a transcript, in order."""
    book = json.loads(transcript.read_text(encoding="utf-8"))
    return [word for part in book["chapters"] for sentence in part["segments"] for word in sentence["words"]]


@pytest.mark.parametrize(
    ("name", "transcript", "tick"),
    [
        ("Die Brücke - Anfang.m4b", "Die Brücke - Anfang.transcript.json", 1 / RATE),
        ("Die Brücke - Anfang.mp3", "Die Brücke - Anfang.mp3.transcript.json", 1 / 1000),
        ("Die Brücke - Anfang.opus", "Die Brücke - Anfang.opus.transcript.json", 1 / 1000),
    ],
)
def test_words_are_heard_when_the_transcript_says(
    edition: Edition, name: str, transcript: str, tick: float
) -> None:
    pcm, rate = decode(edition.folder / name)
    heard = onsets(pcm, rate)
    words = words_of(edition.folder / transcript)
    assert len(heard) == len(words) == 5
    for second, word in zip(heard, words, strict=True):
        assert second == pytest.approx(word["start"], abs=0.002)

    marks = chapters_by_ffmpeg(edition.folder / name)
    book = json.loads((edition.folder / transcript).read_text(encoding="utf-8"))
    assert [title for _, _, title in marks] == TITLES == [part["title"] for part in book["chapters"]]
    for (start, end, _), part in zip(marks, book["chapters"], strict=True):
        assert start == pytest.approx(part["start"], abs=tick)
        # ffmpeg does not take the pre-skip off the length of an Opus file.
        assert end == pytest.approx(part["end"], abs=tick + (312 / 48000 if rate == 48000 else 0))
    assert book["duration"] == pytest.approx(len(pcm) / rate, abs=1e-4)


def test_chapter_files_played_in_order_are_what_the_transcript_times(edition: Edition) -> None:
    names = [path.name for path in edition.files if re.match(r"\d\d - ", path.name)]
    assert names == ["01 - Один.mp3", "02 - Zwei; = # - & (b).mp3", "03 - 三.mp3"]
    heard, before = [], 0.0
    for number, name in enumerate(names, start=1):
        pcm, rate = decode(edition.folder / name)
        heard += [before + second for second in onsets(pcm, rate)]
        before += len(pcm) / rate
        tags = mutagen.File(edition.folder / name, easy=True)
        assert tags["tracknumber"] == [f"{number}/3"]
        assert tags["title"] == [TITLES[number - 1]]
        assert tags["album"] == ["Die Brücke: Anfang"]
    words = words_of(edition.folder / "Die Brücke - Anfang.mp3-chapters.transcript.json")
    assert heard == pytest.approx([word["start"] for word in words], abs=0.002)


def test_m4b_decodes_to_every_frame_that_was_encoded(edition: Edition, chapters: list[ChapterFiles]) -> None:
    path = edition.folder / "Die Brücke - Anfang.m4b"
    frames = sum(chapter.encoded["aac"].frames for chapter in chapters)
    assert len(decode(path)[0]) == frames * 1024
    assert len(run_ffmpeg("-i", str(path), "-f", "s16le", "-")) == frames * 1024 * 2
    assert edition.duration == frames * 1024 / RATE
    with av.open(path) as file:
        stream = file.streams.audio[0]
        assert (stream.rate, stream.channels, stream.duration) == (RATE, 1, frames * 1024)
        assert stream.codec_context.name.startswith("aac")
        # Sample-exact: the mark of the third chapter is the first sample of its first frame.
        third = file.chapters()[2]
        assert third["start"] * third["time_base"].numerator * RATE / third["time_base"].denominator == sum(
            chapter.encoded["aac"].frames * 1024 for chapter in chapters[:2]
        )


def test_m4b_tags_as_mutagen_and_ffmpeg_read_them(edition: Edition) -> None:
    path = edition.folder / "Die Brücke - Anfang.m4b"
    tags = MP4(path)
    assert tags["\xa9alb"] == tags["\xa9nam"] == ["Die Brücke: Anfang"]
    assert tags["\xa9ART"] == tags["aART"] == ["Ann Author & Bob Writer"]
    assert tags["\xa9wrt"] == ["tone:one"]
    assert tags["\xa9day"] == ["1999"]
    assert tags["\xa9gen"] == ["Audiobook"]
    assert tags["stik"] == [2]
    assert bytes(tags["covr"][0]) == (edition.folder / "cover.jpg").read_bytes()
    assert [chapter.title for chapter in tags.chapters] == TITLES
    expected = {
        "SERIES": "Brücken",
        "SERIES-PART": "2",
        "SUBTITLE": "Ein Versuch",
        "ISBN": "9780000000002",
        "PUBLISHER": "Example House",
        "LANGUAGE": "de",
    }
    for name, value in expected.items():
        assert bytes(tags[f"----:com.apple.iTunes:{name}"][0]).decode() == value
    with av.open(path) as file:
        read = {name.upper(): value for name, value in file.metadata.items()}
        for name, value in {**expected, "COMPOSER": "tone:one", "DATE": "1999", "MEDIA_TYPE": "2"}.items():
            assert read[name] == value
        assert read["DESCRIPTION"] == "First line.\nSecond line."
        assert read["MAJOR_BRAND"] == "M4B "


def test_mp3_and_opus_tags(edition: Edition) -> None:
    mp3 = mutagen.File(edition.folder / "Die Brücke - Anfang.mp3").tags
    assert mp3.version == (2, 3, 0)
    # 2.4's TDRC is what mutagen makes of TYER when it loads a tag.
    assert [str(mp3[key]) for key in ("TALB", "TPE1", "TCOM", "TCON", "TDRC", "TXXX:SERIES")] == [
        "Die Brücke: Anfang",
        "Ann Author & Bob Writer",
        "tone:one",
        "Audiobook",
        "1999",
        "Brücken",
    ]
    assert mp3["CTOC:toc"].child_element_ids == ["chp0", "chp1", "chp2"]
    assert mp3.getall("APIC")[0].data == (edition.folder / "cover.jpg").read_bytes()
    opus = mutagen.File(edition.folder / "Die Brücke - Anfang.opus")
    assert opus["album"] == ["Die Brücke: Anfang"]
    assert opus["composer"] == ["tone:one"]
    assert opus["series-part"] == ["2"]
    assert opus["chapter000"] == ["00:00:00.000"]
    assert "metadata_block_picture" in opus
    pcm, rate = decode(edition.folder / "Die Brücke - Anfang.opus")
    assert opus.info.length == pytest.approx(len(pcm) / rate, abs=1e-6)


def test_the_cover_is_seen_as_a_picture(edition: Edition) -> None:
    for suffix in ("m4b", "mp3", "opus"):
        with av.open(edition.folder / f"Die Brücke - Anfang.{suffix}") as file:
            assert [stream.codec_context.name for stream in file.streams.video] == ["mjpeg"]


@pytest.mark.parametrize("count", [255, 256, 300, 400])
@pytest.mark.parametrize("suffix", ["m4b", "mp3", "opus"])
def test_hundreds_of_chapters_are_all_there(
    chapters: list[ChapterFiles], tmp_path: Path, count: int, suffix: str
) -> None:
    many = [
        chapter_files(
            dict(chapters[2].encoded), dict(chapters[2].paths), chapters[2].segments, index, f"No {index}"
        )
        for index in range(count)
    ]
    edition = publish(plan_of(many, (suffix,)), tmp_path)
    marks = chapters_by_ffmpeg(edition.files[0])
    assert [title for _, _, title in marks] == [f"No {index}" for index in range(count)]
    assert marks[-1][0] == pytest.approx(edition.duration * (count - 1) / count, abs=0.002 + 312 / 48000)


@pytest.mark.parametrize("codec", ["aac", "mp3", "opus"])
@pytest.mark.parametrize("damage", ["cut", "empty", "noise", "missing"])
def test_a_damaged_chapter_is_refused_and_leaves_nothing(
    chapters: list[ChapterFiles], tmp_path: Path, codec: str, damage: str
) -> None:
    good = chapters[1].paths[codec].read_bytes()
    bad = tmp_path / "bad"
    if damage != "missing":
        bad.write_bytes(
            {"cut": good[: len(good) // 2], "empty": b"", "noise": bytes(range(256)) * 99}[damage]
        )
    broken = replace(chapters[1], paths={**chapters[1].paths, codec: bad})
    out = tmp_path / "out"
    with pytest.raises(PublishError, match=r"bad"):
        publish(plan_of([chapters[0], broken], ({"aac": "m4b"}.get(codec, codec),)), out)
    assert not list(out.glob("**/*"))
