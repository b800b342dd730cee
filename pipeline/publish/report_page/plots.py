"""Plots as SVG, drawn in steps: each value is a level line over its part of the width.

The drawings are stretched to the width they get (``preserveAspectRatio="none"``), so all writing stands beside
them in HTML. Colours are those of the page's classes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import ceil, floor

from pipeline.publish.markup import written

WIDTH = 1000
"""Units of the drawings' own."""

FEWEST = 4
"""Steps of a scale at least: where nothing changes, nothing shall seem to."""

Values = Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Scale:
    """What the bottom and the top of a plot stand for."""

    low: float
    high: float
    height: int

    def y(self, value: float) -> float:
        """Where a value is drawn; what lies outside is drawn at the edge."""
        share = (value - self.low) / (self.high - self.low)
        return round(self.height * (1 - min(max(share, 0.0), 1.0)), 1)


def scale_of(values: Iterable[float | None], height: int, step: float, widest: float) -> Scale:
    """From below the least to above the largest of ``values``, in whole ``step``.

    No more than ``widest`` below the largest: a single silence would press all else together.
    """
    known = [value for value in values if value is not None] or [0.0]
    high = ceil(max(known) / step) * step
    low = floor(max(min(known), high - widest) / step) * step
    return Scale(low, max(high, low + FEWEST * step), height)


def curve(values: Values, scale: Scale) -> str:
    """The path of a step line; it is broken where nothing is known."""
    parts = []
    for at, run in _runs(values):
        points = [f"M{_x(at, values)} {_n(scale.y(run[0]))}H{_x(at + 1, values)}"]
        for number, value in enumerate(run[1:], start=at + 1):
            points.append(f"V{_n(scale.y(value))}H{_x(number + 1, values)}")
        parts.append("".join(points))
    return "".join(parts)


def band(lowest: Values, highest: Values, scale: Scale) -> str:
    """The path of the area between two step lines, which are known at the same places."""
    parts = []
    for (at, low), (_, high) in zip(_runs(lowest), _runs(highest), strict=True):
        points = [f"M{_x(at, lowest)} {_n(scale.y(high[0]))}"]
        for number, value in enumerate(high, start=at):
            points.append(f"V{_n(scale.y(value))}H{_x(number + 1, lowest)}")
        for number, value in reversed(list(enumerate(low, start=at))):
            points.append(f"V{_n(scale.y(value))}H{_x(number, lowest)}")
        parts.append("".join([*points, "Z"]))
    return "".join(parts)


def drawing(name: str, title: str, description: str, height: int, inside: str) -> str:
    """A whole drawing with what it shows told in words."""
    return (
        f'<svg class="plot" viewBox="0 0 {WIDTH} {height}" preserveAspectRatio="none" role="img"'
        f' aria-labelledby="{name}-t {name}-d">'
        f'<title id="{name}-t">{written(title)}</title><desc id="{name}-d">{written(description)}</desc>'
        f'{inside}<line class="now" x1="0" x2="0" y1="0" y2="{height}" visibility="hidden"/></svg>'
    )


def path(kind: str, lines: str) -> str:
    """A path of the class ``kind``."""
    return f'<path class="{kind}" d="{lines}"/>' if lines else ""


def level(kind: str, value: float, scale: Scale) -> str:
    """A line across the whole width; none where the value is off the scale."""
    if not scale.low <= value <= scale.high:
        return ""
    y = _n(scale.y(value))
    return f'<line class="{kind}" x1="0" x2="{WIDTH}" y1="{y}" y2="{y}"/>'


def stretches(kind: str, shares: Iterable[tuple[float, float]], height: int, least: float) -> str:
    """Marks from one share of the width to another, at least ``least`` units wide; those that meet are one."""
    merged: list[list[float]] = []
    for start, end in sorted(shares):
        left, right = start * WIDTH, max(end * WIDTH, start * WIDTH + least)
        if merged and left <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], right)
        else:
            merged.append([left, right])
    return "".join(
        f'<rect class="{kind}" x="{_n(left)}" width="{_n(right - left)}" height="{height}"/>'
        for left, right in merged
    )


def bar(share: float) -> str:
    """A bar in a table: a number beside it says the same."""
    width = _n(round(100 * min(max(share, 0.0), 1.0), 1))
    return (
        '<svg class="bar" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect width="{width}" height="1"/></svg>'
    )


def _runs(values: Values) -> list[tuple[int, list[float]]]:
    """Each run of known values with the place of its first."""
    runs = []
    for known, group in groupby(enumerate(values), key=lambda item: item[1] is not None):
        if known:
            items = [(at, value) for at, value in group if value is not None]
            runs.append((items[0][0], [value for _, value in items]))
    return runs


def _x(at: int, values: Values) -> str:
    return _n(round(at * WIDTH / len(values), 1))


def _n(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
