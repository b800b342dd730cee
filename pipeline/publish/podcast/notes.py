"""What is written about an episode: as HTML for clients (``content:encoded``), as plain text for tags.

The HTML has only the elements that Apple Podcasts shows (``p``, ``ul``, ``li``, ``a``), no attribute but ``href``,
and no link that is not http or https; everything that comes from elsewhere is escaped.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.publish.markup import web_address, written
from pipeline.publish.podcast.chapters import timed_chapters
from pipeline.publish.podcast.namespace import plain
from pipeline.publish.podcast.show import Episode, Show, Source
from pipeline.publish.tags import clean

NOTES_CHARACTERS = 4000
"""Of the plain text, in a tag."""


@dataclass(frozen=True, slots=True)
class _Labels:
    source: str
    licence: str
    colon: str = ": "


_LABELS = {
    "en": _Labels("Source", "Licence"),
    "de": _Labels("Quelle", "Lizenz"),
    "es": _Labels("Fuente", "Licencia"),
    "fr": _Labels("Source", "Licence", "\u00a0: "),
    "ru": _Labels("Источник", "Лицензия"),
    "zh": _Labels("来源", "许可", "："),
}


def notes_html(show: Show, episode: Episode) -> str:
    """Summary, chapters with their times, each source with link, author, site and licence, provenance."""
    labels = _labels(show, episode)
    parts = [f"<p>{written(line)}</p>" for line in _paragraphs(episode.summary)]
    chapters = timed_chapters(episode)
    if len(chapters) > 1:
        marks = (f"<li>{clock(mark.start)} {_linked(mark.title, mark.link)}</li>" for mark in chapters)
        parts.append(f"<ul>{''.join(marks)}</ul>")
    for source in episode.sources:
        if line := _source_line(source, labels):
            parts.append(f"<p>{line}</p>")
    parts += [f"<p>{written(line)}</p>" for line in _paragraphs(episode.provenance)]
    return "".join(parts) or f"<p>{written(plain(episode.title))}</p>"


def notes_text(show: Show, episode: Episode) -> str:
    """The same without chapters, one paragraph a line."""
    labels = _labels(show, episode)
    lines = [*_paragraphs(episode.summary)]
    for source in episode.sources:
        facts = [source.title, *_facts(source), web_address(source.link)]
        if told := ", ".join(plain(fact) for fact in facts if fact.strip()):
            lines.append(f"{labels.source}{labels.colon}{told}")
        if source.licence.strip():
            lines.append(f"{labels.licence}{labels.colon}{plain(source.licence)}")
    lines += _paragraphs(episode.provenance)
    text = "\n".join(lines)
    return text if len(text) <= NOTES_CHARACTERS else text[: NOTES_CHARACTERS - 1].rstrip() + "…"


def clock(milliseconds: int) -> str:
    """``2:05`` or ``1:02:05``: clients make links of them."""
    minutes, seconds = divmod(milliseconds // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def _source_line(source: Source, labels: _Labels) -> str:
    title, link = plain(source.title), web_address(source.link)
    shown = [_linked(title or link, link), *(written(plain(fact)) for fact in _facts(source))]
    told = ", ".join(fact for fact in shown if fact)
    licence = plain(source.licence)
    lines = []
    if told:
        lines.append(f"{written(labels.source + labels.colon)}{told}")
    if licence:
        lines.append(f"{written(labels.licence + labels.colon)}{_linked(licence, web_address(licence))}")
    return ". ".join(lines)


def _facts(source: Source) -> list[str]:
    return [fact for fact in (*source.authors, source.site, source.published) if fact.strip()]


def _linked(text: str, link: str) -> str:
    return f'<a href="{written(link)}">{written(text)}</a>' if link else written(text)


def _paragraphs(text: str) -> list[str]:
    return [line for line in clean(text, "\n").split("\n") if line]


def _labels(show: Show, episode: Episode) -> _Labels:
    language = (episode.language or show.language).lower().replace("_", "-").partition("-")[0]
    return _LABELS.get(language, _LABELS["en"])
