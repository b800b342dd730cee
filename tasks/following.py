"""Following feeds: new entries become episodes, each once and none lost.

First what a look found is written down, then what is written down is handed on: whoever is killed in between does it
again, and the catalog keeps it from being done twice.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from pipeline.errors import (
    BrokerUnavailable,
    FetchError,
    SourceError,
    SourceNotFound,
    StorageError,
    VoxpressError,
)
from pipeline.ingest.feed_look import Known, look
from pipeline.ingest.request import Entries, FeedEntry
from pipeline.limits import FETCH_PAUSE_SECONDS
from storage.show_rows import EntryRow, EntryState, FollowedRow, FollowRules, ShowRow
from tasks.adding import Added, add_source
from tasks.context import Context
from tasks.digesting import PAGE_SECONDS, PAGE_TRIES, hand_on_digest
from tasks.lexicons import lexicon_for
from tasks.shows import production_settings
from tasks.submission import check_choices

log = logging.getLogger(__name__)

SHORTEST_MINUTES = 5
"""Between two looks at a feed, whatever its rules say: its server is somebody's."""
LONGEST_HOURS = 24.0
"""Between two looks at a feed that fails again and again: the time doubles with each failure up to this."""


def due(context: Context, show: str | None = None) -> list[FollowedRow]:
    """The followed feeds whose time has come."""
    now = datetime.now(UTC)
    feeds = context.store.catalog.followed_feeds(show)
    return [feed for feed in feeds if not feed.gone and feed.due_at <= now]


def look_at(context: Context, feed: FollowedRow) -> list[EntryRow]:
    """Ask for a feed and write down what is new in it; those entries.

    What goes wrong is written down with the feed, which is then asked for less and less often. Raises
    ``StorageError``.
    """
    catalog = context.store.catalog
    now = datetime.now(UTC)
    pause = timedelta(minutes=max(SHORTEST_MINUTES, feed.rules.minutes))
    try:
        found = look(feed.address or feed.url, context.fetch_rules, Known(feed.etag, feed.modified))
    except SourceError as error:
        gone = isinstance(error, SourceNotFound) and "410" in str(error)
        put_off(context, feed, str(error), gone=gone)
        log.warning("%s: %s", feed.show, error)
        return []
    new: list[EntryRow] = []
    told = {"error": "", "failures": 0, "address": found.address if found.address != feed.url else ""}
    if found.entries is not None:
        new = catalog.take_entries(feed, list(_judged(context, feed, found.entries)))
        told |= {"title": found.entries.title or feed.title, "error": _doubt(feed, found.entries)}
        # Remembered last: until its entries are written down, the feed is read again.
        told |= {"etag": found.known.etag, "modified": found.known.modified}
        if found.entries.damaged or found.entries.left_out:
            told |= {"etag": "", "modified": ""}
    wait = max(pause, min(timedelta(seconds=found.wait), timedelta(hours=LONGEST_HOURS)))
    catalog.looked_at_feed(feed.id, **told, checked_at=now, due_at=now + wait)
    return new


def put_off(context: Context, feed: FollowedRow, error: str, *, gone: bool = False) -> None:
    """Ask for a feed later, each time it fails as much later again; never again when it is ``gone``."""
    now = datetime.now(UTC)
    pause = timedelta(minutes=max(SHORTEST_MINUTES, feed.rules.minutes))
    later = min(pause * 2 ** min(feed.failures + 1, 10), max(pause, timedelta(hours=LONGEST_HOURS)))
    context.store.catalog.looked_at_feed(
        feed.id, failures=feed.failures + 1, error=error, gone=gone, checked_at=now, due_at=now + later
    )


def hand_on(
    context: Context,
    row: ShowRow,
    feed: FollowedRow,
    *,
    shared: bool = True,
    alive: Callable[[], object] = lambda: None,
) -> list[Added]:
    """Open productions of entries that wait, as many as the rules allow today; of a digest one of them all.

    ``shared``: they are left to the shared workers. ``alive`` is called before each page that is fetched. Raises
    ``StorageError`` and ``BrokerUnavailable``; whatever is wrong with one entry is written down with it.
    """
    catalog = context.store.catalog
    if feed.rules.digest or catalog.gathered_entries(feed):  # one that was begun is brought to its end
        return hand_on_digest(context, row, feed, shared=shared, alive=alive)
    room = feed.rules.per_day - catalog.taken_today(feed)
    if room <= 0:
        return []
    waiting = catalog.waiting_entries(feed, room)
    if not waiting:
        return []
    settings = production_settings(context.settings, row)
    check_choices(context, settings, shared=shared)
    lexicon = lexicon_for(context.settings, "-")
    taken = []
    for number, entry in enumerate(waiting):
        if number:
            time.sleep(FETCH_PAUSE_SECONDS)  # most are pages of one server
        alive()
        try:
            added = add_source(context, row, entry.link, settings, shared=shared, lexicon=lexicon)
        except (StorageError, BrokerUnavailable):
            raise
        except VoxpressError as error:
            catalog.set_entry(entry.id, EntryState.FAILED, reason=str(error))
            log.warning("%s: %s", row.name, error)
            continue
        if added.production.error_kind == FetchError.__name__ and entry.tries < PAGE_TRIES:
            catalog.put_off_entry(entry, PAGE_SECONDS * 2**entry.tries, added.production.error)
            continue
        catalog.set_entry(entry.id, EntryState.TAKEN, production=added.production.id)
        taken.append(added)
    return taken


def _judged(
    context: Context, feed: FollowedRow, found: Entries
) -> Iterator[tuple[FeedEntry, EntryState, str]]:
    """What becomes of each entry that was never seen: the rules are asked once."""
    known = context.store.catalog.known_entries(feed)
    new = [entry for entry in found.entries if entry.key not in known]
    first = feed.checked_at is None or not known
    fresh = {
        entry.key for entry in (wanted(new, feed.rules)[-feed.rules.latest :] if feed.rules.latest else ())
    }
    for entry in new:
        if reason := unwanted(entry, feed.rules):
            yield entry, EntryState.SKIPPED, reason
        elif first and entry.key not in fresh:
            yield entry, EntryState.SKIPPED, "it was there before the feed was followed"
        else:
            yield entry, EntryState.WAITING, ""


def wanted(entries: Sequence[FeedEntry], rules: FollowRules) -> list[FeedEntry]:
    """Those that no rule keeps out."""
    return [entry for entry in entries if not unwanted(entry, rules)]


def unwanted(entry: FeedEntry, rules: FollowRules) -> str:
    """Why a rule keeps an entry out; empty where none does."""
    title = entry.title.casefold()
    if not entry.link:
        return "it has no address"
    if rules.include and not any(text.casefold() in title for text in rules.include):
        return "its title has none of the texts to include"
    for text in rules.exclude:
        if text.casefold() in title:
            return f"its title has {text!r} in it"
    if rules.max_words and entry.words > rules.max_words:
        return f"it has {entry.words} words, more than {rules.max_words}"
    return ""


def _doubt(feed: FollowedRow, found: Entries) -> str:
    if found.left_out:
        return f"{feed.url} lists {found.left_out} entries more than are looked at."
    return f"{feed.url} is damaged or breaks off: entries may be missing." if found.damaged else ""


def with_rules(rules: FollowRules, **given: object) -> FollowRules:
    """``rules`` with what was given; None counts as not given."""
    return replace(rules, **{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]


__all__ = ["due", "hand_on", "look_at", "put_off", "unwanted", "wanted", "with_rules"]
