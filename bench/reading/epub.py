"""EPUBs: are they read, cut where the book says, and is what is told narrated, and nothing else?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from bench.reading.bounds import call
from bench.reading.epub_contestants import installed, versions
from bench.reading.epub_truth import Truth, plain, read_truth, squeezed, words
from bench.reading.table import Row, Table

_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Score:
    """One contestant on one book; None where the book has no such truth."""

    read: float
    titles: float | None = None
    body: float | None = None
    narrative: float | None = None
    references: int = 0
    """Note references whose surroundings are narrated."""
    kept_out: int = 0


def measure(corpus: Path) -> Table | None:
    """Every ``corpus/epub/*.epub``."""
    paths = sorted((corpus / "epub").glob("*.epub"))
    books = [(path, truth) for path in paths if (truth := read_truth(path))]
    if not books:
        return None
    names = installed()
    scores = {name: [_score(name, path, truth) for path, truth in books] for name in names}

    def row(measure: str, field: str, target: float) -> Row:
        by_name = {
            name: [value for one in found if (value := getattr(one, field)) is not None]
            for name, found in scores.items()
        }
        counted = len(next(iter(by_name.values())))
        return Row(measure, {n: fmean(v) if v else None for n, v in by_name.items()}, target, counted)

    return Table(
        "EPUB",
        names,
        (
            row("books read", "read", 1.0),
            row("chapter titles, F1 of the sequence", "titles", 0.96),
            row("words of the body matter narrated", "body", 0.995),
            row("narrated words that are narrative", "narrative", 0.99),
            Row(
                "note markers kept out",
                {name: _share(found) for name, found in scores.items()},
                0.999,
                sum(len(truth.references) for _, truth in books),
            ),
        ),
        (
            "A book is read when text comes out. The titles are those of the navigation document, else the NCX,"
            " but for lines that lead to covers, title pages, imprints, lists, notes and indexes; both sequences"
            " are compared by their longest common subsequence, case and punctuation folded, and a book that is"
            " not read counts as 0. Matter is what the documents say by `epub:type`; books that say nothing"
            " are not counted there, nor are those that a contestant cannot read. A marker is kept out when the"
            " passage around it is narrated without it.",
            f"{versions()}; epub_to_audiobook is no package, its default behaviour was written anew.",
        ),
    )


def score(truth: Truth, chapters: Sequence[Sequence[str]]) -> Score:
    """What one reading of one book is worth."""
    text = "\n".join(chapter for _, chapter in chapters)
    if not text.strip():
        return _unread(truth)
    said = words(text)
    kept_out, found = _markers(truth, squeezed(text))
    return Score(
        1.0,
        _f1([plain(t) for t in truth.titles], [plain(t) for t, _ in chapters]) if truth.titles else None,
        _covered(truth.body, said) if truth.says_matter else None,
        _covered(said, truth.narrative) if truth.says_matter else None,
        found,
        kept_out,
    )


def _score(name: str, path: Path, truth: Truth) -> Score:
    outcome = call("bench.reading.epub_contestants", name, str(path), seconds=_SECONDS)
    chapters = outcome.answer.get("chapters")
    return score(truth, chapters) if chapters else _unread(truth)


def _unread(truth: Truth) -> Score:
    return Score(0.0, 0.0 if truth.titles else None)


def _covered(of: Counter[str], by: Counter[str]) -> float:
    """The share of the words of one text that are in another, each as often."""
    return (of & by).total() / max(1, of.total())


def _f1(truth: list[str], found: list[str]) -> float:
    common = _longest_common(truth, found)
    return 2 * common / (len(truth) + len(found))


def _longest_common(one: Sequence[str], other: Sequence[str]) -> int:
    """Length of the longest common subsequence (Wagner and Fischer, 1974)."""
    last = [0] * (len(other) + 1)
    for a in one:
        now = [0]
        for at, b in enumerate(other):
            now.append(last[at] + 1 if a == b else max(last[at + 1], now[at]))
        last = now
    return last[-1]


def _markers(truth: Truth, text: str) -> tuple[int, int]:
    """How many references are kept out, and how many have their surroundings narrated at all."""
    kept_out = leaked = 0
    for reference in truth.references:
        if reference.before + reference.marker + reference.after in text:
            leaked += 1
        elif reference.before + reference.after in text:
            kept_out += 1
    return kept_out, kept_out + leaked


def _share(scores: Sequence[Score]) -> float | None:
    found = sum(one.references for one in scores)
    return sum(one.kept_out for one in scores) / found if found else None


__all__ = ["Score", "measure", "score"]
