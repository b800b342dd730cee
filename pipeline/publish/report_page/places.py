"""The report's page: what can be played: doubts and chapters, with links to their place in the audio."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from pipeline.publish.markup import direction, written
from pipeline.publish.report_page.plots import bar
from pipeline.publish.report_page.saying import clock, count, decibels, figure, plain, span

CHAPTERS_SHOWN = 2000
"""Chapters in the page's table; ``report.json`` has all."""
DOUBTS_SHOWN = 1000
"""Doubts on the page; ``report.json`` has all."""
DOUBTS_OPEN = 100
"""Doubts that are seen at once; the others have to be unfolded."""
WORDS_SHOWN = 400
"""Characters of the words in doubt; ``report.json`` has all."""


@dataclass(frozen=True, slots=True)
class Part:
    """One of the files that are the book, one after the other."""

    href: str
    start: float
    """Seconds of the book at which it begins."""


@dataclass(frozen=True, slots=True)
class Audio:
    """The files that play the book."""

    parts: tuple[Part, ...]

    def link(self, start: float, end: float | None, name: str) -> str:
        """A link that plays from ``start``, to ``end``, as a media fragment (W3C Media Fragments URI 1.0)."""
        number = max(0, sum(part.start <= start + 0.001 for part in self.parts) - 1)
        part = self.parts[number]
        until = f",{end - part.start:.3f}" if end is not None and end > start else ""
        return (
            f'<a class="play" data-part="{number}" href="{written(part.href)}#t={start - part.start:.3f}{until}"'
            f' aria-label="{written(name)}">{clock(start)}</a>'
        )


def audio_of(chapters: Sequence[Mapping[str, Any]]) -> Audio:
    """The files that the chapters are in; none for a report that does not name them."""
    parts: dict[str, Part] = {}
    for chapter in chapters:
        if name := chapter.get("file"):
            parts.setdefault(name, Part(quote(name), chapter["start"]))
    return Audio(tuple(parts.values()))


def doubts_section(report: Mapping[str, Any], audio: Audio) -> str:
    """Every doubt, in the order of the audio, those about the whole book first."""
    doubts = sorted(report["doubts"], key=lambda doubt: doubt.get("start", -1.0))
    whole = max(len(doubts), report.get("doubts_total", 0))
    head = '<section aria-labelledby="doubts"><h2 id="doubts">In doubt</h2>'
    after = _checks(report) + _accepted(report.get("accepted", [])) + _mended(report.get("mended", []))
    if not doubts:
        return f"{head}<p>Nothing: every passage passed its checks.</p>{after}</section>"
    kinds = Counter(plain(doubt["fault"]) for doubt in doubts)
    faults = "".join(
        f'<li><span class="fault">{written(name)}</span> {count(number)}</li>'
        for name, number in kinds.most_common()
    )
    items = [_doubt(doubt, report, audio) for doubt in doubts[:DOUBTS_SHOWN]]
    first, rest = "".join(items[:DOUBTS_OPEN]), "".join(items[DOUBTS_OPEN:])
    listed = f'<ol class="doubts">{first}</ol>'
    if rest:
        further = count(len(items) - DOUBTS_OPEN, "further doubt")
        listed += f'<details><summary>{further}</summary><ol class="doubts">{rest}</ol></details>'
    if whole > len(items):
        left = count(whole - len(items), "more doubt")
        verb = "is" if whole - len(items) == 1 else "are"
        listed += (
            f"<p>{left} {verb} not listed on this page: all {count(whole)} are in"
            ' <a href="report.json">report.json</a>, and <code>voxpress review</code> goes through them.</p>'
        )
    return f'{head}<ul class="faults">{faults}</ul>{listed}{after}</section>'


def _checks(report: Mapping[str, Any]) -> str:
    """What was checked, and who listened."""
    checks = report.get("checks")
    if not checks:
        return ""
    who = "".join(
        f" {count(one['takes'], 'passage')} ({count(one['words'], 'word')}) by"
        f' <span class="hash">{written(one["by"])}</span>.'
        for one in checks["heard"]
    )
    policy = f" Allowed errors: {written(checks['policy'])}." if checks["policy"] else ""
    return f'<p class="soft">{written(checks["said"])}{" Listened to:" * bool(who)}{who}{policy}</p>'


def _accepted(doubts: Sequence[Mapping[str, str]]) -> str:
    """Doubts that somebody looked into and found to be none."""
    if not doubts:
        return ""
    items = "".join(
        f'<li>{written(one["said"])} <span class="soft small"><span class="fault">'
        f"{written(plain(one['fault']))}</span> <bdi>{written(one['chapter'])}</bdi></span></li>"
        for one in doubts[:DOUBTS_SHOWN]
    )
    return (
        f"<details><summary>{count(len(doubts), 'doubt')} accepted by somebody who looked into it</summary>"
        f"<ul>{items}</ul></details>"
    )


def _mended(faults: Sequence[Mapping[str, str]]) -> str:
    """Faults that cost a passage another rendition."""
    if not faults:
        return ""
    found = Counter(plain(one["fault"]) for one in faults).most_common()
    told = ", ".join(f"{name} ({count(times)})" for name, times in found)
    return f'<p class="soft">Found in renditions that were not kept: {written(told)}.</p>'


def _doubt(doubt: Mapping[str, Any], report: Mapping[str, Any], audio: Audio) -> str:
    place = "<span></span>"
    if "start" in doubt and audio.parts:
        name = f"Play {clock(doubt['start'])}: {plain(doubt['fault'])}"
        place = audio.link(doubt["start"], doubt["end"], name)
    language = report["metadata"]["language"]
    words, chapter = doubt["text"], doubt["chapter"]
    if len(words) > WORDS_SHOWN:
        words = words[: WORDS_SHOWN - 1].rstrip() + "…"
    quoted = (
        f'<p class="words"><q lang="{written(language)}" dir="{direction(language)}">{written(words)}</q></p>'
        if words
        else ""
    )
    where = f'<bdi class="soft">{written(chapter)}</bdi>' if chapter else ""
    return (
        f"<li>{place}<div>{quoted}<p>{written(doubt['said'])}</p>"
        f'<p class="small"><span class="fault">{written(plain(doubt["fault"]))}</span> {where}</p></div></li>'
    )


def chapters_section(report: Mapping[str, Any], audio: Audio) -> str:
    """Every chapter with its figures."""
    chapters = report["chapters"]
    longest = max((chapter["duration"] for chapter in chapters), default=1) or 1
    rows = "".join(_rows(chapters[:CHAPTERS_SHOWN], audio, longest))
    left = len(chapters) - CHAPTERS_SHOWN
    more = f"<p>{count(left, 'more chapter')}: report.json has them.</p>" if left > 0 else ""
    names = (
        ("Play", ""), ("Title", ""), ("Length", "num"), ("", "wide"), ("Words", "num"), ("Words a minute", "num"),
        ("LUFS", "num"), ("Peak, dBTP", "num"), ("In doubt", "num"),
    )  # fmt: skip
    head = "".join(
        f'<th scope="col" class="{kind}">{name}</th>' if name else f'<td class="{kind}"></td>'
        for name, kind in names
    )
    return (
        '<section aria-labelledby="chapters"><h2 id="chapters">Chapters</h2>'
        '<div class="scroll full" tabindex="0" role="region" aria-label="Chapters and their figures"><table>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>{more}</section>"
    )


def _rows(chapters: Sequence[Mapping[str, Any]], audio: Audio, longest: float) -> Iterator[str]:
    for chapter in chapters:
        title = chapter["title"] or f"Chapter {chapter['index'] + 1}"
        start = chapter["start"]
        place = audio.link(start, None, f"Play {clock(start)}: {title}") if audio.parts else clock(start)
        yield (
            f'<tr data-start="{start:.3f}"><td>{place}</td>'
            f'<th scope="row" class="name" dir="auto">{written(title)}</th>'
            f'<td class="num">{span(chapter["duration"])}</td>'
            f'<td class="wide">{bar(chapter["duration"] / longest)}</td>'
            f'<td class="num">{figure(chapter["words"])}</td>'
            f'<td class="num">{figure(chapter.get("words_per_minute"))}</td>'
            f'<td class="num">{decibels(chapter.get("integrated_lufs"))}</td>'
            f'<td class="num">{decibels(chapter.get("true_peak_dbtp"))}</td>'
            f'<td class="num">{figure(chapter.get("doubts") or None)}</td></tr>\n'
        )
