"""Passages in another language inside a paragraph: which are spoken in it, and that no word is lost by it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.ingest.blocks import SkipLog, blocks_of
from pipeline.ingest.xml import parse_document
from pipeline.model import Block, BlockKind, Chapter, ChapterScript, Passage, Voice, join_words
from pipeline.script import script_chapter
from pipeline.script.tongues import parts_of
from pipeline.settings import PauseSettings, ReadingSettings
from pipeline.speech.engine import EngineLimits

VOICE = Voice("tone:a", "tone", "a", ("en",), 16_000, "1")
PAUSES = PauseSettings()


def block_of(markup: str, language: str = "en") -> Block:
    root = parse_document(f"<html><body><p>{markup}</p></body></html>".encode(), "page").root
    (block,) = blocks_of(root, href="", skip=SkipLog(), options=ReadingSettings(), language=language)
    return block


def tongues(markup: str, language: str = "en") -> list[tuple[str, str]]:
    return [(part.text.strip(), part.language) for part in parts_of(block_of(markup, language), language)]


def script_of(*blocks: Block) -> ChapterScript:
    chapter = Chapter(0, "One", 1, blocks)
    return script_chapter(
        chapter, language="en", voice=VOICE, limits=EngineLimits(characters=200), pauses=PAUSES
    )


def test_whole_sentences_change_the_language_with_their_quotation_marks() -> None:
    assert tongues("He cried, “<i lang='fr'>Je ne sais pas pourquoi!</i>” and left.") == [
        ("He cried,", "en"),
        ("“Je ne sais pas pourquoi!”", "fr"),
        ("and left.", "en"),
    ]


def test_sentences_one_after_the_other_are_one_passage() -> None:
    markup = "<i lang='de'>Das ist das Ende.</i> <i lang='de'>Ich gehe jetzt nach Hause.</i> So he went."
    assert tongues(markup) == [
        ("Das ist das Ende. Ich gehe jetzt nach Hause.", "de"),
        ("So he went.", "en"),
    ]


@pytest.mark.parametrize(
    "markup",
    [
        "There was <i lang='fr'>un je ne sais quoi</i> about her.",  # a phrase
        "“<i lang='fr'>Mon Dieu!</i>” she said.",  # a sentence, but as short as a phrase
        "She wrote <i lang='fr'>je pense donc je suis</i>. Then she slept.",  # in the middle of a sentence
        "It is <i lang='en-GB'>quite the same thing here.</i> Really.",  # the language of the book
    ],
)
def test_phrases_do_not(markup: str) -> None:
    assert [language for _, language in tongues(markup)] == ["en"]


def test_in_chinese_no_space_is_needed() -> None:
    markup = "他说：“<span lang='en'>Nobody knows what they want.</span>”然后他走了。"
    assert tongues(markup, "zh") == [
        ("他说：", "zh"),
        ("“Nobody knows what they want.”", "en"),
        ("然后他走了。", "zh"),
    ]


def test_the_passage_is_worded_and_spoken_in_its_language() -> None:
    script = script_of(block_of("He read: <i lang='fr'>Elle a mangé 3 pommes rouges.</i> Then 3 more."))
    assert [chunk.language for chunk in script.chunks] == ["en", "fr", "en"]
    assert "trois pommes" in script.chunks[1].spoken
    assert "three more" in script.chunks[2].spoken
    assert script.chunks[0].pause_after == PAUSES.clause  # a colon: the sentence goes on
    assert script.chunks[1].pause_after == PAUSES.sentence


PIECES = st.lists(
    st.sampled_from(
        ["One two.", "He said:", "“", "”", " ", "—", "und dann", "Je ne sais pas, moi.", "« Qui est donc là ? »",
         "我不知道他们要什么。", "(", ")", "...", "42", "'"]
    ),
    min_size=1,
    max_size=12,
)  # fmt: skip


@given(PIECES, st.data())
def test_no_word_is_lost_or_doubled(pieces: list[str], data: st.DataObject) -> None:
    text = " ".join("".join(pieces).split())
    chosen = data.draw(st.lists(st.sampled_from(pieces), max_size=4))
    passages = tuple(Passage(piece.strip(), "fr") for piece in chosen if piece.strip())
    block = Block(BlockKind.PARAGRAPH, text, passages=passages)
    assert "".join(part.text for part in parts_of(block, "en")) == text
    words = [word for chunk in script_of(block).chunks for word in chunk.words]
    if words:
        assert join_words(tuple(words)) == text
