"""Shows and episodes for the tests of podcasts, some of them hostile."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import av
import numpy as np

from pipeline.publish.edition import publish
from pipeline.publish.podcast.addresses import media_type
from pipeline.publish.podcast.artwork import artwork_bytes, episode_picture
from pipeline.publish.podcast.chapters import chapters_bytes
from pipeline.publish.podcast.episode_tags import write_tagged
from pipeline.publish.podcast.feed import feed_bytes
from pipeline.publish.podcast.show import (
    ARTWORK,
    FEED,
    Episode,
    EpisodeChapter,
    EpisodeFile,
    Person,
    Show,
    Soundbite,
    Source,
)
from pipeline.publish.podcast.transcripts import podcast_transcript, srt_pieces, webvtt_pieces
from pipeline.publish.transcript import read_whole
from tests.publishing import chapter_files, clicks, encode_chapter, plan_of, segment, write_segments

KINDS = {".mp3": ".mp3", ".opus": ".opus", ".m4b": ".m4a"}
"""How an episode's file is called, by the edition's."""
CLICKS = [[0.5, 1.5], [0.25, 2.9]]
TITLES = ["Один", "Two; = # \\ & <b>"]
LENGTHS = [2.0, 3.3]

SHOW = Show(
    name="morning",
    guid="917393e3-1b1e-5cef-ace4-edaa54e1f810",
    title="Morning reading",
    author="Ann Author",
    language="en",
    description="What there is to read.",
    base_url="http://nas.local/morning/",
    category="Society & Culture > Documentary",
    persons=(Person("Nora", "narrator"),),
)
HOSTILE = (
    "<script>alert(1)</script>",
    "]]></title><item>",
    "a\x00b\x0bc\x1f\ufffe\uffffd",
    "&amp; &#0; &xxe; %26",
    "\udc80 lone",
    "'\"><!--",
    "<![CDATA[ x ]]>",
    "\u202eright to left",
)
"""Texts that break XML or HTML where they are not taken care of."""


def episode(number: int = 1, **changes: object) -> Episode:
    """An episode of two chapters and ten seconds; only its files' names are there."""
    stem = f"episode-{number}"
    values: dict[str, object] = {
        "guid": f"urn:uuid:00000000-0000-4000-8000-{number:012}",
        "number": number,
        "title": f"Bridges, part {number}",
        "stem": stem,
        "published": datetime(2026, 3, number, 7, 30, tzinfo=UTC),
        "duration": 10.0,
        "summary": "Why bridges stand. And why some do not.",
        "language": "en",
        "audio": EpisodeFile(f"{stem}.mp3", 4321, "audio/mpeg"),
        "sources": (
            Source(
                title="On bridges",
                link="https://example.org/bridges?a=1&b=2",
                authors=("Ann Author", "Bob Writer"),
                site="Example Weekly",
                published="2026-02-01",
                licence="CC BY 4.0",
            ),
        ),
        "chapters": (
            EpisodeChapter("Stone", 0.0, 4.5, "https://example.org/stone"),
            EpisodeChapter("Steel", 4.5, 10.0),
        ),
        "transcripts": tuple(
            EpisodeFile(f"{stem}{ending}", 10, media_type(ending)) for ending in (".vtt", ".srt", ".json")
        ),
        "chapters_file": EpisodeFile(f"{stem}.chapters.json", 99, "application/json+chapters"),
        "image": EpisodeFile(f"{stem}.jpg", 999, "image/jpeg"),
        "persons": (Person("Nora", "narrator"), Person("Ann Author", "author")),
        "soundbite": Soundbite(1.0, 2.5, "Why bridges stand."),
        "keywords": ("bridges", "stone"),
    }
    return Episode(**{**values, **changes})  # type: ignore[arg-type]


def made_edition(folder: Path) -> dict[str, Path]:
    """A book of two chapters, with a tone for each word, in the three formats; audio files by their suffixes."""
    made = []
    for index, (title, seconds, at) in enumerate(zip(TITLES, LENGTHS, CLICKS, strict=True)):
        encoded, paths = encode_chapter(folder / str(index), clicks(seconds, at), ("aac", "mp3", "opus"))
        spoken = [segment(f"word{number} again", second, 0.05) for number, second in enumerate(at)]
        segments = write_segments(folder / str(index) / "segments.json", spoken)
        made.append(chapter_files(encoded, paths, segments, index, title))
    out = publish(plan_of(made, ("m4b", "mp3", "opus")), folder / "out").folder
    return {path.suffix: path for path in out.iterdir() if path.suffix in KINDS}


def transcript_of(audio: Path) -> Path:
    """The transcript in the time of an edition's file; M4B is the main one."""
    return audio.with_name(audio.name.replace(".m4b", "") + ".transcript.json")


def of_edition(audio: Path, number: int = 7) -> Episode:
    """An episode with the chapters that the edition's file has."""
    book = json.loads(transcript_of(audio).read_text(encoding="utf-8"))
    chapters = tuple(
        EpisodeChapter(part["title"], part["start"], part["end"], f"https://example.org/{index}")
        for index, part in enumerate(book["chapters"])
    )
    return episode(number, chapters=chapters, duration=book["duration"], season=2)


def publish_episode(folder: Path, show: Show, audio: Path, made: Episode) -> Episode:
    """Write all files of an episode into a show's folder; the episode with them."""
    name = made.stem + KINDS[audio.suffix]
    _, said = read_whole(transcript_of(audio))
    pieces = {
        f"{made.stem}.json": podcast_transcript(said, "Nora"),
        f"{made.stem}.srt": b"".join(srt_pieces(said, "Nora")),
        f"{made.stem}.vtt": b"".join(webvtt_pieces(said, "Nora")),
        f"{made.stem}.jpg": episode_picture(show, made, None, folder / ARTWORK),
        f"{made.stem}.chapters.json": chapters_bytes(replace(made, audio=EpisodeFile(name, 0, "")), show),
    }
    for file, data in pieces.items():
        (folder / file).write_bytes(data)
    write_tagged(audio, folder / name, show, made, pieces[f"{made.stem}.jpg"])
    return replace(
        made,
        audio=file_of(folder / name),
        transcripts=tuple(file_of(folder / f"{made.stem}{ending}") for ending in (".vtt", ".srt", ".json")),
        chapters_file=file_of(folder / f"{made.stem}.chapters.json"),
        image=file_of(folder / f"{made.stem}.jpg"),
    )


def made_show(folder: Path, edition: dict[str, Path], show: Show = SHOW) -> tuple[Episode, ...]:
    """A whole show: an episode of each of the edition's files, artwork and feed."""
    folder.mkdir(parents=True)
    (folder / ARTWORK).write_bytes(artwork_bytes(show, None))
    made = tuple(
        publish_episode(folder, show, audio, of_edition(audio, number))
        for number, audio in enumerate(edition.values(), start=1)
    )
    (folder / FEED).write_bytes(feed_bytes(show, made))
    return made


def file_of(path: Path) -> EpisodeFile:
    """A file as the feed tells it."""
    return EpisodeFile(path.name, path.stat().st_size, media_type(path.name))


def ffmpeg_tags(path: Path) -> dict[str, str]:
    """What ffmpeg's libraries read, as Audiobookshelf does through them; Ogg has its tags with the stream."""
    with av.open(path) as file:
        found = {**file.metadata, **file.streams.audio[0].metadata}
    return {name.lower(): value for name, value in found.items()}


def ffmpeg_chapters(path: Path) -> Iterator[tuple[float, float, str]]:
    """Start and end (s) and title of each chapter, as ffmpeg's libraries read them."""
    with av.open(path) as file:
        for one in file.chapters():
            base = one["time_base"]
            yield float(one["start"] * base), float(one["end"] * base), one["metadata"].get("title", "")


def pitch_heard(pcm: np.ndarray, rate: int, voice: str, start: float, end: float) -> float:
    """The strongest pitch (Hz) between two times (s) among those that a voice of the tone engine has: another voice
    may sound at the same time."""
    burst = pcm[int((start + 0.01) * rate) : int((end - 0.01) * rate)]
    spectrum = np.abs(np.fft.rfft(burst * np.hanning(len(burst)), 1 << 16))
    low = 300.0 if voice == "a" else 1100.0
    first, last = (round(hertz / rate * (1 << 16)) for hertz in (low, low + 800.0))
    return float((first + np.argmax(spectrum[first:last])) * rate / (1 << 16))
