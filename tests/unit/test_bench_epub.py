"""The benchmark of EPUBs judges rightly: a perfect reading scores 1, a naive one less, nothing 0."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest

from bench.reading.bounds import MEMORY_MIB, Outcome
from bench.reading.breakages import BREAKAGES, pack, unpack
from bench.reading.broken import well_handled
from bench.reading.epub import score
from bench.reading.epub_truth import read_truth
from pipeline.errors import SourceError
from tests.helpers_epub import page, read, titles, write_epub
from tests.kinds_epub import KINDS

SAID = "It was low tide.* Nobody came to the quay that day, and the lamp was out."
TOLD = SAID.replace("*", "")


@pytest.fixture
def book(tmp_path: Path) -> Path:
    reference = '<a href="n.xhtml#n1" epub:type="noteref">1</a>'
    documents = {
        "t.xhtml": page("<h1>The Reef</h1>", body='epub:type="frontmatter titlepage"'),
        "c1.xhtml": page(
            f"<h2>One</h2><p>{SAID.replace('*', reference)}</p>", body='epub:type="bodymatter chapter"'
        ),
        "n.xhtml": page(
            '<h2>Notes</h2><ol><li id="n1" epub:type="endnote">A neap tide.</li></ol>',
            body='epub:type="backmatter endnotes"',
        ),
    }
    toc = [("The Reef", "t.xhtml"), ("One", "c1.xhtml"), ("Notes", "n.xhtml")]
    return write_epub(tmp_path / "reef.epub", documents, toc)


def test_a_perfect_reading_scores_one(book: Path) -> None:
    truth = read_truth(book)
    assert truth is not None
    assert truth.titles == ["One"]
    found = score(truth, [("One", f"One\n{TOLD}")])
    assert (found.read, found.titles, found.body, found.narrative) == (1, 1, 1, 1)
    assert (found.references, found.kept_out) == (1, 1)


def test_a_naive_reading_scores_less(book: Path) -> None:
    truth = read_truth(book)
    assert truth is not None
    everything = [("", "The Reef"), ("One", f"One\n{SAID.replace('*', '1')}"), ("", "Notes A neap tide.")]
    found = score(truth, everything)
    assert found.titles == pytest.approx(2 / 4)
    assert found.body == 1
    assert found.narrative is not None
    assert found.narrative < 0.9
    assert (found.references, found.kept_out) == (1, 0)
    half = score(truth, [("One", "One It was low tide.")])
    assert half.body is not None
    assert half.body < 0.5


def test_a_book_that_is_not_read_scores_nothing(book: Path) -> None:
    truth = read_truth(book)
    assert truth is not None
    found = score(truth, [("One", " \n")])
    assert (found.read, found.titles, found.body) == (0, 0, None)


@pytest.mark.parametrize(
    ("answer", "peak", "timed_out", "well"),
    [
        ({"chapters": [["One", "Text."]]}, 100, False, True),
        ({"error": "SourceBroken: it is cut short.", "typed": True}, 100, False, True),
        ({"error": "KeyError: 'x'", "typed": False}, 100, False, False),
        ({"chapters": [["One", " "]]}, 100, False, False),
        ({}, 100, False, False),
        ({"chapters": [["One", "Text."]]}, MEMORY_MIB + 1, False, False),
        ({"chapters": [["One", "Text."]]}, 100, True, False),
    ],
)
def test_what_counts_as_well_handled(
    answer: dict[str, object], peak: float, timed_out: bool, well: bool
) -> None:
    assert well_handled(Outcome(answer, 1.0, peak, timed_out)) is well


@pytest.mark.parametrize("breakage", BREAKAGES)
def test_every_kind_broken_in_every_way_is_read_or_refused(tmp_path: Path, breakage: str) -> None:
    read_at_all = 0
    for make in KINDS:
        whole = make(tmp_path)
        path = pack(tmp_path / "broken.epub", BREAKAGES[breakage](unpack(whole)))
        with suppress(SourceError):
            read_at_all += bool(titles(read(path)))
    assert read_at_all >= len(KINDS) // 2  # half of them have one document only
