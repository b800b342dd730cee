"""The report's page: loudness, peaks and speed from beginning to end, with doubts and chapters on the same line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from math import log10
from typing import Any

from pipeline.publish.markup import written
from pipeline.publish.report_page import plots
from pipeline.publish.report_page.saying import clock, count, decibels, figure, span

ROWS = 24
"""Parts in the table that says what the curves show."""
TITLED_CHAPTERS = 400
"""With more, the strip of chapters does not name each of them."""
_TALL, _SHORT, _STRIP = 112, 72, 18


def section(report: Mapping[str, Any]) -> str:
    """All plots and their table."""
    course, length = report["course"], report["duration"]
    loudness = report["loudness"]
    figures = [
        _loudness(course, loudness["target_lufs"]),
        _peaks(course, loudness["true_peak_limit_dbtp"]),
        _speed(course, report["words_per_minute"]),
        _doubts(report["doubts"], length),
        _chapters(report["chapters"], length),
    ]
    ticks = "".join(f"<span>{clock(length * part / 8)}</span>" for part in range(9))
    return (
        '<section aria-labelledby="course"><h2 id="course">From beginning to end</h2><div class="course">'
        f'{"".join(figures)}<p class="times" aria-hidden="true">{ticks}</p>'
        f"{_table(course, length)}</div></section>"
    )


def _loudness(course: Mapping[str, Any], aim: float | None) -> str:
    lowest, highest, middle = course["lufs_lowest"], course["lufs_highest"], course["lufs"]
    scale = plots.scale_of([*lowest, *highest, aim], _TALL, 1, 18)
    inside = plots.path("band", plots.band(lowest, highest, scale))
    inside += plots.level("aim", aim, scale) if aim is not None else ""
    inside += plots.path("curve", plots.curve(middle, scale))
    asked = f"; asked for: {decibels(aim)}, dashed" if aim is not None else ""
    step = span(course["step_seconds"])
    return _figure(
        "loudness",
        "Loudness",
        f"LUFS, mean of each {step}; the band: quietest to loudest passage{asked}",
        _range(middle, "LUFS"),
        scale,
        inside,
    )


def _peaks(course: Mapping[str, Any], limit: float) -> str:
    peaks = course["true_peak_dbtp"]
    scale = plots.scale_of([*peaks, limit], _SHORT, 1, 18)
    inside = plots.level("aim", limit, scale) + plots.path("curve", plots.curve(peaks, scale))
    note = f"dBTP, highest of each {span(course['step_seconds'])}; limit: {decibels(limit)}, dashed"
    return _figure("peaks", "True peak", note, _range(peaks, "dBTP"), scale, inside, "short")


def _speed(course: Mapping[str, Any], mean: float | None) -> str:
    speeds = course["words_per_minute"]
    scale = plots.scale_of([*speeds, mean], _SHORT, 20, 400)
    inside = plots.level("aim", mean, scale) if mean is not None else ""
    inside += plots.path("curve", plots.curve(speeds, scale))
    note = f"words a minute, pauses between sentences not counted; mean: {figure(mean)}, dashed"
    return _figure("speed", "Speed", note, _range(speeds, "words a minute"), scale, inside, "short")


def _figure(
    name: str, title: str, note: str, told: str, scale: plots.Scale, inside: str, kind: str = ""
) -> str:
    low, high = (decibels(edge).removesuffix(".0") for edge in (scale.low, scale.high))
    svg = plots.drawing(name, title, told, scale.height, inside)
    return (
        f'<figure class="{kind}"><figcaption><b>{title}</b> <span class="soft">{written(note)}</span></figcaption>'
        f'<div class="frame"><div class="axis" aria-hidden="true"><span>{high}</span><span>{low}</span></div>'
        f"{svg}</div></figure>"
    )


def _range(values: Iterable[float | None], unit: str) -> str:
    """A curve in one sentence, for those who do not see it."""
    known = [value for value in values if value is not None]
    if not known:
        return "Nothing was measured."
    low, high = decibels(min(known)), decibels(max(known))
    return f"From {low} to {high} {unit}; the table below has it in {ROWS} parts at most."


def _doubts(doubts: Sequence[Mapping[str, Any]], length: float) -> str:
    placed = [doubt for doubt in doubts if "start" in doubt]
    shares = [(doubt["start"] / length, doubt["end"] / length) for doubt in placed]
    inside = plots.stretches("doubt-mark", shares, _STRIP, 2)
    told = f"{count(len(placed), 'place')} in doubt; the list below has them all." if placed else "None."
    return _strip("doubt-line", "In doubt", "" if placed else "nothing", told, inside)


def _chapters(chapters: Sequence[Mapping[str, Any]], length: float) -> str:
    named = len(chapters) <= TITLED_CHAPTERS
    parts = []
    for chapter in chapters:
        left = round(plots.WIDTH * chapter["start"] / length, 1)
        width = round(plots.WIDTH * chapter["duration"] / length, 1)
        title = f"<title>{written(chapter['title'] or 'Untitled')}</title>" if named else ""
        kind = "even" if chapter["index"] % 2 else "odd"
        parts.append(f'<rect class="{kind}" x="{left:g}" width="{width:g}" height="{_STRIP}">{title}</rect>')
    told = f"{count(len(chapters), 'chapter')}; the table below has them all."
    return _strip("chapter-line", "Chapters", "", told, "".join(parts))


def _strip(name: str, title: str, note: str, told: str, inside: str) -> str:
    if not inside:
        return f'<p class="soft small"><b>{title}</b> {note}</p>'
    svg = plots.drawing(name, title, told, _STRIP, inside)
    return (
        f'<figure class="strip"><figcaption><b>{title}</b> <span class="soft">{note}</span></figcaption>'
        f'<div class="frame"><span></span>{svg}</div></figure>'
    )


def _table(course: Mapping[str, Any], length: float) -> str:
    """The curves in at most ``ROWS`` parts."""
    steps = len(course["lufs"])
    rows = []
    edges = [steps * number // min(ROWS, steps) for number in range(min(ROWS, steps) + 1)]
    for first, after in pairwise(edges):
        parts = {name: _known(course[name][first:after]) for name in course if name != "step_seconds"}
        low, high = parts["lufs_lowest"], parts["lufs_highest"]
        speeds = parts["words_per_minute"]
        rows.append(
            f'<tr><th scope="row" class="num">{clock(length * first / steps)}</th>'
            f'<td class="num">{decibels(_mean_level(parts["lufs"]))}</td>'
            f'<td class="num">{decibels(min(low, default=None))}</td>'
            f'<td class="num">{decibels(max(high, default=None))}</td>'
            f'<td class="num">{decibels(max(parts["true_peak_dbtp"], default=None))}</td>'
            f'<td class="num">{figure(sum(speeds) / len(speeds) if speeds else None)}</td></tr>'
        )
    names = ("From", "Mean, LUFS", "Quietest passage", "Loudest passage", "True peak, dBTP", "Words a minute")
    head = "".join(f'<th scope="col" class="num">{name}</th>' for name in names)
    return (
        "<details><summary>The same in numbers</summary>"
        '<div class="scroll" tabindex="0" role="region" aria-label="The curves in numbers"><table>'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div></details>"
    )


def _known(values: Iterable[float | None]) -> list[float]:
    return [value for value in values if value is not None]


def _mean_level(levels: Sequence[float]) -> float | None:
    if not levels:
        return None
    return 10 * log10(sum(10 ** (level / 10) for level in levels) / len(levels))
