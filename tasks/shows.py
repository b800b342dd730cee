"""Shows: what a podcast is, how its episodes are made, and its public folder as a whole.

The truth is in the catalog; the folder is written from it, and can be written again at any time. An episode is made
by an ordinary production, whose edition goes to a folder of the show that only the workers need (``editions_of``):
that is how a finished production is known to be an episode, whoever asked for it.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from pipeline.errors import SettingsError, ShowError
from pipeline.publish.podcast.addresses import is_public
from pipeline.publish.podcast.folder import ShowFolder
from pipeline.publish.podcast.show import ARTWORK, FEED, Episode, Show
from pipeline.settings import ProductionSettings
from storage.settings import Settings, with_profile, with_table
from storage.show_rows import EpisodeRow, EpisodeState, Making, ShowRow
from tasks.context import Context

PROFILE = "podcast"
"""The built-in profile that holds where the show's own says nothing."""
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
_PODCASTS = uuid.UUID("ead4c236-bf58-58c6-a2c6-a6b28d128cb6")
"""Namespace of podcasts' names (podcastindex.org, ``podcast:guid``)."""


def create_show(
    context: Context, show: Show, folder: Path, making: Making, image: Path | None = None
) -> ShowRow:
    """Write down a new show and make its folder, with a feed that has no episode yet.

    Raises ``ShowError``, ``SettingsError`` for a profile or setting that there is not, ``PublishError``.
    """
    if not NAME.fullmatch(show.name):
        raise SettingsError(
            f"A show cannot be called {show.name!r}: take up to 60 lower-case letters, digits and hyphens; "
            "--title says what people see."
        )
    folder = folder.expanduser().absolute()
    for other in context.store.catalog.shows():
        if Path(other.folder) == folder and other.name != show.name:
            raise ShowError(f"The folder {folder} is that of the show {other.name!r}: choose another one.")
    now = datetime.now(UTC)
    row = ShowRow(show, str(folder), making, now, now)
    _check(context, row)
    art = _artwork(show, image)
    row = context.store.catalog.add_show(show, str(folder), replace(making, own_artwork=image is not None))
    with ShowFolder(folder).locked() as public:
        public.write(ARTWORK, art)
        write_show(context, row, public)
    return row


def change_show(context: Context, row: ShowRow, show: Show, making: Making, image: Path | None) -> ShowRow:
    """Write down what a show is now, and write its folder anew. Raises as ``create_show`` does."""
    _check(context, replace(row, show=show, making=making))
    own = making.own_artwork or image is not None
    art = _artwork(show, image) if image is not None or not own else None
    row = context.store.catalog.change_show(row.name, show, replace(making, own_artwork=own))
    with ShowFolder(Path(row.folder)).locked() as public:
        if art is not None:
            public.write(ARTWORK, art)
        write_show(context, row, public)
    return row


def _check(context: Context, row: ShowRow) -> None:
    """Raise ``SettingsError`` for what could not be published."""
    from pipeline.publish.podcast.categories import parse_category

    parse_category(row.show.category)
    production_settings(context.settings, row)


def guid_of(base_url: str) -> str:
    """The name of a show that is served there, as podcast directories make it; any name where nobody knows."""
    address = re.sub(r"^[a-z]+://", "", base_url + FEED).rstrip("/")
    return str(uuid.uuid5(_PODCASTS, address) if base_url else uuid.uuid4())


def editions_of(settings: Settings, name: str) -> Path:
    """Where the editions go that the show's episodes are made from."""
    return settings.episodes_dir / name


def show_of(context: Context, output: str) -> ShowRow | None:
    """The show whose editions go to ``output``."""
    where = Path(output)
    if where.parent != context.settings.episodes_dir:
        return None
    return next((row for row in context.store.catalog.shows() if row.name == where.name), None)


def production_settings(
    settings: Settings, row: ShowRow, given: Mapping[str, object] | None = None, origin: str = "the show"
) -> ProductionSettings:
    """How an episode of the show is made. ``given`` goes before all else and comes from ``origin``.

    Raises ``SettingsError``.
    """
    made = with_profile(settings.production, PROFILE, settings.home)
    if row.making.profile:
        made = with_profile(made, row.making.profile, settings.home)
    made = with_table(made, row.making.settings, f"the show {row.name!r}")
    return with_table(made, given or {}, origin)


def write_show(context: Context, row: ShowRow, folder: ShowFolder) -> None:
    """Write what is about the show as a whole: its page, then its feed. ``folder`` has to be locked."""
    from pipeline.publish.podcast.feed import feed_bytes
    from pipeline.publish.podcast.page import page_files

    write_artwork(row, folder)
    episodes = published(context, row)
    *parts, (page, document) = page_files(row.show, episodes, folder.path)
    for name, data in parts:
        folder.write(name, data)
    folder.sync()  # what page and feed name is there before they are, whenever the power fails
    folder.write(page, document)
    folder.write(FEED, feed_bytes(row.show, episodes))


def write_artwork(row: ShowRow, folder: ShowFolder) -> None:
    """See to it that the show has a picture, of which its episodes make theirs. ``folder`` has to be locked."""
    if not (folder.path / ARTWORK).exists():
        folder.write(ARTWORK, _artwork(row.show, None))


def public_files(row: ShowRow) -> list[str]:
    """The names of all files that everybody may have, as they are in the folder now."""
    return sorted(path.name for path in Path(row.folder).iterdir() if is_public(path.name) and path.is_file())


def published(context: Context, row: ShowRow) -> list[Episode]:
    """What is in the feed, the newest first."""
    return list(_published(context.store.catalog.episodes(row.name, [EpisodeState.PUBLISHED])))


def _published(rows: list[EpisodeRow]) -> Iterator[Episode]:
    for one in rows:
        if one.episode is not None:
            yield one.episode


def _artwork(show: Show, image: Path | None) -> bytes:
    from pipeline.publish.podcast.artwork import artwork_bytes

    return artwork_bytes(show, image)
