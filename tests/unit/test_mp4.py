"""The MP4 writer, read back by ffmpeg's libraries and by mutagen."""

from __future__ import annotations

import struct
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from mutagen.mp4 import MP4

from pipeline.errors import PublishError
from pipeline.publish import mp4_boxes
from pipeline.publish.adts import frame_sizes, read_config
from pipeline.publish.m4b import metadata_box
from pipeline.publish.mp4 import write_m4b
from pipeline.publish.sink import Sink
from pipeline.publish.tags import tags_of
from pipeline.publish.timeline import timeline
from tests.publishing import METADATA, RATE, clicks, decode, encode_chapter


@pytest.fixture(scope="module")
def encoded(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict, dict]:
    """One chapter of three seconds of noise, which takes all the bits it is given."""
    noise = np.random.default_rng(1).normal(0, 3000, 3 * RATE).astype(np.int16)
    return encode_chapter(tmp_path_factory.mktemp("aac"), noise)


def write(path: Path, encoded: tuple[dict, dict], count: int, title: str = "No") -> None:
    """An M4B of the same chapter several times over."""
    made = [replace(encoded[0]["aac"], index=index, title=f"{title} {index}") for index in range(count)]
    with Sink(path) as sink:
        write_m4b(
            sink,
            [encoded[1]["aac"]] * count,
            timeline(made),
            metadata_box(tags_of(METADATA, "v"), b"\xff\xd8"),
        )


def boxes_of(data: bytes, start: int = 0, end: int | None = None) -> list[tuple[bytes, int, int]]:
    """Kind, start and end of the boxes side by side."""
    found, end = [], len(data) if end is None else end
    while start < end:
        size, kind = struct.unpack_from(">I4s", data, start)
        if size == 1:
            size = struct.unpack_from(">Q", data, start + 8)[0]
        found.append((kind, start, start + size))
        start += size
    assert start == end
    return found


def test_moov_comes_before_the_audio_and_boxes_add_up(tmp_path: Path, encoded: tuple[dict, dict]) -> None:
    write(tmp_path / "a.m4b", encoded, 3)
    data = (tmp_path / "a.m4b").read_bytes()
    top = boxes_of(data)
    assert [kind for kind, _, _ in top] == [b"ftyp", b"moov", b"mdat"]
    inner = boxes_of(data, top[1][1] + 8, top[1][2])
    assert [kind for kind, _, _ in inner] == [b"mvhd", b"trak", b"trak", b"udta"]
    assert b"elst" not in data[: top[1][2]]
    assert b"stco" in data
    assert b"co64" not in data


def test_the_same_book_gives_the_same_bytes(tmp_path: Path, encoded: tuple[dict, dict]) -> None:
    write(tmp_path / "a.m4b", encoded, 2)
    write(tmp_path / "b.m4b", encoded, 2)
    assert (tmp_path / "a.m4b").read_bytes() == (tmp_path / "b.m4b").read_bytes()


def test_files_of_more_than_four_gigabytes(
    tmp_path: Path, encoded: tuple[dict, dict], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "small.m4b", encoded, 3)
    chapter_ticks = encoded[0]["aac"].frames * 1024
    # From here on 32 bits hold no more than one chapter.
    monkeypatch.setattr(mp4_boxes, "U32", chapter_ticks + 1)
    write(tmp_path / "large.m4b", encoded, 3)
    data = (tmp_path / "large.m4b").read_bytes()
    assert b"co64" in data
    assert b"stco" not in data
    _, start, _ = boxes_of(data)[2]
    assert data[start : start + 8] == struct.pack(">I4s", 1, b"mdat")
    small, large = (decode(tmp_path / f"{name}.m4b")[0] for name in ("small", "large"))
    assert np.array_equal(small, large)
    with av.open(tmp_path / "large.m4b") as file:
        assert file.streams.audio[0].duration == 3 * chapter_ticks
        assert [chapter["metadata"]["title"] for chapter in file.chapters()] == ["No 0", "No 1", "No 2"]
    assert MP4(tmp_path / "large.m4b").info.length == 3 * chapter_ticks / RATE


@pytest.mark.parametrize("title", ["x" * 5000, "漢字" * 300, "", " \x00\n ", "🎧 \ud800"])
def test_odd_titles(tmp_path: Path, encoded: tuple[dict, dict], title: str) -> None:
    write(tmp_path / "a.m4b", encoded, 2, title)
    with av.open(tmp_path / "a.m4b") as file:
        titles = [chapter["metadata"]["title"] for chapter in file.chapters()]
    assert len(titles) == 2
    assert all(0 < len(text) <= 200 and text.strip() == text for text in titles)
    assert len(MP4(tmp_path / "a.m4b").chapters) == 2


def test_seeking_lands_on_the_frame(tmp_path: Path, encoded: tuple[dict, dict]) -> None:
    write(tmp_path / "a.m4b", encoded, 20)
    whole, _ = decode(tmp_path / "a.m4b")
    with av.open(tmp_path / "a.m4b") as file:
        stream = file.streams.audio[0]
        file.seek(41 * RATE, stream=stream)
        frames = [frame for frame, _ in zip(file.decode(stream), range(4), strict=False)]
    after = frames[2]  # the first frame after a seek lacks its predecessor's half
    found = (after.to_ndarray()[0] * 32767).astype(np.int16)
    assert np.array_equal(found, whole[after.pts : after.pts + 1024])
    assert abs(after.pts - 41 * RATE) < 4096


def test_frames_are_found_across_the_blocks_of_a_read(
    tmp_path: Path, encoded: tuple[dict, dict], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = encoded[1]["aac"]
    with av.open(path) as file:
        expected = [packet.size for packet in file.demux(audio=0) if packet.size]
    for size in (64, 333, 1 << 20):
        monkeypatch.setattr("pipeline.publish.adts._BLOCK", size)
        sizes = [frame for block in frame_sizes(path) for frame in block]
        # ffmpeg's ADTS demuxer counts the seven bytes of the header.
        assert [frame + 7 for frame in sizes] == expected


def test_chapters_of_another_kind_are_refused(tmp_path: Path, encoded: tuple[dict, dict]) -> None:
    _, paths = encode_chapter(tmp_path / "other", clicks(1, [0.5], 24000), rate=24000)
    assert read_config(paths["aac"]).sample_rate == 24000
    line = timeline([encoded[0]["aac"]] * 2)
    with pytest.raises(PublishError, match="another kind"), Sink(tmp_path / "a.m4b") as sink:
        write_m4b(sink, [encoded[1]["aac"], paths["aac"]], line, b"")


def test_a_chapter_that_lost_frames_is_refused(tmp_path: Path, encoded: tuple[dict, dict]) -> None:
    data = encoded[1]["aac"].read_bytes()
    first = (data[3] & 3) << 11 | data[4] << 3 | data[5] >> 5
    (tmp_path / "short.aac").write_bytes(data[first:])
    line = timeline([encoded[0]["aac"]])
    with pytest.raises(PublishError, match="were announced"), Sink(tmp_path / "a.m4b") as sink:
        write_m4b(sink, [tmp_path / "short.aac"], line, b"")
