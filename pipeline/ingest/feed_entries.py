"""What a feed lists, for who follows it: names, addresses and days, no texts."""

from __future__ import annotations

import hashlib
from pathlib import Path

from pipeline.errors import SourceEmpty
from pipeline.ingest.feed_items import Item, read_items
from pipeline.ingest.request import Entries, FeedEntry
from pipeline.ingest.web_units import tokens_of
from pipeline.limits import FOLLOWED_ENTRIES, FOLLOWED_TITLE
from pipeline.settings import ReadingSettings


def list_entries(path: Path, settings: ReadingSettings, uri: str, sha256: str, charset: str = "") -> Entries:
    """Each entry once, the oldest first as far as their days are known. Raises ``SourceBroken``."""
    del settings, sha256
    try:
        feed = read_items(path.read_bytes(), uri, uri, charset)
    except SourceEmpty:
        return Entries("", ())
    found: dict[str, FeedEntry] = {}
    listed = list(feed.items)
    if all(item.published for item in listed):
        listed.sort(key=lambda item: str(item.published))
    else:
        listed.reverse()  # what is listed first is the newest
    for item in listed:
        entry = _entry(item)
        found[entry.key] = entry
    kept = list(found.values())[-FOLLOWED_ENTRIES:]
    return Entries(feed.title, tuple(kept), feed.damaged, len(found) - len(kept))


def _entry(item: Item) -> FeedEntry:
    day = item.published.isoformat() if item.published else ""
    told = item.id or item.link or (f"{item.title} {day}" if item.title or day else item.html)
    link = item.link if item.link.startswith(("http://", "https://")) else ""
    return FeedEntry(
        key=hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()[:32],
        title=item.title[:FOLLOWED_TITLE],
        link=link,
        published=item.published,
        words=len(tokens_of(item.html)) if item.whole else 0,
    )
