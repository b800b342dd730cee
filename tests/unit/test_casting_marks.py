"""Marks of the source itself: the elements of a play, voice tags, small capitals."""

from __future__ import annotations

import pytest

from pipeline.ingest.blocks import SkipLog, blocks_of
from pipeline.ingest.voice_tags import take_tags
from pipeline.ingest.xml import parse_document
from pipeline.model import Block, BlockKind, Chapter, Role
from pipeline.settings import ReadingSettings


def blocks(markup: str, *, tags: bool = False) -> list[Block]:
    data = f'<html xmlns:epub="http://www.idpf.org/2007/ops"><body>{markup}</body></html>'
    root = parse_document(data.encode(), "page").root
    return blocks_of(root, href="", skip=SkipLog(), options=ReadingSettings(voice_tags=tags), language="en")


def told(markup: str) -> list[tuple[str, str, str]]:
    return [(one.role.value, one.speaker, one.text) for block in blocks(markup) for one in block.speeches]


TABLE = """<p>A room.</p><table><tr><td epub:type="z3998:persona">Anna</td>
<td><p>Who is <i>there</i>? <i epub:type="z3998:stage-direction">She listens.</i> Nobody.</p>
<p>Or is it?</p></td></tr>
<tr><td/><td><i epub:type="z3998:stage-direction"><b epub:type="z3998:persona">Boris</b> enters.</i></td></tr>
<tr><td epub:type="z3998:persona">Boris</td><td>Me.</td></tr></table><p>They sit.</p>"""


def test_a_table_of_speeches_with_directions_in_them() -> None:
    assert told(TABLE) == [
        ("name", "Anna", "Anna"),
        ("speech", "Anna", "Who is there?"),
        ("direction", "", "She listens."),
        ("speech", "Anna", "Nobody."),
        ("speech", "Anna", "Or is it?"),
        ("direction", "", "Boris enters."),
        ("name", "Boris", "Boris"),
        ("speech", "Boris", "Me."),
    ]


@pytest.mark.parametrize(
    "name",
    [
        '<span class="speaker">ANNA.</span>',
        '<b epub:type="z3998:persona">ANNA.</b>',
        '<span class="smallcaps">Anna</span>.',
        '<span class="sc">Anna:</span>',
    ],
)
def test_a_name_before_a_speech_holds_for_its_paragraph(name: str) -> None:
    found = told(f"<p>{name} Who is there?</p><p>It was dark.</p>")
    assert [(role, speaker.title()) for role, speaker, _ in found] == [("name", "Anna"), ("speech", "Anna")]


def test_a_name_in_a_paragraph_of_its_own_holds_until_the_next_or_a_heading() -> None:
    markup = """<p class="speaker">Anna</p><p>One.</p><p class="stage">She waits.</p><p>Two.</p>
    <h2>Scene 2</h2><p>Three.</p>"""
    assert told(markup) == [
        ("name", "Anna", "Anna"),
        ("speech", "Anna", "One."),
        ("direction", "", "She waits."),
        ("speech", "Anna", "Two."),
    ]


@pytest.mark.parametrize(
    "markup",
    [
        '<p><span class="smallcaps">It was late</span> when he came.</p>',
        '<p>He met <b epub:type="z3998:persona">Anna</b> there.</p>',
        '<p>A paragraph with <span class="speech">nothing</span> special.</p>',
    ],
)
def test_a_book_that_is_no_play_has_no_speakers(markup: str) -> None:
    assert told(markup) == []


def tagged(*texts: str) -> list[tuple[str, list[tuple[str, str]]]]:
    chapter = take_tags(Chapter(0, "One", 1, tuple(Block(BlockKind.PARAGRAPH, text) for text in texts)))
    return [(block.text, [(one.speaker, one.text) for one in block.speeches]) for block in chapter.blocks]


def test_voice_tags_are_taken_out_and_hold_over_paragraphs() -> None:
    assert tagged(
        "He said: [voice: Anna]Come in.[/voice] And left.",
        '<voice name="Bo">One.',
        "Two.</voice> Three [voice:Cy]four[/voice].",
        "[voice: Di]",
        "Five.",
    ) == [
        ("He said: Come in. And left.", [("Anna", "Come in.")]),
        ("One.", [("Bo", "One.")]),
        ("Two. Three four.", [("Bo", "Two."), ("Cy", "four")]),
        ("Five.", [("Di", "Five.")]),
    ]


def test_without_the_setting_brackets_are_text() -> None:
    (block,) = blocks("<p>He wrote [voice: Anna] there.</p>")
    assert block.text == "He wrote [voice: Anna] there."


def test_the_element_voice_is_a_tag_where_they_are_asked_for() -> None:
    markup = '<p>So: <voice name="Anna">Come in.</voice> Then.</p>'
    (block,) = take_tags(Chapter(0, "One", 1, tuple(blocks(markup, tags=True)))).blocks
    assert block.text == "So: Come in. Then."
    assert [(one.speaker, one.role) for one in block.speeches] == [("Anna", Role.SPEECH)]
