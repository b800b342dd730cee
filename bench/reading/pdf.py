"""PDFs: the text in its order, running matter out, divided words, checked facts, damaged and locked files."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from bench.reading.pdf_marks import divided, furniture, resolved, rows_of
from bench.reading.pdf_readers import EVERYTHING, Reading, contestants, read, version
from bench.reading.pdf_truth import MISREAD, SCORED, facts, passwords, true_texts, words
from bench.reading.table import OURS, Row, Table

HOSTILE_SECONDS = 30
HOSTILE_MEGABYTES = 512
FEW_MARKS = 3
"""Running lines that a file must have to be scored on them."""


def in_order(found: Sequence[str], true: Sequence[str]) -> float:
    """The longest common subsequence over the mean length: F1 of words in their order.

    Bit-parallel, after Hyyrö (2004), "Bit-parallel LCS-length computation revisited".
    """
    if not found or not true:
        return 0.0
    places: dict[str, int] = {}
    for index, word in enumerate(true):
        places[word] = places.get(word, 0) | 1 << index
    full = (1 << len(true)) - 1
    row = full
    for word in found:
        match = row & places.get(word, 0)
        row = ((row + match) | (row - match)) & full
    return 2 * (len(true) - row.bit_count()) / (len(found) + len(true))


def measure(corpus: Path) -> Table | None:
    """Measure every reader on ``corpus/pdf``; nothing when it is not there."""
    folder = corpus / "pdf"
    if not folder.is_dir():
        return None
    names = contestants()
    rows = [
        row
        for row in (
            _text(folder, names, "longest-common-subsequence F1 with the true text", everything=True),
            _text(folder, names, "the same, as it is narrated unless asked", everything=False),
            _furniture(folder, names, "running heads and page numbers kept out", everything=False),
            _furniture(folder, names, "the same, nothing left out on purpose", everything=True),
            _hyphens(folder, names),
            _facts(folder, names, "checked facts (present, absent, order), to the letter, case aside", 0.0),
            _facts(
                folder, names, "the same, one letter of fifty may be misread, absent with its case", MISREAD
            ),
            _hostile(corpus, names),
        )
        if row
    ]
    return Table("PDF", names, rows, _notes(folder, names))


@cache
def _reading(name: str, path: Path, password: str = "", seconds: float = 180) -> Reading:
    found = read(name, path, password, seconds)
    if found.crashed:
        print(f"{name} on {path.name}: {found.crashed}", file=sys.stderr)
    return found


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _whole(name: str) -> str:
    """Which reader to ask when everything in the file counts: ours leaves out much unless it is asked."""
    return EVERYTHING if name == OURS else name


def _text(folder: Path, names: Sequence[str], measure: str, *, everything: bool) -> Row | None:
    truths = list(true_texts(folder))
    values: dict[str, list[float]] = {name: [] for name in names}
    for path, truth in truths:
        true = words(truth)
        for name in names:
            asked = _whole(name) if everything else name
            values[name].append(in_order(words(_reading(asked, path).text), true))
            print(f"  {path.name}: {asked} {values[name][-1]:.3f}", file=sys.stderr)
    return (
        Row(
            measure,
            {name: _mean(found) for name, found in values.items()},
            0.96,
            len(truths),
        )
        if truths
        else None
    )


def _furniture(folder: Path, names: Sequence[str], measure: str, *, everything: bool) -> Row | None:
    out: dict[str, int] = dict.fromkeys(names, 0)
    cases = 0
    for path, truth in true_texts(folder):
        lines = furniture(rows_of(path), truth)
        if len(lines) < FEW_MARKS:
            continue
        cases += len(lines)
        for name in names:
            flat = f" {' '.join(words(_reading(_whole(name) if everything else name, path).text))} "
            out[name] += sum(not line.is_in(flat) for line in lines)
    return (
        Row(
            measure,
            {name: n / cases for name, n in out.items()},
            0.97,
            cases,
        )
        if cases
        else None
    )


def _hyphens(folder: Path, names: Sequence[str]) -> Row | None:
    right: dict[str, int] = dict.fromkeys(names, 0)
    cases = 0
    for path, truth in true_texts(folder):
        found = divided(rows_of(path), truth)
        cases += len(found)
        for name in names:
            right[name] += resolved(found, _reading(_whole(name), path).text) if found else 0
    return (
        Row("line-end hyphens resolved rightly", {name: n / cases for name, n in right.items()}, 0.98, cases)
        if cases
        else None
    )


def _facts(folder: Path, names: Sequence[str], measure: str, misread: float) -> Row | None:
    found, _ = facts(folder)
    readable = {fact.file for fact in found if any(_reading(name, fact.file).text.strip() for name in names)}
    scored = [fact for fact in found if fact.file in readable]
    values: dict[str, float | None] = {}
    for name in names:
        texts = {path: _reading(name, path).text for path in readable}
        # Nothing read is nothing right: silence does not keep a header out.
        held = [bool(texts[fact.file].strip()) and fact.holds(texts[fact.file], misread) for fact in scored]
        values[name] = _mean(held)
    return Row(measure, values, 0.90, len(scored)) if scored else None


def _hostile(corpus: Path, names: Sequence[str]) -> Row | None:
    files = [(path, "") for path in sorted((corpus / "pdf" / "hostile").glob("*.pdf"))]
    for name, password in passwords(corpus).items():
        path = corpus / "pdf" / name
        if path.is_file():
            files += [(path, ""), (path, password)]
    held: dict[str, list[bool]] = {name: [] for name in names}
    for path, password in files:
        readings = {name: _reading(name, path, password, HOSTILE_SECONDS) for name in names}
        has_text = any(reading.text.strip() for reading in readings.values())
        for name, reading in readings.items():
            answered = bool(reading.text.strip()) or (bool(reading.refusal) and not has_text)
            silent = not has_text and not reading.crashed
            held[name].append((answered or silent) and reading.megabytes <= HOSTILE_MEGABYTES)
    return (
        Row(
            "hostile or encrypted files handled",
            {name: _mean(found) for name, found in held.items()},
            1.0,
            len(files),
        )
        if files
        else None
    )


def _notes(folder: Path, names: Sequence[str]) -> tuple[str, ...]:
    _, others = facts(folder)
    unscored = ", ".join(f"{number} of kind {kind}" for kind, number in sorted(others.items()))
    versions = ", ".join(f"{name} {version(name)}" for name in names if name != OURS)
    return (
        f"Readers: {versions}. Each as its documentation says to get plain text, in a process of its own.",
        "Words are compared after NFKC and case folding, without punctuation; a Chinese character is a word. "
        "True texts hold all of a file (contents, notes, code, tables), and so for the first row "
        "and the hyphens this project's reader was asked for all that it leaves out by itself; for the others it was "
        "not, unless they say so: contents pages, once they are read, put numbers beside titles as a head would.",
        "Running matter: rows at a page's end that come again on three pages at one height, or whose number counts "
        "along, and that the true text does not have there; kept out when neither their neighbours before nor "
        "after stand beside them in the reading.",
        "Hyphens: words divided at a row's end whose spelling, with the word before, the true text settles.",
        f"Facts: {', '.join(SCORED)}"
        + (
            f"; {unscored} not scored: cells by their neighbours and formulas in TeX are for the eye"
            if unscored
            else ""
        )
        + ". The second row bears the misreadings in the text layers of scans, and tells a letterhead in "
        "capitals, which must not be there, from the same name in the text. A file in which no reader "
        "finds text (a scan) is left out; a reader that reads nothing holds none.",
        f"Handled: within {HOSTILE_SECONDS} s and {HOSTILE_MEGABYTES} MB, the text where any reader finds some, "
        "else the reader's own error or nothing; an exception that it does not document, or a signal, is a crash.",
    )


__all__ = ["in_order", "measure"]
