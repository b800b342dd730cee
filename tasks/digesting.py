"""Digests of followed feeds: all that a look finds becomes one episode of several articles.

An entry is in one digest. Which ones go together is written down before anything is made of them, after the file with
all of their texts: whoever is killed in between finds both, and hands the same file on, which is the same production.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from pipeline.compose.digest import digest
from pipeline.compose.length import chapter_seconds
from pipeline.errors import FetchError, SourceTooLarge, StorageError, VoxpressError
from pipeline.ingest import open_book
from pipeline.limits import FETCH_PAUSE_SECONDS
from pipeline.model import Book
from pipeline.publish.podcast.folder import stem_of
from pipeline.settings import ProductionSettings
from storage.show_rows import EntryRow, EntryState, FollowedRow, ShowRow
from tasks.adding import Added, add_source
from tasks.composing import dated, digest_path, keep_digest, reading_apart
from tasks.context import Context
from tasks.lexicons import lexicon_for
from tasks.shows import production_settings
from tasks.submission import check_choices

log = logging.getLogger(__name__)

PAGE_TRIES = 5
"""How often the page of an entry is asked for again that could not be fetched."""
PAGE_SECONDS = 900.0
"""Before the first of these tries; before each further one twice as long."""
FULL = 0.9
"""Of the minutes that an episode of the show may have: what numbers and signs are as words is known only later."""
_LOOKED_BACK = 5_000
"""Entries of a feed among which those of today are."""
_NAME_DIGITS = 12


@dataclass(frozen=True, slots=True)
class _Read:
    """An entry, and what its page says."""

    entry: EntryRow
    book: Book


def hand_on_digest(
    context: Context,
    row: ShowRow,
    feed: FollowedRow,
    *,
    shared: bool = True,
    alive: Callable[[], object] = lambda: None,
) -> list[Added]:
    """Open the production of a digest of the entries that wait, as many as the rules allow today and as fit.

    What does not fit, and what cannot be fetched, goes into the digest of the next look; why an entry is in none is
    written down with it. Otherwise as ``tasks.following.hand_on``.
    """
    catalog = context.store.catalog
    # Nothing is read where nothing can be made of it.
    gathered, room = catalog.gathered_entries(feed), feed.rules.per_day - catalog.taken_today(feed)
    waiting = catalog.waiting_entries(feed, room) if room > 0 and not gathered else []
    if not gathered and not waiting:
        return []
    settings = production_settings(context.settings, row)
    check_choices(context, settings, shared=shared)
    if not gathered:
        read = _read(context, feed, waiting, settings, alive)
        name = _compose(context, row, feed, read, settings)
        gathered = {name: []} if name else {}
    made = (_handed_on(context, row, feed, name, settings, shared=shared) for name in gathered)
    return [added for added in made if added]


def _read(
    context: Context,
    feed: FollowedRow,
    waiting: Sequence[EntryRow],
    settings: ProductionSettings,
    alive: Callable[[], object],
) -> list[_Read]:
    """The entries whose pages can be read; what is wrong with the others is written down with them."""
    catalog, found = context.store.catalog, []
    for number, entry in enumerate(waiting):
        if number:
            time.sleep(FETCH_PAUSE_SECONDS)  # most are pages of one server
        alive()
        try:
            book = open_book(entry.link, reading_apart(settings.reading), context.fetch_rules)
        except StorageError:
            raise
        except VoxpressError as error:
            log.warning("%s: %s", feed.show, error)
            if type(error) is FetchError and entry.tries < PAGE_TRIES:
                seconds = max(PAGE_SECONDS * 2**entry.tries, _until_next(feed))
                catalog.put_off_entry(entry, seconds, str(error))
            else:
                catalog.set_entry(entry.id, EntryState.FAILED, reason=str(error))
            continue
        found.append(_Read(entry, book))
    return found


def _compose(
    context: Context, row: ShowRow, feed: FollowedRow, read: Sequence[_Read], settings: ProductionSettings
) -> str:
    """Keep a digest of what fits, and say in the catalog what is in it; its name, empty when there is none."""
    catalog = context.store.catalog
    language = settings.reading.language or row.show.language
    title = _title(context, row, feed)
    inside = list(read)
    while inside:
        made = digest([one.book for one in inside], title, language)
        entries = [one.entry for one in inside]
        if not (why := _too_long(made, row, settings)):
            name = _name(feed, entries, title)
            try:
                keep_digest(context, row, made, name)
                return name if catalog.gather_entries(feed, entries, name) else ""
            except SourceTooLarge as error:
                why = str(error)
        late = inside.pop().entry
        if inside:
            full = f"the digest {title!r} is full: it waits for the next one"
            catalog.put_off_entry(late, _until_next(feed), full, failed=False)
        else:
            catalog.set_entry(late.id, EntryState.FAILED, reason=why)
    return ""


def _too_long(made: Book, row: ShowRow, settings: ProductionSettings) -> str:
    """Why a digest is longer than the show wants its episodes; empty when it is not."""
    seconds = sum(chapter_seconds(one, made.metadata.language) for one in made.chapters)
    minutes, most = seconds / settings.voice.rate / 60, row.making.max_minutes
    if not most or minutes <= FULL * most:
        return ""
    return f"it would be {minutes:.1f} minutes long, too near to the {most:g} that the show takes"


def _name(feed: FollowedRow, entries: Sequence[EntryRow], title: str) -> str:
    """What the file of a digest is called: the same for the same entries of a day."""
    names = "\n".join([feed.url, *(entry.key for entry in entries)])
    digits = hashlib.sha256(names.encode("utf-8", "replace")).hexdigest()[:_NAME_DIGITS]
    return f"{stem_of(title, date.today(), ())}-{digits}"


def _handed_on(
    context: Context,
    row: ShowRow,
    feed: FollowedRow,
    name: str,
    settings: ProductionSettings,
    *,
    shared: bool,
) -> Added | None:
    """The production of a digest whose entries are written down; its entries wait again where its file is gone."""
    path = digest_path(context, row, name)
    if not path.exists():
        context.store.catalog.take_gathered(feed, name, "")
        return None
    lexicon = lexicon_for(context.settings, "-")
    added = add_source(context, row, str(path), settings, shared=shared, lexicon=lexicon)
    context.store.catalog.take_gathered(feed, name, added.production.id)
    return added


def _title(context: Context, row: ShowRow, feed: FollowedRow) -> str:
    """The feed's, with the day; further ones of a day have a number."""
    title, catalog = dated(feed.title or row.show.title, row.show.language), context.store.catalog
    today = datetime.now().astimezone().date()
    taken = [one for one in catalog.entries(row.name, feed.url, most=_LOOKED_BACK) if one.taken_at]
    lately = {
        one.production_id for one in taken if one.taken_at and one.taken_at.astimezone().date() == today
    }
    folder = str(digest_path(context, row, "").parent)
    before = sum(str(Path(one.source).parent) == folder for one in catalog.get_all(sorted(lately)))
    return f"{title} ({before + 1})" if before else title


def _until_next(feed: FollowedRow) -> float:
    """Seconds until the feed is looked at again."""
    return max(0.0, (feed.due_at - datetime.now(UTC)).total_seconds())


__all__ = ["PAGE_SECONDS", "PAGE_TRIES", "hand_on_digest"]
