"""Who says what: dialogues of the project's own with the speaker of every quotation beside it.

``None`` is a quotation that nothing around it gives to anybody for sure; giving it to somebody is an error, leaving
one that has a speaker to nobody is only a pity.
"""

from __future__ import annotations

import pytest

from pipeline.model import Block, BlockKind, Chapter, Role, Speech
from pipeline.script.casting.attribution import Found, attribute
from pipeline.script.casting.cast import Cast, Manner, Part

ENGLISH = [
    ("Clara put the lamp on the table and looked at the two brothers.", []),
    ("“You are both wet,” said Clara. “Where have you been?”", ["Clara", "Clara"]),
    ("“On the roof,” Martin answered.", ["Martin"]),
    ("“In this weather?”", ["Clara"]),
    ("“In this weather,” said Martin.", ["Martin"]),
    ("Edgar laughed. “He wanted to see the lighthouse,” he said.", ["Edgar"]),
    ("The “lighthouse” was a lantern on a pole.", []),
    ("Old Mrs. Pell came in with the soup. “Sit down, all of you,” said Mrs. Pell.", ["Mrs. Pell"]),
    (
        "“Thank you, Mrs. Pell,” said Clara. She took the bowl and added, “It smells good.”",
        ["Clara", "Clara"],
    ),
    ("Nobody spoke for a while; the rain went on.", []),
    ("“Somebody is at the door,” whispered a voice.", [None]),
    ("Then Martin said quietly, “I will go.”", ["Martin"]),
    ("“No,” I said, “stay here.”", []),
    ("“It was like this. The pole had fallen.", ["Edgar"]),
    ("“And the lantern had gone out,” said Edgar.", ["Edgar"]),
]
RUSSIAN = [
    ("Вера открыла дверь.", []),
    ("— Вы к кому? — спросила Вера.", ["Вера"]),
    ("— К доктору, — ответил Павел и снял шапку. — Меня ждут.", ["Павел", "Павел"]),
    ("— Доктора нет дома.", ["Вера"]),
    ("— Тогда я подожду, — сказал он.", ["Павел"]),
    ("— Это — наш доктор, Павел, — сказала ему Вера.", ["Вера"]),
    ("— Очень рад! — Павел поклонился.", ["Павел"]),
    ("Старик посмотрел на гостя и сказал: «Садитесь».", ["старик"]),
    ("Роман назывался «Белая ночь», и никто его не читал.", []),
    ("— Скажите Вере, что я приду, — попросил старик.", ["старик"]),
]


def found_in(texts: list[str], language: str, cast: Cast | None = None) -> tuple[Found, tuple[Block, ...]]:
    blocks = tuple(Block(BlockKind.PARAGRAPH, text) for text in texts)
    return attribute(Chapter(0, "One", 1, blocks), language, cast or Cast()), blocks


@pytest.mark.parametrize(("labelled", "language"), [(ENGLISH, "en"), (RUSSIAN, "ru")], ids=["en", "ru"])
def test_nobody_is_given_what_another_says_and_most_quotations_are_given(
    labelled: list[tuple[str, list[str | None]]], language: str
) -> None:
    found, _ = found_in([text for text, _ in labelled], language)
    right = given = there = 0
    for (text, wanted), lines in zip(labelled, found.lines, strict=True):
        got = [line.speaker or None for line in lines]
        assert len(got) == len(wanted), text
        right += sum(one is not None and one == other for one, other in zip(wanted, got, strict=True))
        given += sum(other is not None for other in got)
        there += sum(one is not None for one in wanted)
    assert right == given  # precision
    assert right >= 0.8 * there  # recall
    assert found.unsure == sum(line.speaker == "" for lines in found.lines for line in lines)


def test_genders_are_told_with_the_reason() -> None:
    found, _ = found_in([text for text, _ in ENGLISH], "en")
    assert found.genders["Mrs. Pell"] == "female"
    assert "title" in found.reasons["Mrs. Pell"]
    found, _ = found_in([text for text, _ in RUSSIAN], "ru")
    assert (found.genders["Вера"], found.genders["Павел"]) == ("female", "male")


def test_a_cast_calls_speakers_by_its_own_names() -> None:
    cast = Cast(parts=(Part("Clara Wood", Manner("tone:a"), aliases=("Clara",)),))
    found, _ = found_in(["“Come in,” said Clara."], "en", cast)
    assert found.speakers() == ("Clara Wood",)


def test_who_tells_the_story_is_the_narrator() -> None:
    found, _ = found_in(["“Come in,” I said.", "“Thank you,” said Martin."], "en")
    assert [len(lines) for lines in found.lines] == [0, 1]


@pytest.mark.parametrize("language", ["de", "zh", "fr"])
def test_quotations_in_other_languages_stay_the_narrators(language: str) -> None:
    found, _ = found_in(["“Komm herein,” sagte Anna."], language)
    assert not any(found.lines)


PLAY = [
    "THE KETTLE",
    "A kitchen. ANNA. is at the window.",
    "ANNA. Is the kettle on?",
    "BORIS. It has been on for an hour.",
    "MRS. HALL. (laughing) Did you light the gas? [She strikes a match.] There.",
    "BORIS. Oh (as I said) no.",
    "[They sit down.]",
    "ANNA. Thank you, Mrs. Hall.",
    "MRS. HALL. You are welcome.",
]


def test_a_play_is_known_by_its_print() -> None:
    found, blocks = found_in(PLAY, "en")
    told = [
        (line.role, line.speaker, block.text[line.start : line.end].strip())
        for block, lines in zip(blocks, found.lines, strict=True)
        for line in lines
    ]
    assert (Role.NAME, "Anna", "ANNA.") in told
    assert (Role.SPEECH, "Boris", "It has been on for an hour.") in told
    assert (Role.DIRECTION, "", "(laughing)") in told
    assert (Role.SPEECH, "Mrs. Hall", "Did you light the gas?") in told
    assert (Role.DIRECTION, "", "[She strikes a match.]") in told
    assert (Role.SPEECH, "Boris", "Oh (as I said) no.") in told
    assert (Role.DIRECTION, "", "[They sit down.]") in told
    assert found.speakers() == ("Anna", "Boris", "Mrs. Hall")


def test_transcripts_name_their_speakers_before_a_colon() -> None:
    texts = [
        "Host: Welcome.",
        "Dr. Ivy: Thank you.",
        "Host: How is it?",
        "Dr. Ivy: Well: it is fine.",
        "Анна: Да.",
    ]
    found, _ = found_in(texts, "en")
    assert found.speakers() == ("Host", "Dr. Ivy", "Анна")


@pytest.mark.parametrize(
    "texts",
    [
        [
            "Note: the lamp is hot.",
            "Warning: do not touch it.",
            "Tip: wait.",
            "Remark: it cools down.",
            "So it is.",
        ],
        ["A. The first rule holds.", "B. The second one, too.", "A. Again the first.", "B. And the second."],
        ["Once: upon a time.", "There was a house.", "It had a door.", "And a roof.", "Once: more."],
    ],
)
def test_lists_and_notes_are_no_plays(texts: list[str]) -> None:
    found, _ = found_in(texts, "en")
    assert not any(found.lines)


def test_a_direction_that_is_marked_is_not_given_to_who_speaks_around_it() -> None:
    text = "“Come in,” said Clara. “I (she laughs) am here.”"
    block = Block(BlockKind.PARAGRAPH, text, speeches=(Speech("(she laughs)", "", Role.DIRECTION),))
    (lines,) = attribute(Chapter(0, "One", 1, (block,)), "en").lines
    assert [(line.role, text[line.start : line.end]) for line in lines] == [
        (Role.SPEECH, "“Come in,”"),
        (Role.DIRECTION, "(she laughs)"),
    ]


def test_a_speech_that_enters_early_keeps_doing_so() -> None:
    block = Block(BlockKind.PARAGRAPH, "Not now!", speeches=(Speech("Not now!", "BORIS", enters=0.6),))
    found = attribute(Chapter(0, "One", 1, (block,)), "en", Cast())
    assert [(line.speaker, line.enters) for own in found.lines for line in own] == [("Boris", 0.6)]
