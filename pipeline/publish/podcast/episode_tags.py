"""An edition's audio file as an episode: the same audio, with the tags that podcast players read.

What is encoded is copied in blocks, byte for byte; only what stands around it is written anew. MP3 and Opus get their
chapters from the episode, M4A keeps those that the edition's M4B has.
"""

# mypy: disable-error-code="no-untyped-call"
# (mutagen has type hints for a part of its functions)

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from mutagen import MutagenError, id3, mp4

from pipeline.errors import PublishError
from pipeline.ingest.language_facts import THREE_LETTERS
from pipeline.publish import ogg, opus
from pipeline.publish.id3 import chapter_frames, tag_bytes
from pipeline.publish.markup import web_address
from pipeline.publish.names import UNKNOWN_AUTHOR, people
from pipeline.publish.podcast.addresses import address
from pipeline.publish.podcast.categories import parse_category
from pipeline.publish.podcast.chapters import TimedChapter, timed_chapters
from pipeline.publish.podcast.feed import published
from pipeline.publish.podcast.namespace import plain
from pipeline.publish.podcast.notes import notes_text
from pipeline.publish.podcast.show import FEED, Episode, Show
from pipeline.publish.tags import TOOL
from pipeline.publish.timeline import Mark

GENRE = "Podcast"
_BLOCK = 1 << 20
_UTF16, _LATIN = 1, 0
_FRONT_COVER = 3
_MILLISECONDS = 1000
_ID3_HEADER, _ID3V1 = 10, 128
_FOOTER = 0x10
_PODCAST = 21
"""The media kind of ``stik``."""
_SHORT_DESCRIPTION = 255


@dataclass(frozen=True, slots=True)
class _Said:
    """What the tags of every format say."""

    title: str
    show: str
    author: str
    narrators: str
    description: str
    summary: str
    category: str
    keywords: str
    guid: str
    feed: str
    """The feed's address; empty while there is none."""
    source: str
    """Address of what the episode was made from, where that is one."""
    provenance: str


def write_tagged(source_audio: Path, target: Path, show: Show, episode: Episode, cover: bytes) -> None:
    """Write the audio of ``source_audio`` with the episode's tags and ``cover`` (JPEG) to ``target``.

    ``source_audio`` is MP3, Ogg Opus, or M4B or M4A, told by its suffix; ``target`` is made anew, whatever was
    there before, and it is up to the caller to have it on the disk. Raises ``PublishError`` when the audio is damaged
    or of another kind; nothing is left at ``target`` then.
    """
    write = _WRITERS.get(source_audio.suffix.lower())
    if write is None:
        known = ", ".join(suffix[1:].upper() for suffix in _WRITERS)
        raise PublishError(f"{source_audio.name} cannot be an episode: make it as one of {known}.")
    target.unlink(missing_ok=True)
    try:
        write(source_audio, target, show, episode, cover)
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def _said(show: Show, episode: Episode) -> _Said:
    main, sub = parse_category(show.category)
    narrators = people([plain(person.name) for person in (episode.persons or show.persons)])
    return _Said(
        title=plain(episode.title) or f"Episode {episode.number}",
        show=plain(show.title) or show.name,
        author=plain(show.author) or UNKNOWN_AUTHOR,
        narrators=narrators,
        description=notes_text(show, episode),
        summary=plain(episode.summary),
        category=sub or main,
        keywords=", ".join(word for given in episode.keywords if (word := plain(given))),
        guid=plain(episode.guid),
        feed=address(show, FEED) if show.base_url.strip() else "",
        source=next((link for source in episode.sources if (link := web_address(source.link))), ""),
        provenance=plain(episode.provenance),
    )


# -- MP3 -------------------------------------------------------------------------------------------------


def _write_mp3(source: Path, target: Path, show: Show, episode: Episode, cover: bytes) -> None:
    with source.open("rb") as file, target.open("xb", buffering=_BLOCK) as out:
        start, end = _mp3_bounds(file, source)
        out.write(tag_bytes(_id3_frames(show, episode, cover)))
        for block in _blocks(file, start, end):
            out.write(block)


def _id3_frames(show: Show, episode: Episode, cover: bytes) -> list[id3.Frame]:
    """ID3v2.3, with the frames that Apple added for podcasts (PCST, TGID, WFED, TDES, TCAT, TKWD)."""
    said, moment = _said(show, episode), published(episode)
    texts = [
        (id3.TIT2, said.title),
        (id3.TALB, said.show),
        (id3.TPE1, said.author),
        (id3.TPE2, said.author),
        (id3.TCOM, said.narrators),
        (id3.TCON, GENRE),
        (id3.TRCK, str(episode.number)),
        (id3.TPOS, str(episode.season or "")),
        (id3.TYER, f"{moment:%Y}"),
        (id3.TDAT, f"{moment:%d%m}"),
        (id3.TIME, f"{moment:%H%M}"),
        (id3.TLAN, three_letters(episode.language or show.language)),
        (id3.TLEN, str(round(episode.duration * 1000))),
        (id3.TCOP, plain(show.copyright)),
        (id3.TSSE, TOOL),
        (id3.TGID, said.guid),
        (id3.TDES, said.description),
        (id3.TCAT, said.category),
        (id3.TKWD, said.keywords),
    ]
    frames: list[id3.Frame] = [kind(encoding=_UTF16, text=[text]) for kind, text in texts if text]
    if said.description:
        frames.append(id3.COMM(encoding=_UTF16, lang="und", desc="", text=[said.description]))
    if said.provenance:
        frames.append(id3.TXXX(encoding=_UTF16, desc="SYNTHETIC-SPEECH", text=[said.provenance]))
    frames.append(id3.PCST(value=0))
    if said.feed:
        frames.append(id3.WFED(url=said.feed))
    if said.source:
        frames.append(id3.WOAS(url=said.source))
    chapters = timed_chapters(episode)
    if chapters:
        frames += chapter_frames(_marks(chapters), _MILLISECONDS, [chapter.link for chapter in chapters])
    if cover:
        frames.append(id3.APIC(encoding=_LATIN, mime="image/jpeg", type=_FRONT_COVER, desc="", data=cover))
    return frames


def _marks(chapters: tuple[TimedChapter, ...]) -> list[Mark]:
    return [
        Mark(index, chapter.title, chapter.start, chapter.end, chapter.start, _MILLISECONDS)
        for index, chapter in enumerate(chapters)
    ]


def _mp3_bounds(file: BinaryIO, path: Path) -> tuple[int, int]:
    """First and last byte of the frames, between the tags that are there already (ID3v2.4 structure, 3.1)."""
    end = path.stat().st_size
    start = 0
    while (head := _read(file, start, _ID3_HEADER))[:3] == b"ID3" and len(head) == _ID3_HEADER:
        size = head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]
        start += _ID3_HEADER + size + (_ID3_HEADER if head[5] & _FOOTER else 0)
    if end - start >= _ID3V1 and _read(file, end - _ID3V1, 3) == b"TAG":
        end -= _ID3V1
    while start < end and not _read(file, start, 1).strip(b"\0"):  # what is left of padding
        start += 1
    head = _read(file, start, 2)
    if len(head) < 2 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:
        raise PublishError(f"{path.name} has no MP3 frames where they should begin: make it again.")
    return start, end


@lru_cache(maxsize=256)
def three_letters(language: str) -> str:
    """The language's code of ISO 639-2, as ID3 wants it; ``und`` where it is not known."""
    first = language.lower().replace("_", "-").partition("-")[0]
    if len(first) == 3 and first.isascii() and first.isalpha():
        return first
    return next((three for three, two in THREE_LETTERS.items() if two == first), "und")


# -- Opus ------------------------------------------------------------------------------------------------


def _write_opus(source: Path, target: Path, show: Show, episode: Episode, cover: bytes) -> None:
    with source.open("rb") as file, target.open("xb", buffering=_BLOCK) as out:
        for sequence, page in enumerate(_opus_pages(file, source, show, episode, cover)):
            out.write(page.encode(opus.SERIAL, sequence))


def _opus_pages(
    file: BinaryIO, source: Path, show: Show, episode: Episode, cover: bytes
) -> Iterator[ogg.Page]:
    head, audio = opus.open_stream(file, source)
    said = _said(show, episode)
    comments = [
        ("TITLE", said.title),
        ("ALBUM", said.show),
        ("ARTIST", said.author),
        ("ALBUMARTIST", said.author),
        ("COMPOSER", said.narrators),
        ("GENRE", GENRE),
        ("TRACKNUMBER", str(episode.number)),
        ("DISCNUMBER", str(episode.season or "")),
        ("DATE", f"{published(episode):%Y-%m-%dT%H:%M:%SZ}"),
        ("LANGUAGE", three_letters(episode.language or show.language)),
        ("DESCRIPTION", said.description),
        ("COMMENT", said.description),
        ("COPYRIGHT", plain(show.copyright)),
        ("PODCAST", "1"),
        ("PODCASTID", said.guid),
        ("PODCASTURL", said.feed),
        ("PODCASTCATEGORY", said.category),
        ("PODCASTKEYWORDS", said.keywords),
        ("CONTACT", said.source),
        ("SYNTHETIC-SPEECH", said.provenance),
    ]
    for index, chapter in enumerate(timed_chapters(episode)):
        comments += opus.chapter_comments(index, chapter.start / 1000, chapter.title, chapter.link)
    yield from ogg.pages_of(head, ogg.FIRST, 0)
    yield from ogg.pages_of(opus.comment_header(comments, cover), 0, 0)
    yield from audio


# -- M4A -------------------------------------------------------------------------------------------------


def _write_m4a(source: Path, target: Path, show: Show, episode: Episode, cover: bytes) -> None:
    said = _said(show, episode)
    with source.open("rb") as file, target.open("xb") as out:
        shutil.copyfileobj(file, out, _BLOCK)
    try:
        audio = mp4.MP4(target)
    except (MutagenError, ValueError) as error:
        raise PublishError(f"{source.name} is not an MP4 file that can be read: make it again.") from error
    atoms: dict[str, object] = {
        "\xa9nam": [said.title],
        "\xa9alb": [said.show],
        "\xa9ART": [said.author],
        "aART": [said.author],
        "\xa9wrt": [said.narrators],
        "\xa9gen": [GENRE],
        "\xa9day": [f"{published(episode):%Y-%m-%dT%H:%M:%SZ}"],
        "\xa9cmt": [said.description],
        "\xa9too": [TOOL],
        "cprt": [plain(show.copyright)],
        "desc": [said.summary[:_SHORT_DESCRIPTION]],
        "ldes": [said.description],
        "catg": [said.category],
        "keyw": [said.keywords],
        "purl": [said.feed],
        "egid": [said.guid],
        "----:com.apple.iTunes:LANGUAGE": [three_letters(episode.language or show.language).encode()],
        "----:com.apple.iTunes:SYNTHETIC-SPEECH": [said.provenance.encode()],
    }
    tags = mp4.MP4Tags()
    for name, value in atoms.items():
        if value != [""] and value != [b""]:
            tags[name] = value
    tags["trkn"] = [(episode.number, 0)]
    if episode.season:
        tags["disk"] = [(episode.season, 0)]
    tags["pcst"] = True
    tags["stik"] = [_PODCAST]
    if cover:
        tags["covr"] = [mp4.MP4Cover(cover, mp4.MP4Cover.FORMAT_JPEG)]
    audio.tags = tags  # type: ignore[assignment]
    # mutagen moves the content in blocks and corrects the tables that point to it; chapters stay as they are.
    audio.save(padding=lambda _: 0)
    _name_as_audio(target)


def _name_as_audio(target: Path) -> None:
    """Say M4A where the edition said audiobook: players treat those otherwise."""
    with target.open("r+b") as out:
        if _read(out, 4, 8) == b"ftypM4B ":
            out.seek(8)
            out.write(b"M4A ")


# -- bytes -----------------------------------------------------------------------------------------------


def _read(file: BinaryIO, at: int, size: int) -> bytes:
    file.seek(at)
    return file.read(size)


def _blocks(file: BinaryIO, start: int, end: int) -> Iterator[bytes]:
    file.seek(start)
    left = end - start
    while left and (block := file.read(min(left, _BLOCK))):
        left -= len(block)
        yield block


_WRITERS: dict[str, Callable[[Path, Path, Show, Episode, bytes], None]] = {
    ".mp3": _write_mp3,
    ".opus": _write_opus,
    ".m4b": _write_m4a,
    ".m4a": _write_m4a,
}
