"""``voxpress make --check asr``: an engine that says other words than it was given is found out.

The recogniser is a stand-in that listens to the tone engine's tones; see tests/integration/test_whisper.py for the
real one.
"""

from __future__ import annotations

import json

import pytest

from tests.books import write_epub
from tests.ears import Speller, book, first_word
from tests.running import Voxpress


@pytest.fixture
def text() -> tuple[dict[str, list[str]], str]:
    """A book of two chapters, and all that may be heard in it."""
    speller = Speller()
    return book(speller, chapters=2, paragraphs=2), speller.vocabulary


def listening(voxpress: Voxpress, vocabulary: str) -> None:
    """Let the stand-in listen."""
    (voxpress.folder / "vocabulary").write_text(vocabulary)
    (voxpress.folder / "orders").touch()
    voxpress.env |= {
        "VOXPRESS_RECOGNISER": "tone",
        "VOXPRESS_TONE_VOCABULARY": str(voxpress.folder / "vocabulary"),
        "VOXPRESS_TONE_ORDERS": str(voxpress.folder / "orders"),
        "VOXPRESS_TONE_EARS_LOG": str(voxpress.folder / "ears.log"),
        "VOXPRESS_TONE_EARS_KILL": str(voxpress.folder / "kill"),
    }


def heard(voxpress: Voxpress) -> int:
    return len((voxpress.folder / "ears.log").read_text().splitlines())


def test_words_that_are_wrong_are_spoken_again_and_told_where_nothing_helps(
    voxpress: Voxpress, text: tuple[dict[str, list[str]], str]
) -> None:
    chapters, vocabulary = text
    listening(voxpress, vocabulary)
    helped, twice, never, added = (first_word(chapters, c, p) for c in (0, 1) for p in (0, 1))
    (voxpress.folder / "orders").write_text(
        f"unsaid-at-first {helped}\nsaid-twice-at-first {twice}\nmisread {never}\nsaid-besides-at-first {added}\n"
    )
    (voxpress.folder / "kill").touch()  # who listens first is killed in the middle of it
    source = write_epub(voxpress.folder / "book.epub", chapters)

    voxpress.make(source, "--check", "asr", code=3)

    assert not (voxpress.folder / "kill").exists()
    doubts = json.loads(voxpress.file("report.json").read_text())["doubts"]
    assert {doubt["chapter"] for doubt in doubts} == {list(chapters)[1]}
    sentence = chapters[list(chapters)[1]][0].split(". ")[0] + "."
    assert any(doubt["fault"] == "words-different" and doubt["text"] in sentence for doubt in doubts)
    words = [
        word for one in voxpress.transcript()["chapters"] for s in one["segments"] for word in s["words"]
    ]
    marked = [word["text"] for word in words if word.get("doubt")]
    assert set(sentence.split()[:3]) <= set(marked)
    assert set(marked) <= set(sentence.split()) | {chapters[list(chapters)[1]][0].split()[5]}  # the next one

    spoken, listened = len(voxpress.calls()), heard(voxpress)
    assert spoken > 6
    voxpress.make(source, "--check", "asr", code=3)
    assert (len(voxpress.calls()), heard(voxpress)) == (spoken, listened)

    voxpress.make(source, "--check", "asr", "--check-policy", "strict", code=3)
    assert (len(voxpress.calls()), heard(voxpress)) == (spoken, listened)


def test_ears_that_are_not_there_are_an_error_before_anything_is_made(
    voxpress: Voxpress, text: tuple[dict[str, list[str]], str]
) -> None:
    source = write_epub(voxpress.folder / "book.epub", text[0])

    refused = voxpress.make(source, "--check", "asr", code=1)

    assert "voxpress models pull" in refused.stderr
    assert not voxpress.calls()
    assert "auto, off, signal or asr" in voxpress.make(source, "--check", "nose", code=2).stderr
