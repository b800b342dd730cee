"""How the PDF set of the reading benchmark scores, on texts whose score is plain."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.reading.pdf import in_order, measure
from bench.reading.pdf_marks import Divided, Row, divided, furniture, resolved
from bench.reading.pdf_truth import MISREAD, facts, true_texts, words
from bench.reading.table import OURS
from tests.typeset import MAKERS


def rows(*texts: str) -> list[Row]:
    return [Row(text, 700 - 14 * n, 710 - 14 * n, 50, 300) for n, text in enumerate(texts)]


def test_order_counts() -> None:
    assert in_order(["a", "b", "c", "d"], ["a", "b", "c", "d"]) == 1
    assert in_order(["c", "d", "a", "b"], ["a", "b", "c", "d"]) == 0.5
    assert in_order(["a", "b"], ["a", "b", "c", "d"]) == pytest.approx(2 * 2 / 6)
    assert in_order([], ["a"]) == 0


def test_words_are_compared_without_dress() -> None:
    assert words("The ﬁrst, “Second” — 第三!") == ["the", "first", "second", "第", "三"]


def test_furniture_is_what_comes_again_and_the_truth_has_not() -> None:
    bodies = [
        "one ferry left at dawn",
        "two ferries left at noon",
        "three boats stayed at home",
        "four never came",
    ]
    pages = [
        rows("Harbour Book", body, f"and {body} again", f"{n} lamps were lit that night", str(n + 7))
        for n, body in enumerate(bodies)
    ]
    truth = " ".join(
        f"{body} and {body} again {n} lamps were lit that night" for n, body in enumerate(bodies)
    )
    found = furniture(pages, truth)
    assert {line.words for line in found} == {("harbour", "book"), ("7",), ("8",), ("9",), ("10",)}
    clean, leaking = f" {truth} ", f" {truth.replace('two ferries', 'harbour book two ferries', 1)} "
    assert not any(line.is_in(clean) for line in found)
    assert sum(line.is_in(leaking) for line in found) >= 1


def test_a_divided_word_is_right_as_the_truth_spells_it() -> None:
    page = rows("the ferry-", "man left the half-", "moon and an un-", "known thing")
    found = divided([page], "The ferryman left. The half-moon rose.")
    assert found == [Divided("the", "ferryman"), Divided("the", "half-moon")]
    assert resolved(found, "the ferryman left the half-moon") == 2
    assert resolved(found, "the ferry-man left the halfmoon") == 0


def test_facts_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "facts").mkdir()
    said = [
        {
            "pdf": "a.pdf",
            "type": "present",
            "text": "The ferryman kept his lantern burning until the morning came",
        },
        {"pdf": "a.pdf", "type": "absent", "text": "HARBOUR BOOK"},
        {"pdf": "a.pdf", "type": "absent", "text": "12", "last_n": 10},
        {"pdf": "a.pdf", "type": "order", "before": "ferryman", "after": "morning"},
        {"pdf": "a.pdf", "type": "math", "math": "x"},
    ]
    (tmp_path / "facts" / "facts.jsonl").write_text("\n".join(map(json.dumps, said)))
    found, others = facts(tmp_path)
    assert others == {"math": 1}
    text = "12 lamps of the Harbour Book. The ferry- man kept his lantern buming until the morning came."
    assert [fact.holds(text) for fact in found] == [False, False, True, True]
    assert [fact.holds(text, MISREAD * 2) for fact in found] == [True, True, True, True]


def test_truths_whose_text_macros_make_are_none(tmp_path: Path) -> None:
    for name, source in (
        ("a", r"\begin{document}\section{On} lamps 50\% \textbf{lit}"),
        ("b", r"\lipsum[1]"),
    ):
        (tmp_path / f"{name}.pdf").touch()
        (tmp_path / f"{name}.tex").write_text(source)
    ((path, text),) = true_texts(tmp_path)
    assert path.name == "a.pdf"
    assert words(text) == ["on", "lamps", "50", "lit"]


def test_any_folder_of_that_shape_is_measured(tmp_path: Path) -> None:
    folder = tmp_path / "pdf"
    folder.mkdir()
    told = MAKERS["book"](folder / "book.pdf")
    (folder / "book.txt").write_text("\n".join(told))
    (folder / "hostile").mkdir()
    (folder / "hostile" / "none.pdf").write_bytes(b"no PDF at all")
    table = measure(tmp_path)
    assert table is not None
    ours = {row.measure: row.values[OURS] for row in table.rows}
    assert ours["longest-common-subsequence F1 with the true text"] == pytest.approx(1, abs=0.005)
    assert ours["running heads and page numbers kept out"] == 1
    assert ours["hostile or encrypted files handled"] == 1
    assert measure(tmp_path / "nowhere") is None
