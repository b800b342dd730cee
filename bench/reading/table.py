"""One table of results: a row for each measure, a column for each contestant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

OURS = "voxpress"
"""The column of this project."""


@dataclass(frozen=True, slots=True)
class Row:
    """One measure. Every value is a share between 0 and 1, and higher is better."""

    measure: str
    values: Mapping[str, float | None]
    """By contestant; None or missing: it does not do that, or is not installed."""
    target: float | None = None
    cases: int = 0
    """How many files, lines or facts stand behind it."""


@dataclass(frozen=True, slots=True)
class Table:
    """One set, measured."""

    title: str
    contestants: Sequence[str]
    """Columns in order, ``OURS`` first."""
    rows: Sequence[Row]
    notes: Sequence[str] = ()
    """Sentences under the table: definitions, versions, what could not be read."""


def show(value: float | None) -> str:
    """Three digits, as ``0.972``; a dash for nothing."""
    return "–" if value is None else f"{value:.3f}"


def markdown(table: Table) -> str:
    """The table as Markdown, under its title."""
    head = ("measure", "cases", *table.contestants, "target")
    lines = ["| " + " | ".join(head) + " |", "| --- |" + " ---: |" * (len(head) - 1)]
    for row in table.rows:
        values = (show(row.values.get(name)) for name in table.contestants)
        target = "" if row.target is None else f"≥ {row.target:g}"
        lines.append("| " + " | ".join((row.measure, str(row.cases or ""), *values, target)) + " |")
    return "\n\n".join((f"### {table.title}", "\n".join(lines), *table.notes))
