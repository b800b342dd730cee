"""Books that nobody wrote to be read: what they make of a cast is right, and takes no longer than their length."""

from __future__ import annotations

import string

import pytest

from pipeline.ingest.finish import finish
from pipeline.ingest.voice_tags import take_tags
from pipeline.model import (
    Block,
    BlockKind,
    Book,
    Chapter,
    Metadata,
    Passage,
    Role,
    SourceInfo,
    SourceKind,
    Speech,
    Voice,
)
from pipeline.script import script_chapter
from pipeline.script.casting.attribution import attribute
from pipeline.script.casting.cast import Cast
from pipeline.script.casting.files import parse_cast, write_cast
from pipeline.script.casting.lines import marked_lines
from pipeline.script.casting.proposal import suggest, survey
from pipeline.script.casting.readers import Casting, Reader
from pipeline.settings import PauseSettings, ReadingSettings
from pipeline.speech.engine import EngineLimits

A_VOICE = Voice("tone:a", "tone", "a", ("en", "ru"), 16_000, "1")
OTHER = Voice("tone:b", "tone", "b", ("en", "ru"), 16_000, "1")
LIMITS = EngineLimits(300)


def chapter(*texts: str) -> Chapter:
    return Chapter(0, "One", 1, tuple(Block(BlockKind.PARAGRAPH, text) for text in texts))


def a_name(number: int) -> str:
    """Another one for each number."""
    letters = ""
    while number or not letters:
        number, letter = divmod(number, 26)
        letters += string.ascii_lowercase[letter]
    return f"Q{letters}"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("“Yes,” he said. ", "en"),
        ('"No," it went. ', "en"),
        ("сказал: «Да.» ", "ru"),
        ("— Да, — сказал он. ", "ru"),
    ],
)
def test_one_paragraph_of_many_quotations(text: str, language: str) -> None:
    """The work for each must not grow with the paragraph: of twenty megabytes that would take days."""
    assert attribute(chapter(text * 20_000), language).quotes == 20_000


def test_commas_without_end() -> None:
    assert attribute(chapter("— Да" + "," * 1_000_000), "ru").quotes == 1


def test_more_speakers_than_any_book_has() -> None:
    texts = [f"“Yes,” said {a_name(number)}." for number in range(3_000)]
    found = attribute(chapter(*texts, "It rained in Paris. “No,” he said."), "en")
    assert len(found.speakers()) == 3_001  # with nobody, who says no
    assert len(survey([chapter(*texts)], [found]).speakers) == 3_000


def test_a_paragraph_of_many_turns_becomes_a_script() -> None:
    one = chapter("“Yes.” So it was. " * 1_500)
    found = attribute(one, "en")
    casting = Casting(Reader(A_VOICE, LIMITS), found.lines, {"": Reader(OTHER, LIMITS)})
    script = script_chapter(
        one, language="en", voice=A_VOICE, limits=LIMITS, pauses=PauseSettings(), casting=casting
    )
    voices = [chunk.voice for chunk in script.chunks]
    assert voices == ["tone:b", "tone:a"] * 1_500


def test_tags_and_spaces_without_end() -> None:
    tagged = take_tags(chapter("[voice: Anna] , " * 20_000 + "yes." + " " * 500_000 + "[" + " " * 500_000))
    (block,) = tagged.blocks
    assert len(block.speeches) == 1


NAMES = (
    "Anna", "ANNA", "anna", "Anna.", "123", "----", "🙂", "<b>Bob</b>", 'a"b\\c', "# not a comment",
    "[speakers.x]", "x' y'''", "é" * 100, "a\u2028b", "\u202ecipe", "=", "the the",
)  # fmt: skip


def test_a_proposed_cast_can_be_read_whatever_the_names_are() -> None:
    blocks = [
        Block(BlockKind.PARAGRAPH, "Come in now.", speeches=(Speech("Come in now.", name),))
        for name in NAMES
        for _ in range(3)
    ]
    one = Chapter(0, "One", 1, tuple(blocks))
    proposal = survey([one], [attribute(one, "en")])
    suggest(proposal, [A_VOICE, OTHER], A_VOICE, "en")
    text = write_cast(proposal.cast("tone:a"), proposal.notes())
    cast = parse_cast(text.encode(), "cast.toml")
    assert cast == proposal.cast("tone:a")
    assert all(line.isprintable() for line in text.splitlines())
    for name in ("Anna", "ANNA", "<b>Bob</b>", 'a"b\\c', "\u202ecipe"):
        assert cast.part(name), name
    assert sum(line.startswith("narrator") for line in text.splitlines()) == 1


def test_control_characters_leave_the_names_of_speakers_and_do_not_lose_their_words() -> None:
    said = "Come\x9b in."
    block = Block(
        BlockKind.PARAGRAPH,
        f"AN\x9bNA. {said} Bonjour, mes\x9b amis, bonjour.",
        passages=(Passage("Bonjour, mes\x9b amis, bonjour.", "fr"),),
        speeches=(Speech("AN\x9bNA.", "AN\x9bNA", Role.NAME), Speech(said, "AN\x9bNA")),
    )
    book = Book(
        SourceInfo(SourceKind.EPUB, "play.epub", ""),
        Metadata(title="A Play", language="en"),
        (Chapter(0, "One", 1, (block,)),),
    )
    (cleaned,) = finish(book, ReadingSettings(language="en"), "").chapters[0].blocks
    lines = [(cleaned.text[line.start : line.end], line.speaker) for line in marked_lines(cleaned)]
    assert lines == [("ANNA.", "ANNA"), ("Come in.", "ANNA")]
    assert cleaned.passages[0].text in cleaned.text


def test_directions_without_end_beside_quotations() -> None:
    text = "(He rises.) “Yes.” " * 20_000
    block = Block(
        BlockKind.PARAGRAPH, text.strip(), speeches=(Speech("(He rises.)", "", Role.DIRECTION),) * 20_000
    )
    found = attribute(Chapter(0, "One", 1, (block,)), "en", Cast())
    roles = [line.role for line in found.lines[0]]
    assert roles == [Role.DIRECTION, Role.SPEECH] * 20_000
