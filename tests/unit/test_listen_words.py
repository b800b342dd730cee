"""What ``listen.html`` is given of a chapter: all words and times, and nothing that markup could mistake."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.model import Begins, BlockKind
from pipeline.publish import listen, player
from pipeline.publish.markup import direction
from pipeline.publish.player.words import chapter_blocks, inert_json
from pipeline.publish.podcast.page import document
from pipeline.publish.transcript import TimedSegment, TimedWord


def blocks(*segments: TimedSegment, begin: int = 0, pause: float = 0.6) -> list[Any]:
    return json.loads("[" + "".join(chapter_blocks(segments, begin, pause)) + "]")  # type: ignore[no-any-return]


def timed(text: str, start: float, begins: Begins = Begins.BLOCK, **changes: Any) -> TimedSegment:
    """Words of 0.3 s, a tenth apart."""
    words = tuple(
        TimedWord(word, False, round(start + n * 0.4, 4), round(start + n * 0.4 + 0.3, 4))
        for n, word in enumerate(text.split(" "))
    )
    return replace(TimedSegment("c1s1", text, "one", False, words, begins=begins), **changes)


def test_who_enters_before_another_ends_steps_back() -> None:
    first, second = timed("one two", 1.0, speaker="Anna"), timed("yes", 1.5, speaker="Ben")
    assert blocks(first, second) == [
        ["paragraph", "", ["one two", 1000, 300, 100, 300, {"by": "Anna"}]],
        ["paragraph", "", ["yes", -200, 300, {"by": "Ben"}]],
    ]


def test_times_are_steps_from_the_end_of_the_word_before() -> None:
    assert blocks(timed("one two", 12.5), begin=12_000) == [
        ["paragraph", "", ["one two", 500, 300, 100, 300]]
    ]


def test_blocks_begin_where_the_script_says() -> None:
    made = blocks(
        timed("Title", 0.5, kind=BlockKind.HEADING),
        timed("Shall I", 1.5, kind=BlockKind.VERSE),
        timed("compare thee", 2.5, Begins.LINE, kind=BlockKind.VERSE),
        timed("One.", 4.0),
        timed("Two.", 9.0, Begins.NOTHING),
        timed("Drei.", 9.5, language="de"),
    )
    assert [[block[0], block[1], *(sentence[0] for sentence in block[2:])] for block in made] == [
        ["heading", "", "Title"],
        ["verse", "", "Shall I", "\ncompare thee"],
        ["paragraph", "", "One.", "Two."],
        ["paragraph", "de", "Drei."],
    ]


def test_chapters_of_earlier_versions_are_divided_at_their_pauses() -> None:
    made = blocks(
        timed("One.", 0.5, Begins.NOTHING),
        timed("Two.", 1.05, Begins.NOTHING),
        timed("Three.", 1.95, Begins.NOTHING),
    )
    assert [[sentence[0] for sentence in block[2:]] for block in made] == [["One.", "Two."], ["Three."]]


def test_runs_of_doubtful_words() -> None:
    segment = timed("a b c d e", 0.5, doubt=True)
    words = tuple(replace(word, doubt=place in (0, 2, 3)) for place, word in enumerate(segment.words))
    ((_, _, sentence),) = blocks(replace(segment, words=words))
    assert sentence[-1] == {"doubts": [[0, 1], [2, 4]]}


word_texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8).map(str.strip).filter(bool)


@given(st.lists(st.tuples(word_texts, st.booleans()), min_size=1, max_size=6), st.sampled_from(Begins))
def test_words_are_read_back_as_they_were(words: list[tuple[str, bool]], begins: Begins) -> None:
    made = tuple(TimedWord(text, joined, 1.0, 1.0) for text, joined in words)
    text = "".join(chapter_blocks([TimedSegment("c1s1", "", "one", False, made, begins=begins)], 0, 0.6))
    assert not set("<>&\u2028\u2029") & set(text)
    told = json.loads(f"[{text}]")[0][2][0]
    assert read_back(told) == (
        begins is Begins.LINE,
        words if begins is not Begins.LINE else first_apart(words),
    )


def first_apart(words: list[tuple[str, bool]]) -> list[tuple[str, bool]]:
    """What begins a line stands apart from the word before, in a list that tells of it as joined."""
    return [(words[0][0], any(joined or " " in text for text, joined in words)), *words[1:]]


def read_back(told: str | list[str]) -> tuple[bool, list[tuple[str, bool]]]:
    """As the page does it (``sentenceWords`` in ``chapter.js``)."""
    line = (told if isinstance(told, str) else told[0]).startswith("\n")
    if isinstance(told, str):
        return line, [(word, False) for word in told.removeprefix("\n").split(" ")]
    parts = [told[0].removeprefix("\n"), *told[1:]] if line else told
    return line, [(part[1:], False) if part.startswith(" ") else (part, True) for part in parts]


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("ar", "rtl"),
        ("he-IL", "rtl"),
        ("fa_IR", "rtl"),
        ("az", "ltr"),
        ("en", "ltr"),
        ("", "ltr"),
        ("ks-Deva", "ltr"),
    ],
)
def test_the_direction_of_a_language(language: str, expected: str) -> None:
    assert direction(language) == expected


def test_nothing_in_a_page_ends_its_script() -> None:
    assert inert_json("</script><!--\u2028") == '"\\u003c/script\\u003e\\u003c!--\\u2028"'
    assert {f"{name}.js" for name in player.SCRIPTS} == named(player, "parts/*.js")
    assert {name.rpartition("/")[2] for name in listen.SCRIPTS} == named(listen, "page/*.js")
    assert {name.rpartition("/")[2] for name in document.SCRIPTS} == named(document, "parts/*.js")
    for module in (player, listen, document):
        for path in Path(module.__file__ or "").parent.glob("pa*/*.[jc]*s"):
            text = path.read_text(encoding="utf-8").lower()
            assert "</" not in text
            assert "<!--" not in text
            assert "innerhtml" not in text
            assert "://" not in text


def named(module: ModuleType, pattern: str) -> set[str]:
    """The files beside a module."""
    return {path.name for path in Path(module.__file__ or "").parent.glob(pattern)}
