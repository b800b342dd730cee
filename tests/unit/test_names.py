"""Names and rare words of a book."""

from __future__ import annotations

import pytest

from pipeline.model import Block, BlockKind, Chapter
from pipeline.script import names
from pipeline.script.names import find_names


@pytest.fixture(autouse=True)
def _without_frequencies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether or not the package is installed."""
    monkeypatch.setattr(names, "_rarity", lambda language: None)


def listed(text: str, language: str, kind: BlockKind = BlockKind.PARAGRAPH) -> dict[str, tuple[str, int]]:
    chapter = Chapter(3, "One", 1, (Block(kind, text),))
    return {name.text: (name.kind, name.count) for name in find_names([chapter], language)}


def test_a_capital_inside_sentences_makes_a_name() -> None:
    text = (
        "Then Reacher came. Reacher's car was red, and NASA knew. The Car stopped. A car. Nobody saw Reacher."
    )
    assert listed(text, "en") == {"Reacher": ("name", 3), "NASA": ("acronym", 1)}


def test_sentence_starts_speech_and_small_words_tell_nothing() -> None:
    text = (
        "Perhaps I am late. He said, “Certainly.” I’m sure: Certainly not. So Mr. Alder and Mrs. Oakes came."
    )
    assert set(listed(text, "en")) == {"Alder", "Oakes"}


def test_russian_and_french() -> None:
    assert set(listed("Потом пришёл Онегин. Он молчал. И Татьяна молчала.", "ru")) == {"Онегин", "Татьяна"}
    assert set(listed("Puis vint Émile. La ville dormait. Alors Émile partit.", "fr")) == {"Émile"}


def test_german_nouns_are_told_by_their_articles() -> None:
    text = (
        "Dann kam Hinrich ins Haus. Das Haus war leer. Im Haus sah Hinrich einen Hund."
        " Der Hund und Hinrich schliefen."
        " Ein großer Hund bellte. Danach ging Hinrich."
    )
    assert set(listed(text, "de")) == {"Hinrich"}


def test_scripts_without_capitals_and_headings_tell_nothing() -> None:
    assert listed("他看见了王明。", "zh") == {}
    assert listed("How Reacher Came", "en", BlockKind.HEADING) == {}
    assert listed("THEN REACHER CAME.", "en") == {}


def test_the_most_frequent_goes_first_with_its_first_sentence() -> None:
    long = "word " * 60
    blocks = (
        Block(BlockKind.PARAGRAPH, f"{long}and then Zed came {long}."),
        Block(BlockKind.PARAGRAPH, "So Amy saw Zed."),
        Block(BlockKind.PARAGRAPH, "So Xaver hörte Zed.", language="de"),
    )
    found = find_names([Chapter(0, "a", 1, ()), Chapter(1, "b", 1, blocks)], "en-GB")
    assert [(name.text, name.count, name.chapter) for name in found] == [("Zed", 2, 1), ("Amy", 1, 1)]
    assert len(found[0].example) <= names.EXAMPLE_CHARACTERS + 4
    assert "and then Zed came" in found[0].example
    assert found[1].example == "So Amy saw Zed."


def test_rare_words_where_frequencies_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "_rarity", lambda language: lambda word: 0.5 if word == "calèche" else 5.0)
    assert listed("They took a calèche to town.", "en") == {"calèche": ("rare", 1)}
