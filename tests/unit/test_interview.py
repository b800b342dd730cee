"""Interviews by rules: the source's own sentences, all of them and in order, between questions about its headings."""

from __future__ import annotations

import pytest

from pipeline.model import Block, BlockKind, Chapter
from pipeline.script.conversation.files import parse_talk, write_talk
from pipeline.script.conversation.interview import About, interview
from pipeline.script.conversation.phrases import LANGUAGES, phrases_for
from pipeline.script.conversation.sections import seconds_of, sections_of
from pipeline.script.conversation.talk import MOST_ENTERS, Host, Talk, TurnKind


def heading(text: str) -> Block:
    return Block(BlockKind.HEADING, text, level=2)


def paragraph(text: str) -> Block:
    return Block(BlockKind.PARAGRAPH, text)


def item(text: str) -> Block:
    return Block(BlockKind.LIST_ITEM, text)


BLOCKS = (
    heading("Why cities are warm"),
    paragraph("Cities are warmer than the land around them. Most people notice it at night."),
    heading("2.1 What stone does."),
    paragraph("Asphalt stores the heat of the day. " * 12),
    paragraph("Brick does so, too. Glass does not."),
    Block(BlockKind.CAPTION, "A brick wall at noon."),
    Block(BlockKind.QUOTE, "Our town is an oven."),
    heading("Who is to blame?"),
    item("Cars are warm."),
    item("Roofs are dark. Most are flat."),
    item("Trees are rare."),
    Block(BlockKind.TABLE, "a b c"),
    heading("Conclusion"),
    paragraph("Plant trees."),
)
CHAPTERS = (Chapter(0, "Why cities are warm", 1, BLOCKS),)
ABOUT = About("Why cities are warm", "en", ("Jane Doe",), "warm.html")


def made(about: About = ABOUT, blocks: tuple[Block, ...] = BLOCKS, **more: object) -> Talk:
    chapters = (Chapter(0, about.title, 1, blocks),)
    talk = interview(sections_of(chapters, about.title, about.language), about, **more)  # type: ignore[arg-type]
    assert parse_talk(write_talk(talk), "it") == talk
    return talk


def test_headings_become_questions_and_the_sources_own_words_answer() -> None:
    talk = made()
    said = [(turn.speaker, turn.text) for turn in talk.turns]
    assert said[0][0] == "Ada"
    assert "“Why cities are warm”" in said[0][1]
    assert "Jane Doe" in said[0][1]
    assert said[1] == ("Ben", "And I'm Ben.")
    texts = [text for _, text in said]
    assert any("“What stone does”" in text and text.endswith("?") for text in texts)  # its number is not said
    assert ("Ada", "Who is to blame?") in said
    assert ("Ada", "And what does it all come to?") in said
    assert ("Ben", "Plant trees.") in said
    assert "And I quote: Our town is an oven." in " ".join(texts)
    listed = next(text for text in texts if "Cars" in text)
    assert listed == (
        "There are 3 points. First: Cars are warm. Second: Roofs are dark. Most are flat. Third: Trees are rare."
    )
    assert not any("brick wall at noon" in text or "a b c" in text for text in texts)


def test_every_sentence_is_told_once_in_order_and_answers_rest_on_nothing_else() -> None:
    sections = sections_of(CHAPTERS, ABOUT.title, "en")
    sentences = [sentence for section in sections for sentence in section.sentences]
    talk = made()
    assert [sentence for turn in talk.turns for sentence in turn.rests_on] == sentences
    for turn in talk.turns:
        assert all(sentence in turn.text for sentence in turn.rests_on)
    assert {turn.speaker for turn in talk.turns if turn.rests_on} == {"Ben"}
    assert not talk.flagged


def test_the_same_source_gives_the_same_interview() -> None:
    assert made() == made()


def test_long_answers_are_broken_by_reactions_that_are_heard_within_them() -> None:
    turns = made().turns
    reactions = [place for place, turn in enumerate(turns) if turn.kind is TurnKind.REACTION]
    assert reactions
    for place in reactions:
        before, turn, after = turns[place - 1 : place + 2]
        assert before.speaker == after.speaker != turn.speaker
        assert 0.3 <= turn.enters <= MOST_ENTERS
        assert turn.enters < seconds_of(before.text, "en")
    assert all(turn.enters <= MOST_ENTERS for turn in turns)
    assert made().chapters[0].turns[0].enters == 0


def test_sections_are_chapters_unless_they_are_short() -> None:
    assert [chapter.title for chapter in made().chapters] == ["Why cities are warm", "2.1 What stone does."]


def test_a_time_is_kept_by_telling_the_beginning_of_every_section() -> None:
    talk = made(seconds=30.0)
    told = " ".join(turn.text for turn in talk.turns)
    assert "Cities are warmer" in told
    assert "Plant trees." in told
    assert "Trees are rare." not in told or "Cars are warm." in told
    assert told.count("Asphalt stores") < 12
    source = sum(seconds_of(sentence, "en") for turn in talk.turns for sentence in turn.rests_on)
    assert 10 < source < 40


def test_more_hosts_answer_in_turns() -> None:
    talk = made(hosts=(Host("Eva"), Host("Tom"), Host("Uli")))
    assert [turn.speaker for turn in talk.turns[:3]] == ["Eva", "Tom", "Uli"]
    assert {turn.speaker for turn in talk.turns if turn.rests_on} == {"Tom", "Uli"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_languages_have_greetings_questions_and_no_template_left_open(language: str) -> None:
    phrases = phrases_for(language)
    many = tuple(
        block for n in range(8) for block in (heading(f"Haus {n}a"), paragraph("Ein Satz steht hier. " * 30))
    )
    talk = made(About("Titel", language, ("A B",)), (*many, *(item(f"Punkt {n}.") for n in range(12))))
    texts = [turn.text for turn in talk.turns]
    assert not any("{" in text for text in texts)
    assert [host.name for host in talk.hosts] == list(phrases.names)
    asked = [text for text in texts if "Haus" in text and "?" in text]
    assert len(asked) == 8
    assert len({text.replace(str(n), "") for n, text in enumerate(asked)}) >= 5  # none follows itself
    assert "12" in " ".join(texts)


def test_other_languages_say_nothing_in_words_that_are_not_theirs() -> None:
    blocks = (heading("Miksi kaupungit ovat lämpimiä"), paragraph("Kivi varastoi lämpöä. Puita on vähän."))
    talk = made(About("Lämpö", "fi"), blocks)
    texts = [turn.text for turn in talk.turns]
    assert texts == ["Lämpö", "Miksi kaupungit ovat lämpimiä", "Kivi varastoi lämpöä. Puita on vähän."]
    assert [turn.speaker for turn in talk.turns] == ["Ada", "Ada", "Ben"]


def test_a_text_without_headings_or_sentences_is_no_trouble() -> None:
    talk = made(About("Soup", "en"), (paragraph("word " * 4000),))
    assert max(len(turn.text) for turn in talk.turns) <= 5000
    assert " ".join(s for turn in talk.turns for s in turn.rests_on).split() == ["word"] * 4000
    shouted = made(About("Soup", "en"), (heading("WHAT YOU NEED"), paragraph("Salt.")))
    assert any("“What you need”" in turn.text for turn in shouted.turns)
