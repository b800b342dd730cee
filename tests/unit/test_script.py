"""From a chapter to its chunks: all of the text, within the limits, with the right silences."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import ScriptError
from pipeline.model import (
    Begins,
    Block,
    BlockKind,
    Chapter,
    ChapterScript,
    SpeakingOptions,
    Voice,
    join_words,
)
from pipeline.script import estimated_seconds, script_chapter, take_key
from pipeline.settings import PauseSettings
from pipeline.speech.engine import EngineLimits

VOICE = Voice("test:one", "test", "one", ("en",), 22_050, "1")
PAUSES = PauseSettings(
    sentence=0.1, clause=0.2, line=0.3, paragraph=0.4, heading_before=0.5, heading=0.6, chapter_end=0.7
)
HEADING, PARAGRAPH, VERSE = BlockKind.HEADING, BlockKind.PARAGRAPH, BlockKind.VERSE


def script(*blocks: tuple[BlockKind, str], limit: int = 300, language: str = "en") -> ChapterScript:
    chapter = Chapter(3, "A title", 2, tuple(Block(kind, text) for kind, text in blocks))
    return script_chapter(chapter, language=language, voice=VOICE, limits=EngineLimits(limit), pauses=PAUSES)


def chunk_texts(made: ChapterScript) -> list[str]:
    return [chunk.text for chunk in made.chunks]


def display_text(made: ChapterScript) -> str:
    return join_words(tuple(word for chunk in made.chunks for word in chunk.words))


blocks_of_text = st.lists(
    st.tuples(
        st.sampled_from([HEADING, PARAGRAPH, VERSE]),
        st.text(alphabet="aBc9 .,;!?—…*“”'\n他说。，「」とบ้", min_size=1, max_size=120),
    ),
    max_size=6,
)


@settings(max_examples=150, deadline=None)  # the first Russian number loads a dictionary
@given(blocks_of_text, st.integers(2, 60), st.sampled_from(["en", "zh", "ja", "ru"]))
def test_the_chunks_are_the_chapter_and_keep_the_limit(
    blocks: list[tuple[BlockKind, str]], limit: int, language: str
) -> None:
    made = script(*blocks, limit=limit, language=language)
    if made.chunks:
        assert display_text(made) == " ".join(" ".join(text for _, text in blocks).split())
    assert all(0 < len(chunk.spoken) <= limit for chunk in made.chunks)
    assert [chunk.index for chunk in made.chunks] == list(range(len(made.chunks)))
    assert all(sentence.words for chunk in made.chunks for sentence in chunk.sentences)


def test_pauses_follow_the_structure() -> None:
    made = script(
        (HEADING, "One"),
        (PARAGRAPH, "A first sentence. A second sentence."),
        (HEADING, "Two"),
        (VERSE, "A line\nand a line"),
        (PARAGRAPH, "The end, which is long enough to need two pieces."),
        limit=30,
    )
    assert [(chunk.text, chunk.pause_after) for chunk in made.chunks] == [
        ("One", 0.6),
        ("A first sentence.", 0.1),
        ("A second sentence.", 0.5),
        ("Two", 0.6),
        ("A line", 0.3),
        ("and a line", 0.4),
        ("The end, which is long", 0.2),
        ("enough to need two pieces.", 0.7),
    ]


def test_a_chunk_holds_as_many_whole_sentences_as_fit() -> None:
    made = script((PARAGRAPH, "One two. Three four. Five six. Seven eight."), limit=24)
    assert chunk_texts(made) == ["One two. Three four.", "Five six. Seven eight."]
    assert [sentence.text for sentence in made.chunks[0].sentences] == ["One two.", "Three four."]


def test_a_long_sentence_is_cut_where_one_would_breathe() -> None:
    text = "When the tide had gone out, and it goes far here, the poles stood dry; the boy ran between them"
    assert chunk_texts(script((PARAGRAPH, text), limit=75)) == [
        "When the tide had gone out, and it goes far here, the poles stood dry;",
        "the boy ran between them",
    ]
    assert chunk_texts(script((PARAGRAPH, text), limit=50)) == [
        "When the tide had gone out, and it goes far here,",
        "the poles stood dry; the boy ran between them",
    ]


def test_a_monster_word_is_cut_and_joined_again() -> None:
    made = script((PARAGRAPH, "x" * 1000), limit=30)
    assert len(made.chunks) >= 1000 // 30
    assert display_text(made) == "x" * 1000
    assert {chunk.pause_after for chunk in made.chunks} == {0.2, 0.7}


def test_a_scene_break_is_in_the_text_and_lengthens_the_pause() -> None:
    made = script((PARAGRAPH, "* * *"), (PARAGRAPH, "Before."), (PARAGRAPH, "* * *"), (PARAGRAPH, "After."))
    assert chunk_texts(made) == ["* * * Before. * * *", "After."]
    assert [chunk.spoken for chunk in made.chunks] == ["Before.", "After."]
    assert [chunk.pause_after for chunk in made.chunks] == [0.4 + 0.4, 0.7]


def test_a_chapter_in_which_nothing_is_said_has_no_chunks() -> None:
    made = script((PARAGRAPH, "* * *"), (PARAGRAPH, "—"))
    assert made == ChapterScript(3, "A title", 2, ())
    assert script().chunks == ()


def test_words_without_spaces_stay_joined_across_sentences_and_chunks() -> None:
    made = script((PARAGRAPH, "他来了。她走了，没有人知道为什么。"), language="zh", limit=8)
    assert len(made.chunks) > 2
    assert display_text(made) == "他来了。她走了，没有人知道为什么。"


def test_a_block_in_another_language_is_spoken_in_it() -> None:
    blocks = (Block(PARAGRAPH, "She said:"), Block(PARAGRAPH, "Bonne chance !", language="fr"))
    made = script_chapter(
        Chapter(0, "", 1, blocks), language="en", voice=VOICE, limits=EngineLimits(99), pauses=PAUSES
    )
    assert [(chunk.language, chunk.voice) for chunk in made.chunks] == [
        ("en", "test:one"),
        ("fr", "test:one"),
    ]


def test_a_limit_too_small_for_any_word_is_an_error() -> None:
    with pytest.raises(ScriptError, match="test:one"):
        script((PARAGRAPH, "Hello."), limit=1)


def test_a_paragraph_of_millions_of_characters_is_scripted_whole() -> None:
    text = "他说，" * 60_000 + "x" * 4_000_000 + " word" * 200_000
    made = script((PARAGRAPH, text), limit=400, language="zh")
    assert sum(len(chunk.text) for chunk in made.chunks) > 5_000_000
    assert max(len(chunk.spoken) for chunk in made.chunks) <= 400


def test_the_same_words_elsewhere_share_their_take() -> None:
    made = script((HEADING, "Good night."), (PARAGRAPH, "“Good night.”"), (PARAGRAPH, "Good, night."))
    first, second, third = made.chunks
    options = SpeakingOptions()
    key = take_key(first, VOICE, options)
    assert take_key(second, VOICE, options) == key
    others = [
        take_key(third, VOICE, options),
        take_key(first, replace(VOICE, revision="2"), options),
        take_key(first, replace(VOICE, name="test:two"), options),
        take_key(first, VOICE, SpeakingOptions(seed=1)),
        take_key(first, VOICE, SpeakingOptions(rate=1.1)),
        take_key(replace(first, language="de"), VOICE, options),
    ]
    assert len({key, *others}) == 1 + len(others)


def test_takes_whose_words_are_cut_otherwise_differ() -> None:
    chinese = script((PARAGRAPH, "你好 GDP"), language="zh").chunks[0]
    joined = script((PARAGRAPH, "你好GDP"), language="zh").chunks[0]
    assert take_key(chinese, VOICE, SpeakingOptions()) != take_key(joined, VOICE, SpeakingOptions())


def test_an_estimate_is_near_a_narrators_pace() -> None:
    assert estimated_seconds(50_000, 9_300, "en-US") == pytest.approx(3600)
    assert estimated_seconds(15_000, 15_000, "zh-Hans") == pytest.approx(3600)
    assert estimated_seconds(0, 0, "xx") == 0


@settings(max_examples=100, deadline=None)
@given(blocks_of_text, st.integers(2, 60), st.sampled_from(["en", "zh"]))
def test_where_blocks_and_lines_begin(blocks: list[tuple[BlockKind, str]], limit: int, language: str) -> None:
    """Also where a row of asterisks is spoken with its neighbour, and a sentence is cut in pieces."""
    expected: list[tuple[Begins, str]] = []
    for kind, text in blocks:
        lines = text.split("\n") if kind is VERSE else [text]
        folded = [line for line in ("".join(line.split()) for line in lines) if line]
        expected += [(Begins.LINE if number else Begins.BLOCK, line) for number, line in enumerate(folded)]
    made: list[tuple[Begins, str]] = []
    for chunk in script(*blocks, limit=limit, language=language).chunks:
        for sentence in chunk.sentences:
            text = "".join(sentence.text.split())
            if sentence.begins is Begins.NOTHING:
                made[-1] = (made[-1][0], made[-1][1] + text)
            else:
                made.append((sentence.begins, text))
    assert made in (expected, [])
