"""Talk files: what is written is what is read, and what a person mistypes is told with its line."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from pipeline.errors import SourceBroken, SourceEmpty, SourceTooLarge
from pipeline.ingest import FetchRules, open_book, source_digest
from pipeline.limits import TALK_HOSTS
from pipeline.model import SourceKind
from pipeline.script.conversation.files import FIRST_LINE, parse_talk, write_talk
from pipeline.script.conversation.talk import Host, Talk, TalkChapter, Turn, TurnKind
from pipeline.settings import ReadingSettings

WRITTEN = """\
Voxpress talk 1
title: Why cities are warm
language: en
author: Jane Doe
author: Wu Li
source: https://example.org/warm?a=b: c
host: Ada | espeak:en-gb+f2 | curious, asks briefly
host: Dr. Ben Ito
host: Cleo || slow

Ada: Why is it warmer in town?

## Stone: a store

Dr. Ben Ito: Stone keeps the heat of the day.
> Asphalt and brick store the heat of the day.
> They give it back at night: slowly.

Ada [reaction, enters 0.5]: I see.

Dr. Ben Ito [enters 0.25]: Ada: she has hardly any trees [enters 3].
? It says “hardly any”.

## Trees

Cleo: > 400 litres?
"""
HEAD = f"{FIRST_LINE}\nhost: Ada\nhost: Ben\n\n"


def test_what_is_read_is_written_as_it_was() -> None:
    talk = parse_talk(WRITTEN, "it")
    assert write_talk(talk) == WRITTEN.replace("Cleo || slow", "Cleo |  | slow")
    assert talk.hosts[2] == Host("Cleo", "", "slow")
    assert [chapter.title for chapter in talk.chapters] == ["", "Stone: a store", "Trees"]
    reaction = talk.chapters[1].turns[1]
    assert (reaction.kind, reaction.enters) == (TurnKind.REACTION, 0.5)
    assert talk.chapters[1].turns[0].rests_on[1] == "They give it back at night: slowly."
    assert [turn.text for turn in talk.flagged] == ["Ada: she has hardly any trees [enters 3]."]


def test_any_talk_is_read_as_it_was_written() -> None:
    draw = random.Random(7)
    words = [
        "heat",
        "> a",
        "? b",
        "Ada: no",
        "## x",
        "[enters 9]",
        "d'été",
        "石は",
        "жара",
        "a|b",
        "7.5",
        "“q”",
        "–",
        ":",
    ]

    def text() -> str:
        return " ".join(draw.choices(words, k=draw.randint(1, 6)))

    for _ in range(300):
        hosts = (Host("Ada", "tone:a", "dry: very"), Host("Юлия"), Host("Zoë-Lou O’Hara", "", "a, b"))
        turns = [
            Turn(
                draw.choice(hosts).name,
                text(),
                tuple(text() for _ in range(draw.randint(0, 3))),
                round(draw.uniform(0, 1.2), 2) if place else 0.0,
                draw.choice(list(TurnKind)),
                tuple(text() for _ in range(draw.randint(0, 2))),
            )
            for place in range(6)
        ]
        chapters = (
            TalkChapter(draw.choice(["", text()]), tuple(turns[:2])),
            TalkChapter(text(), tuple(turns[2:])),
        )
        talk = Talk(text(), hosts, chapters, "en-GB", (text(),), text())
        assert parse_talk(write_talk(talk), "it") == talk


def test_a_person_may_wrap_lines_leave_spaces_and_write_names_as_they_like() -> None:
    talk = parse_talk(
        f"\ufeff{FIRST_LINE} \r\n Host :  Ada\r\nHOST: Ben | tone:b\r\n\r\n"
        "  ada:  Why is it\r\n  warmer in\ttown?\r\n"
        "BEN [ Enters 0,4 s , reaction ] : Stone.\r\n>  Stone   is warm.\r\n\r\n\r\n",
        "it",
    )
    first, second = talk.turns
    assert (first.speaker, first.text) == ("Ada", "Why is it warmer in town?")
    assert second == Turn("Ben", "Stone.", ("Stone is warm.",), 0.4, TurnKind.REACTION)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("Voxpress talk 2\nhost: Ada\n\nAda: Hi.\n", 1, "form 2"),
        ("Talk\n", 1, "begins with"),
        (f"{FIRST_LINE}\n\nAda: Hi.\n", 2, "names no host"),
        (f"{FIRST_LINE}\nguest: Ada\n\n", 2, "no “guest: Ada”; there are: title, language"),
        (f"{FIRST_LINE}\ntitle: a\ntitle: b\n\n", 3, "second title"),
        (f"{FIRST_LINE}\nlanguage: English!\n", 2, "no language"),
        (f"{FIRST_LINE}\nhost: a | b | c | d\n", 2, "NAME | VOICE | TEMPERAMENT"),
        (f"{FIRST_LINE}\nhost: 1[2\n", 2, "no name of a host"),
        (f"{FIRST_LINE}\nhost: Ada\nhost: ADA\n", 3, "already"),
        (f"{HEAD}Cleo: Hi.\n", 5, "“Cleo” is no host of this talk; there are: Ada, Ben"),
        (f"{HEAD}Hello there.\n", 5, "nobody says this"),
        (f"{HEAD}> A sentence.\n", 5, "beneath no turn"),
        (f"{HEAD}## One\n? A doubt.\n", 6, "beneath no turn"),
        (f"{HEAD}Ada:\n", 5, "says nothing"),
        (f"{HEAD}Ada [loud]: Hi.\n", 5, "“loud” is no mark"),
        (f"{HEAD}Ada [enters 0.5]: Hi.\n", 5, "nobody speaks yet"),
        (f"{HEAD}Ada: Hi.\n\nBen [enters 30]: Hi.\n", 7, "the most is 3 s"),
        (f"{HEAD}##\n", 5, "no title"),
        (f"{HEAD}Ada: {'word ' * 1200}\n", 5, "more than 5,000 characters"),
        (f"{HEAD}Ada: Hi.\n{'> Yes.' + chr(10) + ''}" + "> Yes.\n" * 50, 56, "50 sentences"),
    ],
)
def test_what_is_mistyped_is_told_with_its_line(text: str, line: int, message: str) -> None:
    with pytest.raises(SourceBroken) as caught:
        parse_talk(text, "talk.md")
    assert str(caught.value).startswith(f"talk.md, line {line}: ")
    assert message in str(caught.value)


def test_limits_and_emptiness_are_errors_of_their_own() -> None:
    with pytest.raises(SourceEmpty):
        parse_talk(HEAD + "## One\n", "it")
    hosts = "".join(f"host: Host {chr(65 + n)}\n" for n in range(TALK_HOSTS + 1))
    with pytest.raises(SourceTooLarge, match=f"{TALK_HOSTS} hosts"):
        parse_talk(f"{FIRST_LINE}\n{hosts}\n", "it")
    with pytest.raises(SourceTooLarge, match="8 MB"):
        parse_talk(HEAD + "Ada: Hi.\n\n" * 10**6, "it")


@pytest.mark.parametrize("name", ["talk.md", "talk.txt", "talk.talk", "talk", "talk.html"])
def test_the_first_line_makes_a_file_a_talk_whatever_its_name_is(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(WRITTEN)
    rules = FetchRules(tmp_path)
    assert source_digest(str(path), ReadingSettings(), rules).kind is SourceKind.TALK
    path.write_text(WRITTEN.replace("Voxpress talk 1", "# Voxpress talk 1"))
    if name.endswith((".md", ".txt")):
        assert source_digest(str(path), ReadingSettings(), rules).kind is SourceKind.TEXT


def test_a_talk_becomes_a_book_whose_blocks_are_its_turns(tmp_path: Path) -> None:
    path = tmp_path / "talk.md"
    path.write_text(WRITTEN.replace("hardly any", "hard\u00adly\u200b any"))
    book = open_book(str(path), ReadingSettings(), FetchRules(tmp_path))
    assert book.metadata.title == "Why cities are warm"
    assert book.metadata.authors == ("Jane Doe", "Wu Li")
    assert not book.metadata.link  # with a space in it, it is none
    path.write_text(WRITTEN.replace("?a=b: c", ""))
    assert (
        open_book(str(path), ReadingSettings(), FetchRules(tmp_path)).metadata.link
        == "https://example.org/warm"
    )
    assert [chapter.title for chapter in book.chapters] == ["Why cities are warm", "Stone: a store", "Trees"]
    assert [host.name for host in book.hosts] == ["Ada", "Dr. Ben Ito", "Cleo"]
    blocks = book.chapters[1].blocks
    assert [block.text for block in blocks][1] == "I see."  # names are said by nobody
    assert all(block.text == block.speeches[0].text for chapter in book.chapters for block in chapter.blocks)
    assert [block.speeches[0].enters for block in blocks] == [0.0, 0.5, 0.25]
    assert blocks[2].text == "Ada: she has hardly any trees [enters 3]."
    (doubt,) = book.doubts
    assert doubt.startswith("Dr. Ben Ito says “Ada: she has")
