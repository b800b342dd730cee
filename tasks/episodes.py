"""Episodes: editions of a show's productions become files in its public folder, and entries of its feed.

Called at the end of publishing an edition, by whichever worker did that; what a killed process left undone is made up
for by ``settle``, which commands and the follower of feeds call.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pipeline.compose.describe import Description
from pipeline.errors import PublishError, VoxpressError
from pipeline.model import Consent
from pipeline.publish.place import REPORT
from pipeline.publish.podcast.folder import ShowFolder, stem_of
from pipeline.publish.podcast.show import (
    ARTWORK,
    Episode,
    EpisodeChapter,
    EpisodeFile,
    Person,
)
from pipeline.publish.transcript import read_whole
from pipeline.serial import load
from storage.rows import Production
from storage.show_rows import EpisodeRow, EpisodeState, ShowRow
from tasks.answers import local_model
from tasks.context import Context
from tasks.describing import described, with_description
from tasks.shelf import BookHead, recall_book
from tasks.shows import editions_of, published, show_of, write_artwork, write_show

log = logging.getLogger(__name__)

SUFFIXES: Mapping[str, str] = {".mp3": ".mp3", ".m4b": ".m4a", ".opus": ".opus"}
"""Of an edition's main file, and of the episode that is made of it."""


def publish_made(context: Context, production: Production, head: BookHead | None = None) -> None:
    """Publish the edition of a production that is an episode's; nothing happens for any other.

    ``head`` is its book's, where that is at hand. It never raises what is the show's own trouble: that is written
    down with the episode.
    """
    row = show_of(context, production.output)
    if row is None:
        return
    episode = context.store.catalog.take_episode(row.name, production, revive=False)
    if episode.state is EpisodeState.REMOVED:
        return
    try:
        told = _description(context, production, head)
        with ShowFolder(Path(row.folder)).locked() as folder:
            stale = _publish(context, row, folder, episode, production, told)
            write_show(context, row, folder)
            folder.remove(stale)
    except Exception as error:  # the edition is there, and stays: its production did not fail
        said = str(error) if isinstance(error, VoxpressError) else f"{type(error).__name__}: {error}"
        log.exception("the episode could not be published: %s", said, extra={"production": production.id})
        context.store.catalog.set_episode(episode.id, state=EpisodeState.FAILED, error=said)


def settle(context: Context, row: ShowRow) -> list[EpisodeRow]:
    """Publish what is made and not published, and write down what failed; the episodes that this was about."""
    catalog, output = context.store.catalog, str(editions_of(context.settings, row.name))
    settled = []
    for name in catalog.unsuccessful(row.name, output):
        production = catalog.get(name)
        episode = catalog.take_episode(row.name, production, revive=False)
        error = production.error or "It was cancelled."
        catalog.set_episode(episode.id, state=EpisodeState.FAILED, error=error)
        settled.append(name)
    for name in catalog.unpublished(row.name, output):
        publish_made(context, catalog.get(name))
        settled.append(name)
    return [one for one in catalog.episodes(row.name) if one.production_id in settled]


def rebuild(context: Context, row: ShowRow) -> dict[str, str]:
    """Publish every episode anew from its edition, then page and feed; why it failed, by title, where it did.

    Episodes whose production or edition is gone keep the files they have.
    """
    catalog, failed, folder = context.store.catalog, {}, ShowFolder(Path(row.folder))
    stale = list[str]()
    with folder.locked():
        write_artwork(row, folder)
    for episode in catalog.episodes(row.name, [EpisodeState.PUBLISHED, EpisodeState.FAILED])[::-1]:
        try:
            production = catalog.get(episode.production_id)
            if production.edition_folder:
                told = _description(context, production)
                with folder.locked():
                    stale += _publish(context, row, folder, episode, production, told)
        except VoxpressError as error:
            failed[episode.title or episode.source] = str(error)
    with folder.locked():
        write_show(context, row, folder)
        folder.remove(stale)
    return failed


def remove(context: Context, row: ShowRow, episode: EpisodeRow) -> None:
    """Take an episode out of the feed, then its files out of the folder. Raises ``PublishError``."""
    folder = ShowFolder(Path(row.folder))
    with folder.locked():
        context.store.catalog.set_episode(episode.id, state=EpisodeState.REMOVED)
        write_show(context, row, folder)
        if episode.episode is not None:
            folder.remove(_names(folder, episode.episode))


def _names(folder: ShowFolder, episode: Episode) -> list[str]:
    """All files of an episode, also those that only the page knows."""
    return [path.name for path in folder.path.iterdir() if path.name.startswith(f"{episode.stem}.")]


def _publish(
    context: Context,
    row: ShowRow,
    folder: ShowFolder,
    wanted: EpisodeRow,
    production: Production,
    told: Told | None,
) -> list[str]:
    """Write the files of an episode into the show's folder, and the episode into the catalog.

    Returns the names of files that it had and has no more: they may go when the feed is written.
    """
    from pipeline.publish.podcast.addresses import media_type
    from pipeline.publish.podcast.artwork import episode_picture
    from pipeline.publish.podcast.chapters import chapters_bytes
    from pipeline.publish.podcast.episode_tags import write_tagged
    from pipeline.publish.podcast.page import episode_page_files
    from pipeline.publish.podcast.transcripts import podcast_transcript, srt_pieces, webvtt_pieces

    catalog = context.store.catalog
    edition = _Edition(Path(production.edition_folder))
    title = str(edition.report.get("title") or production.title)
    former = wanted.episode
    stem = former.stem if former else _new_stem(context, row, title, wanted)
    audio = edition.audio
    suffix = SUFFIXES[audio.suffix]
    draft = Episode(
        guid=wanted.guid,
        number=wanted.number,
        title=title,
        stem=stem,
        published=wanted.published_at,
        duration=float(edition.report["duration"]),
        summary=told.head.metadata.description if told else "",
        language=production.language or row.show.language,
        audio=EpisodeFile(stem + suffix, 0, media_type(suffix)),
        chapters=edition.chapters,
        persons=_persons(edition.report),
        provenance=_provenance(edition.report),
    )
    transcript, spoken = read_whole(edition.transcript)
    if told:
        draft = with_description(draft, told.head, told.description, transcript)
    cover = edition.cover if told and told.head.cover else None
    picture = folder.write(
        f"{stem}.jpg", episode_picture(row.show, draft, cover, folder.path / ARTWORK), media_type(".jpg")
    )
    draft = replace(draft, image=picture)
    sound = folder.put(
        stem + suffix,
        lambda target: write_tagged(
            audio, target, row.show, draft, (folder.path / picture.name).read_bytes()
        ),
        media_type(suffix),
    )
    webvtt = edition.find(".vtt")  # that of an episode is the same
    written = {
        ".vtt": webvtt.read_bytes() if webvtt and webvtt.exists() else b"".join(webvtt_pieces(spoken)),
        ".srt": b"".join(srt_pieces(spoken)),
        ".json": podcast_transcript(spoken),
    }
    transcripts = tuple(
        folder.write(stem + ending, data, media_type(ending)) for ending, data in written.items()
    )
    chapters = folder.write(
        f"{stem}.chapters.json", chapters_bytes(draft, row.show), media_type(".chapters.json")
    )
    episode = replace(
        draft, audio=sound, transcripts=transcripts, chapters_file=chapters if draft.chapters else None
    )
    for name, data in episode_page_files(row.show, episode, spoken):
        folder.write(name, data)
    folder.sync()  # who reads in the catalog that it is published must find its files
    catalog.set_episode(
        wanted.id,
        state=EpisodeState.PUBLISHED,
        error="",
        title=title,
        edition_key=production.edition_key,
        episode=episode,
    )
    log.info("published in %s", row.name, extra={"production": production.id, "journal": True})
    return [former.audio.name] if former is not None and former.audio.name != sound.name else []


def _new_stem(context: Context, row: ShowRow, title: str, wanted: EpisodeRow) -> str:
    taken = (one.stem for one in published(context, row) if one.guid != wanted.guid)
    return stem_of(title, wanted.published_at, taken)


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of a production's book."""

    head: BookHead
    description: Description


def _description(context: Context, production: Production, head: BookHead | None = None) -> Told | None:
    """Found without the show's lock, because a language model takes its time; None where the book is gone."""
    if head is None:
        kept = recall_book(context.store, production.book_key)
        if kept is None:
            return None
        head = kept[0]
    settings = context.settings
    ask = local_model(settings).ask if settings.llm_url else None
    description = described(context.store, head, ask, settings.llm_model)
    for doubt in description.doubts:
        log.warning("%s", doubt)
    return Told(head, description)


class _Edition:
    """The published files of a production. Raises ``PublishError`` where they are not whole."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            self.report: dict[str, Any] = json.loads((folder / REPORT).read_bytes())
            self.names = [str(file["name"]) for file in self.report["files"]]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise PublishError(
                f"The edition in {folder} is not whole: run 'voxpress feed rebuild' after making it again."
            ) from error

    @property
    def audio(self) -> Path:
        """The main file."""
        path = self.folder / self.names[0]
        if path.suffix not in SUFFIXES or len(self.report["chapters"]) != len(
            [one for one in self.report["chapters"] if one["file"] == path.name]
        ):
            raise PublishError(
                f"{path.name} cannot be an episode, which is one file: set audio.formats to mp3, opus or m4b."
            )
        return path

    @property
    def transcript(self) -> Path:
        """With times of the main file."""
        return self.find(".transcript.json") or self.folder / "transcript.json"

    @property
    def cover(self) -> Path:
        """The picture of the source, or one that was drawn."""
        return self.folder / "cover.jpg"

    @property
    def chapters(self) -> tuple[EpisodeChapter, ...]:
        """In the main file's time."""
        return tuple(
            EpisodeChapter(str(one["title"]), float(one["start"]), float(one["end"]))
            for one in self.report["chapters"]
        )

    def find(self, ending: str) -> Path | None:
        """The file of the main format with that ending."""
        stem = Path(self.names[0]).stem
        return self.folder / (stem + ending) if stem + ending in self.names else None


def _persons(report: Mapping[str, Any]) -> tuple[Person, ...]:
    """Who speaks: those whom a cast names, else the narrator."""
    named = [str(one["speaker"]) for one in report.get("cast", []) if one.get("speaker")]
    return tuple(Person(name, "host") for name in named) or (Person(str(report["narrator"]), "narrator"),)


def _provenance(report: Mapping[str, Any]) -> str:
    consents = [one["consent"] for one in report.get("voices", []) if one.get("consent")]
    return "; ".join(str(load(Consent, json.dumps(one))) for one in consents)
