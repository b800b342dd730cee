"""``feed.xml``: RSS 2.0 with the namespaces that podcast clients read.

feedgen writes what RSS 2.0 and Atom define; ``namespace`` adds the rest. The feed depends on nothing but the show and
its episodes: the same ones give the same bytes, so a web server's ETag changes only when there is something new.
"""

# mypy: disable-error-code="no-untyped-call"
# (feedgen has no type hints)

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape

from feedgen.feed import FeedGenerator

from pipeline.publish.podcast.addresses import address, episode_link, show_link
from pipeline.publish.podcast.namespace import EpisodeExtension, ShowExtension, plain
from pipeline.publish.podcast.notes import notes_html
from pipeline.publish.podcast.show import ARTWORK, FEED, Episode, Show
from pipeline.publish.tags import TOOL

FEED_TYPE = "application/rss+xml"
DESCRIPTION_BYTES = 4000
"""What Apple Podcasts reads of a description."""


def feed_bytes(show: Show, episodes: Sequence[Episode]) -> bytes:
    """The feed of ``show``, the newest of ``episodes`` first, in UTF-8.

    Raises ``SettingsError`` when the show's category is none of Apple's.
    """
    ordered = sorted(episodes, key=lambda episode: (published(episode), episode.number), reverse=True)
    feed = FeedGenerator()
    # "podcast" is also the name of the attribute under which feedgen keeps the extension.
    feed.register_extension("podcast", ShowExtension, EpisodeExtension, atom=False)
    feed.podcast.show, feed.podcast.dated = show, bool(ordered)
    title = plain(show.title) or show.name
    feed.title(title)
    if show.base_url.strip():
        feed.link(href=address(show, FEED), rel="self", type=FEED_TYPE)
    feed.link(href=show_link(show), rel="alternate")  # the last one becomes the channel's own
    feed.description(marked_up(show.description) or marked_up(f"Episodes of {title}."))
    feed.language(plain(show.language))
    feed.copyright(plain(show.copyright) or None)
    feed.generator(TOOL)
    feed.image(url=address(show, ARTWORK), title=title, link=show_link(show))
    if ordered:
        feed.pubDate(published(ordered[0]))
        feed.lastBuildDate(published(ordered[0]))
    for episode in ordered:
        _add_item(feed, show, episode)
    return bytes(feed.rss_str(pretty=True)).rstrip() + b"\n"


def _add_item(feed: FeedGenerator, show: Show, episode: Episode) -> None:
    item = feed.add_entry(order="append")
    item.podcast.show, item.podcast.episode = show, episode
    item.title(plain(episode.title) or f"Episode {episode.number}")
    item.link(href=episode_link(show, episode))
    item.description(marked_up(episode.summary) or marked_up(episode.title))
    item.content(notes_html(show, episode), type="CDATA")
    item.guid(plain(episode.guid), permalink=False)
    audio = episode.audio
    item.enclosure(address(show, audio.name), str(audio.size), audio.media_type)
    item.published(published(episode))
    keywords = dict.fromkeys(word for given in episode.keywords if (word := plain(given)))
    item.category([{"term": word} for word in keywords])


def published(episode: Episode) -> datetime:
    """When it came out, to the second, in UTC; a time without a zone is taken for one."""
    moment = episode.published
    moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment.replace(microsecond=0)


def marked_up(text: str) -> str:
    """Plain text as the HTML that a ``description`` of RSS is taken for, cut to what directories read."""
    text = plain(text)
    if len(html := escape(text, quote=False).encode()) <= DESCRIPTION_BYTES:
        return html.decode()
    left = DESCRIPTION_BYTES - len("…".encode())
    kept = []
    for character in text:
        left -= len((shown := escape(character, quote=False)).encode())
        if left < 0:
            break
        kept.append(shown)
    return "".join(kept).rstrip() + "…"
