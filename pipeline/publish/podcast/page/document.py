"""The document of the page: what the show is, and the list of its episodes. It can be read without a script."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from urllib.parse import quote

from pipeline.publish.markup import direction, source_hash, web_address, written
from pipeline.publish.player import filled, fragments, part, script, style
from pipeline.publish.player.words import inert_json
from pipeline.publish.podcast.page.files import words_name
from pipeline.publish.podcast.show import ARTWORK, FEED, Episode, Show
from pipeline.publish.report_page.saying import count, size
from pipeline.publish.tags import clean

SCRIPTS = ("parts/loading.js", "parts/search.js", "parts/list.js", "parts/episode.js", "parts/page.js")
"""What the page's script has besides what all players share, in order."""
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)


def show_document(
    show: Show, episodes: Sequence[Episode], keys: Mapping[str, str], shards: Mapping[str, str]
) -> str:
    """The page; ``keys`` are those of the episodes' texts by stem, ``shards`` those of the search's files by name."""
    look, code = style(__package__, "parts/page.css"), _script()
    policy = (
        f"default-src 'none'; script-src {source_hash(code)} 'strict-dynamic'; style-src {source_hash(look)}; "
        "img-src 'self' file:; media-src 'self' file:; base-uri 'none'; form-action 'none'; "
        "require-trusted-types-for 'script'; trusted-types voxpress"
    )
    language = clean(show.language) or "und"
    title = clean(show.title)
    base = web_address(show.base_url)
    feed = f"{base}{FEED}" if base else ""
    fill = {
        "policy": policy,
        "robots": '<meta name="robots" content="noindex">\n' if show.private else "",
        "title": written(title),
        "lang": f'lang="{written(language)}" dir="{direction(language)}"',
        "author": f"<p>{written(clean(show.author))}</p>" if clean(show.author) else "",
        "description": "".join(
            f"<p>{written(line)}</p>" for line in clean(show.description, "\n").split("\n") if line
        ),
        "elsewhere": _elsewhere(show),
        "count": count(len(episodes), "episode"),
        "length": f", {written(said_span(sum(episode.duration for episode in episodes)))}"
        if episodes
        else "",
        "episodes": "".join(_row(episode) for episode in episodes),
        "none": "" if episodes else "<p>There are no episodes yet.</p>",
        "copyright": f"<p>{written(clean(show.copyright))}</p>" if clean(show.copyright) else "",
        "style": look,
        "show": inert_json(_data(show, episodes, keys, shards, feed)),
        "script": code,
        **fragments("episode", "a"),
    }
    return filled(part(__package__, "parts/page.html"), fill)


def said_span(seconds: float) -> str:
    """A length of time as people say it: ``40 s``, ``32 min``, ``2 h 5 min``."""
    if seconds < 60:
        return f"{round(seconds)} s"
    minutes = round(seconds / 60)
    hours, rest = divmod(minutes, 60)
    return f"{minutes} min" if not hours else f"{hours:,} h {rest} min" if rest else f"{hours:,} h"


def address(name: str) -> str:
    """A file of the show as a relative reference."""
    return "./" + quote(name)


def _data(
    show: Show, episodes: Sequence[Episode], keys: Mapping[str, str], shards: Mapping[str, str], feed: str
) -> dict[str, object]:
    """What the script knows besides what stands in the document."""
    return {
        "key": _identity(show.guid),
        "feed": feed,
        "artwork": address(ARTWORK),
        "shards": [f"{address(name)}?{key}" for name, key in sorted(shards.items())],
        "episodes": [
            {
                "key": _identity(f"{show.guid} {episode.guid}"),
                "stem": episode.stem,
                "audio": address(episode.audio.name),
                "length": round(episode.duration * 1000),
                "words": f"{address(words_name(episode.stem))}?{key}"
                if (key := keys.get(episode.stem, ""))
                else "",
                "picture": address(episode.image.name) if episode.image else "",
                "language": clean(episode.language) or "und",
                "direction": direction(episode.language),
            }
            for episode in episodes
        ],
    }


def _row(episode: Episode) -> str:
    day = episode.published
    language = written(clean(episode.language) or "und")
    inside = f'lang="{language}" dir="auto"'
    audio = written(address(episode.audio.name))
    picture = (
        f'<img src="{written(address(episode.image.name))}" alt="" loading="lazy" decoding="async">'
        if episode.image
        else ""
    )
    return (
        f"<li>{picture}"
        f'<h3><a href="#{written(quote(episode.stem))}" {inside}>{written(clean(episode.title))}</a></h3>'
        f'<p class="facts"><time datetime="{day:%Y-%m-%d}">{day.day} {_MONTHS[day.month - 1]} {day.year}</time>'
        f'<span>{said_span(episode.duration)}</span><span class="heard"></span></p>'
        f'<p class="summary" {inside}>{written(clean(episode.summary))}</p>'
        f'<noscript><audio controls preload="none" src="{audio}"></audio></noscript>'
        f'<p class="links"><a href="{audio}" download>Audio file <span>({size(episode.audio.size)})</span></a></p>'
        "</li>\n"
    )


def _elsewhere(show: Show) -> str:
    link = web_address(show.link)
    return f'<a href="{written(link)}" rel="noreferrer">Website</a>' if link else ""


def _identity(text: str) -> str:
    """Under which a listener's place is remembered."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@cache
def _script() -> str:
    return script(__package__, SCRIPTS)
