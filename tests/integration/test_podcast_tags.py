"""What other people's readers find in the audio files of episodes, and that the audio is the edition's."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import mutagen
import numpy as np
import pytest
from mutagen.id3 import ID3
from mutagen.mp4 import MP4
from mutagen.oggopus import OggOpus

from pipeline.errors import PublishError
from pipeline.publish.cover import draw_cover
from pipeline.publish.podcast.chapters import chapters_bytes
from pipeline.publish.podcast.episode_tags import write_tagged
from pipeline.publish.podcast.show import Episode
from tests.podcasting import (
    HOSTILE,
    KINDS,
    SHOW,
    TITLES,
    episode,
    ffmpeg_chapters,
    ffmpeg_tags,
    made_edition,
    of_edition,
)
from tests.publishing import decode, onsets, run_ffmpeg


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A book in the three formats, by their suffixes."""
    return made_edition(tmp_path_factory.mktemp("edition"))


@pytest.fixture(scope="module", params=KINDS)
def tagged(
    request: pytest.FixtureRequest, edition: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Path, Episode]:
    """The edition's file, the episode's, and the episode."""
    source = edition[request.param]
    made = of_edition(source)
    target = tmp_path_factory.mktemp("show") / f"episode-7{KINDS[request.param]}"
    write_tagged(source, target, SHOW, made, draw_cover("Morning", "Ann"))
    return source, target, made


def audio_hash(path: Path) -> bytes:
    """Of the encoded packets, not of what they decode to."""
    return run_ffmpeg("-i", str(path), "-map", "0:a", "-c", "copy", "-f", "hash", "-")


def test_the_audio_is_the_very_same(tagged: tuple[Path, Path, Episode]) -> None:
    source, target, _ = tagged
    assert audio_hash(source) == audio_hash(target)
    pcm, rate = decode(target)
    expected = [0.5, 1.5, 2.25, 4.9]
    assert np.allclose(onsets(pcm, rate), expected, atol=0.2)


def test_ffmpeg_reads_tags_and_chapters(tagged: tuple[Path, Path, Episode]) -> None:
    _, target, made = tagged
    values = ffmpeg_tags(target)
    assert values["title"] == made.title
    assert values["album"] == SHOW.title
    assert values["artist"] == SHOW.author
    assert values["track"].partition("/")[0] == "7"
    assert values["disc"].partition("/")[0] == "2"
    assert values["genre"] == "Podcast"
    assert values["date"].startswith("2026-03-07")
    assert values["comment"].startswith("Why bridges stand.")
    told = json.loads(chapters_bytes(made))["chapters"]
    assert len(told) == 2
    for (start, _, title), chapter in zip(ffmpeg_chapters(target), told, strict=True):
        assert start == pytest.approx(chapter["startTime"], abs=0.001)
        assert title == chapter["title"]


def test_mutagen_reads_a_picture_and_what_podcast_players_ask_for(
    tagged: tuple[Path, Path, Episode],
) -> None:
    _, target, made = tagged
    audio = mutagen.File(target)
    assert audio.info.length == pytest.approx(made.duration, abs=0.1)
    if isinstance(audio, MP4):
        tags = audio.tags
        assert (tags["pcst"], tags["stik"], tags["egid"][0]) == (True, [21], made.guid)
        assert tags["purl"] == ["http://nas.local/morning/feed.xml"]
        assert (tags["catg"], tags["keyw"]) == (["Documentary"], ["bridges, stone"])
        assert (bytes(tags["covr"][0][:2]), tags["trkn"]) == (b"\xff\xd8", [(7, 0)])
        assert "Example Weekly" in tags["ldes"][0]
        assert target.read_bytes()[4:12] == b"ftypM4A "
    elif isinstance(audio, OggOpus):
        assert (audio["podcastid"], audio["date"]) == ([made.guid], ["2026-03-07T07:30:00Z"])
        assert audio["chapter001url"] == ["https://example.org/1"]
        assert audio["metadata_block_picture"]
    else:
        tags = ID3(target, translate=False)
        assert tags.version == (2, 3, 0)
        assert (str(tags["TGID"]), str(tags["TLAN"]), str(tags["TDAT"])) == (made.guid, "eng", "0703")
        assert (tags["WFED"].url, tags["PCST"].value) == ("http://nas.local/morning/feed.xml", 0)
        assert tags["WOAS"].url == "https://example.org/bridges?a=1&b=2"
        assert tags.getall("APIC")[0].data[:2] == b"\xff\xd8"
        chapters = sorted(tags.getall("CHAP"), key=lambda frame: frame.start_time)
        assert [str(frame.sub_frames["TIT2"]) for frame in chapters] == TITLES
        assert chapters[1].sub_frames["WXXX:chapter url"].url == "https://example.org/1"
        assert [frame.start_time for frame in chapters] == [
            round(1000 * part["startTime"]) for part in json.loads(chapters_bytes(made))["chapters"]
        ]


def test_the_same_episode_gives_the_same_bytes(tagged: tuple[Path, Path, Episode], tmp_path: Path) -> None:
    source, target, made = tagged
    again = tmp_path / f"again{target.suffix}"
    again.write_bytes(b"left by somebody")
    write_tagged(source, again, SHOW, made, draw_cover("Morning", "Ann"))
    digests = [hashlib.sha256(path.read_bytes()).digest() for path in (target, again)]
    assert digests[0] == digests[1]


def test_an_episode_is_tagged_anew_without_a_trace_of_the_old_tags(
    tagged: tuple[Path, Path, Episode], tmp_path: Path
) -> None:
    _, target, made = tagged
    if target.suffix == ".mp3":  # an old tag at the end, as other programs leave it
        target = tmp_path / "with-id3v1.mp3"
        target.write_bytes(tagged[1].read_bytes() + b"TAG" + b"old".ljust(125, b"\0"))
    again = tmp_path / f"again{target.suffix}"
    write_tagged(target, again, SHOW, replace(made, title="Another title", soundbite=None), b"")
    assert audio_hash(tagged[1]) == audio_hash(again)
    assert b"Bridges, part 7" not in again.read_bytes().replace(b"\0", b"")
    assert ffmpeg_tags(again)["title"] == "Another title"


def test_hostile_texts_become_tags(edition: dict[str, Path], tmp_path: Path) -> None:
    text = " ".join(HOSTILE)
    made = episode(1, title=text, summary=text, keywords=HOSTILE, published=datetime(2026, 1, 1, tzinfo=UTC))
    for suffix, source in edition.items():
        target = tmp_path / f"hostile{KINDS[suffix]}"
        write_tagged(source, target, replace(SHOW, title=text, author=text), made, b"")
        assert "<script>alert(1)</script>" in str(mutagen.File(target).tags)


@pytest.mark.parametrize("suffix", [".mp3", ".opus", ".m4b", ".wav"])
def test_what_is_no_audio_is_refused_and_nothing_is_left(tmp_path: Path, suffix: str) -> None:
    source = tmp_path / f"damaged{suffix}"
    source.write_bytes(b"ID3\3\0\0\0\0\0\0 and then nothing that is audio")
    with pytest.raises(PublishError, match="damaged"):
        write_tagged(source, tmp_path / "target", SHOW, episode(), b"")
    assert not (tmp_path / "target").exists()
