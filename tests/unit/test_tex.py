"""Formulas in TeX inside Markdown: simple ones are said, the others are counted, and prices are prices."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.ingest.tex import tex_line
from pipeline.model import Book
from tests.documents import read


def book_of(tmp_path: Path, text: str) -> Book:
    return read(tmp_path / "book.md", text.encode())


@pytest.mark.parametrize(
    ("tex", "line"),
    [
        ("E = mc^2", "E = mc²"),
        (r"a_1 + a_{2}", "a₁ + a₂"),
        (r"\frac{1}{3}", "1/3"),
        (r"\frac{x+1}{2}", "(x+1)/2"),
        (r"\sqrt{2} \approx 1.41", "√2 ≈ 1.41"),
        (r"\alpha \le \pi \text{ here}", "α ≤ π here"),
        (r"\int_0^1 x^2 \, dx", None),
        (r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}", None),
        (r"x^{y^2}", None),
        ("x" * 100, None),
    ],
)
def test_what_is_simple(tex: str, line: str | None) -> None:
    assert tex_line(tex) == line


def test_formulas_of_a_text(tmp_path: Path) -> None:
    book = book_of(
        tmp_path,
        "# Energy\n\nWe know that $E = mc^2$ holds.\n\n$$\n\\int_0^1 x^2 \\, dx\n$$\n\n"
        "\\[ a^2 + b^2 = c^2 \\]\n\nAnd so on.\n",
    )
    assert book.chapters[0].text.split("\n\n") == [
        "Energy", "We know that E = mc² holds.", "a² + b² = c²", "And so on.",
    ]  # fmt: skip
    assert [(found.kind, found.count) for found in book.skipped] == [("equation", 1)]


@pytest.mark.parametrize(
    "text",
    [
        "It costs $5 and $6 here.",
        "Between $10-$20 it was, or US$ 30.",
        "From $5,000 to $6,000$ or so.",
        "Write `$x^2$` for it.",
    ],
)
def test_prices_and_code_are_none(tmp_path: Path, text: str) -> None:
    book = book_of(tmp_path, f"# One\n\n{text}\n")
    assert book.chapters[0].blocks[1].text == text.replace("`", "")
    assert not book.skipped
