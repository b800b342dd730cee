"""Where the things of a show are, and what they are: addresses and media types."""

from __future__ import annotations

from urllib.parse import quote

from pipeline.publish.markup import web_address
from pipeline.publish.podcast.show import PAGE, Episode, Show

MEDIA_TYPES = {
    ".mp3": "audio/mpeg",
    ".m4a": "audio/x-m4a",
    ".m4b": "audio/x-m4a",
    ".opus": "audio/ogg",
    ".vtt": "text/vtt",
    ".srt": "application/x-subrip",
    ".json": "application/json",
    ".chapters.json": "application/json+chapters",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".xml": "application/rss+xml",
    ".html": "text/html",
    ".js": "text/javascript",
}
"""By the end of a file's name. For audio those that Apple asks for, and RFC 7845's for Opus; for transcripts and
chapters those of the podcast namespace."""


def media_type(name: str) -> str:
    """What a file of a show is, by its name. Raises ``KeyError`` at a name that none of its files has."""
    longest = max((ending for ending in MEDIA_TYPES if name.lower().endswith(ending)), key=len, default=name)
    return MEDIA_TYPES[longest]


def is_public(name: str) -> bool:
    """Whether a file of that name in a show's folder is for everybody."""
    return not name.startswith(".") and any(name.endswith(ending) for ending in MEDIA_TYPES)


def content_type(name: str) -> str:
    """As a server tells it: texts of ours are UTF-8. Raises ``KeyError`` as ``media_type`` does."""
    found = media_type(name)
    is_text = found.startswith("text/") or name.endswith((".xml", ".srt"))
    return f"{found}; charset=utf-8" if is_text else found


def address(show: Show, name: str) -> str:
    """Where a file of the show is served; a relative reference while ``base_url`` is empty.

    RSS asks for absolute addresses, but nobody can know one before there is a server. Readers that know where
    they have the feed from resolve relative ones, as feedparser does; ``feed validate`` says what to set.
    """
    base = show.base_url.strip()
    return (base.rstrip("/") + "/" if base else "") + quote(name, safe="")


def show_link(show: Show) -> str:
    """A page about the show."""
    return web_address(show.link) or address(show, PAGE)


def episode_link(show: Show, episode: Episode) -> str:
    """The episode's place on the show's page."""
    return f"{address(show, PAGE)}#{quote(episode.stem, safe='')}"
