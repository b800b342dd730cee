"""The elements of a podcast's feed that RSS 2.0 itself does not have, as extensions of feedgen.

- ``itunes``: Apple, "A Podcaster's Guide to RSS". feedgen has an extension of its own for it, which still writes the
  values of years ago (``yes`` and ``no`` for ``itunes:explicit``, where ``true`` and ``false`` are asked for).
- ``podcast``: Podcast Index, "RSS Namespace Extension for Podcasting", https://podcastindex.org/namespace/1.0.
"""

# mypy: disable-error-code="misc"
# (feedgen has no type hints, so its base classes are of any type)

from __future__ import annotations

from collections.abc import Iterable

from feedgen.ext.base import BaseEntryExtension, BaseExtension
from lxml.etree import SubElement

from pipeline.ingest.xml import Element, writable
from pipeline.publish.names import people
from pipeline.publish.podcast.addresses import address
from pipeline.publish.podcast.categories import parse_category
from pipeline.publish.podcast.show import ARTWORK, Episode, Person, Show
from pipeline.publish.tags import clean

ITUNES = "http://www.itunes.com/dtds/podcast-1.0.dtd"
PODCAST = "https://podcastindex.org/namespace/1.0"
MEDIUM = "podcast"
NAME_CHARACTERS = 128
"""What aggregators keep of the name of a person or soundbite, as the podcast namespace says."""
ROLE_GROUPS = {
    "host": "cast",
    "co-host": "cast",
    "guest host": "cast",
    "guest": "cast",
    "voice actor": "cast",
    "narrator": "cast",
    "announcer": "cast",
    "reporter": "cast",
    "author": "writing",
    "co-writer": "writing",
    "writer": "writing",
    "guest writer": "writing",
    "editor": "writing",
    "translator": "writing",
    "composer": "audio post-production",
    "theme music": "audio post-production",
    "producer": "creative direction",
}
"""The roles of the Podcast Taxonomy that a show made from texts can have, and the group of each."""


class ShowExtension(BaseExtension):
    """What the channel says beyond RSS 2.0."""

    show: Show
    dated: bool
    """Whether the channel has a date: an empty one has none, and feedgen puts in the time of day."""

    def extend_ns(self) -> dict[str, str]:
        """Prefixes."""
        return {"itunes": ITUNES, "podcast": PODCAST}

    def extend_rss(self, feed: Element) -> Element:
        """Add to ``rss/channel``."""
        show, channel = self.show, feed[0]
        if not self.dated:
            for stamp in channel.findall("lastBuildDate"):
                channel.remove(stamp)
        itunes, podcast = _Namespace(channel, ITUNES), _Namespace(channel, PODCAST)

        itunes.add("author", show.author)
        itunes.add("type", "serial" if show.serial else "episodic")
        itunes.add("image", href=address(show, ARTWORK))
        main, sub = parse_category(show.category)
        category = itunes.add("category", text=main)
        if sub and category is not None:
            _Namespace(category, ITUNES).add("category", text=sub)
        itunes.add("explicit", _truth(show.explicit))
        if show.private:
            itunes.add("block", "Yes")  # any other spelling has no effect
        if show.email.strip():
            owner = SubElement(channel, f"{{{ITUNES}}}owner")
            _Namespace(owner, ITUNES).add("name", show.author or show.title)
            _Namespace(owner, ITUNES).add("email", show.email)

        podcast.add("guid", show.guid)
        podcast.add("medium", MEDIUM)
        podcast.add("locked", "yes" if show.private else "no", owner=show.email)
        if show.private:
            podcast.add("block", "yes")
        _add_persons(podcast, show.persons)
        return feed


class EpisodeExtension(BaseEntryExtension):
    """What an item says beyond RSS 2.0."""

    show: Show
    episode: Episode

    def extend_rss(self, item: Element) -> Element:
        """Add to ``item``."""
        show, episode = self.show, self.episode
        itunes, podcast = _Namespace(item, ITUNES), _Namespace(item, PODCAST)

        authors = dict.fromkeys(name for source in episode.sources for name in source.authors)
        itunes.add("author", people(tuple(authors)) or show.author)
        itunes.add("duration", str(max(1, round(episode.duration))))
        itunes.add("episode", str(episode.number))
        if episode.season:
            itunes.add("season", str(episode.season))
        itunes.add("episodeType", "full")
        itunes.add("explicit", _truth(show.explicit))
        if episode.image:
            itunes.add("image", href=address(show, episode.image.name))

        for file in episode.transcripts:
            # All of them have times in them, which is what "captions" says.
            podcast.add(
                "transcript",
                url=address(show, file.name),
                type=file.media_type,
                language=episode.language or show.language,
                rel="captions",
            )
        if chapters := episode.chapters_file:
            podcast.add("chapters", url=address(show, chapters.name), type=chapters.media_type)
        if bite := episode.soundbite:
            times = {"startTime": f"{bite.start:.3f}", "duration": f"{bite.duration:.3f}"}
            podcast.add("soundbite", _short(bite.title), **times)
        # The persons of an item replace those of the channel; they do not add to them.
        _add_persons(podcast, episode.persons)
        if episode.season:
            podcast.add("season", str(episode.season))
        podcast.add("episode", str(episode.number))
        return item


class _Namespace:
    """Adds elements of one namespace to a parent."""

    def __init__(self, parent: Element, uri: str) -> None:
        self._parent, self._uri = parent, uri

    def add(self, name: str, content: str = "", /, **attributes: str) -> Element | None:
        """An element with what of ``content`` and ``attributes`` is not empty; none at all where everything is."""
        text = plain(content)
        told = {key: value for key, given in attributes.items() if (value := plain(given))}
        if not text and not told:
            return None
        element = SubElement(self._parent, f"{{{self._uri}}}{name}", **told)
        element.text = text or None
        return element


def plain(text: str) -> str:
    """``text`` on one line, without what cannot stand in XML."""
    text = clean(text)
    return text if text.isprintable() else " ".join(writable(text).split())


def _add_persons(podcast: _Namespace, persons: Iterable[Person]) -> None:
    for person in persons:
        if name := _short(person.name):
            role = plain(person.role).lower()
            podcast.add("person", name, role=role, group=ROLE_GROUPS.get(role, ""))


def _short(text: str) -> str:
    text = plain(text)
    return text if len(text) <= NAME_CHARACTERS else text[: NAME_CHARACTERS - 1].rstrip() + "…"


def _truth(value: bool) -> str:
    return "true" if value else "false"
