"""What is told of a text: the sentences that say most of it, its words, titles, and a sentence for the whole."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from pipeline.compose.describe import Description, describe
from pipeline.compose.digest import digest
from pipeline.compose.soundbite import heard
from pipeline.compose.summary import Excerpt, fits_soundbite, ranked, stands_alone, summary
from pipeline.compose.terms import keywords, stop_words
from pipeline.compose.titles import phrase, says_nothing
from pipeline.errors import ModelError
from pipeline.model import Block, BlockKind, Book, Chapter, Metadata, SourceInfo, SourceKind
from tests.webpages import LANGUAGES

ABOUT = (
    "Honey bees of the valley find their way by the pattern of light that the sun makes in the sky.",
    "It is a trick that no other animal of the valley knows.",
    "Karl Frisch showed in 1949 that honey bees see this pattern of light even when clouds hide the sun.",
    "The weather was fine that summer, and the inns were full of guests from the city.",
    "A honey bee that has found flowers tells the others by a dance in which direction of the sun they lie.",
    "Bees that were kept in the dark for a week had to learn the pattern of the sun's light again.",
    "His neighbour sold cars.",
)


def book(
    *texts: str, title: str = "How bees find their way by the sun", language: str = "en", chapters: int = 1
) -> Book:
    blocks = [Block(BlockKind.PARAGRAPH, text) for text in texts]
    size = -(-len(blocks) // chapters)
    parts = [tuple(blocks[at : at + size]) for at in range(0, len(blocks), size)]
    return Book(
        SourceInfo(SourceKind.WEB, "https://example.org/a", "0" * 64),
        Metadata(title, language=language),
        tuple(Chapter(i, title if i == 0 else "", 1, part) for i, part in enumerate(parts)),
    )


# -- extracts ------------------------------------------------------------------------------------------------


def test_a_summary_has_the_sentences_that_say_most_in_their_order() -> None:
    said = describe(book(*ABOUT)).summary
    places = [ABOUT.index(sentence) for sentence in ABOUT if sentence in said]
    assert " ".join(ABOUT[place] for place in places) == said
    assert 2 <= len(places) <= 4
    assert 0 in places
    assert not {1, 3, 6} & set(places)


def test_the_same_thing_is_not_said_twice() -> None:
    again = "Honey bees of the valley find their way by that pattern of light the sun makes in the sky."
    chosen = [one.text for one in summary(ranked(book(ABOUT[0], again, *ABOUT[2:])), "en")]
    assert len({ABOUT[0], again} & set(chosen)) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_is_a_summary_in_every_language(language: str) -> None:
    texts = [sentence.format(n=4) for sentence in LANGUAGES[language]]
    described = describe(
        book("".join(texts) if language == "zh" else " ".join(texts), title="", language=language)
    )
    assert any(text in described.summary for text in texts)
    assert described.soundbite is not None
    assert described.soundbite.text in texts


@pytest.mark.parametrize(
    ("text", "language", "alone"),
    [
        (ABOUT[0], "en", True),
        (ABOUT[1], "en", False),
        ("But the bees of the other valley had never learned to do it.", "en", False),
        ("Click here to read all that was ever written about the bees.", "en", False),
        ("and so on without any beginning that one could understand at all.", "en", False),
        ("“The bees had found it long before we even looked at the sky.", "en", False),
        ("Die Bienen des Tals finden ihren Weg nach dem Licht der Sonne.", "de", True),
        ("Dabei finden die Bienen des Tals ihren Weg nach dem Licht.", "de", False),
        ("Пчёлы этой долины находят дорогу по свету солнца на небе.", "ru", True),
        ("Это умеет только она, и больше никто во всей этой долине.", "ru", False),
        ("Too short.", "en", False),
        ("The table of what came before without an end and with many words", "en", False),
    ],
)
def test_a_sentence_stands_alone_or_leans(text: str, language: str, alone: bool) -> None:
    assert stands_alone(text, language) is alone


def test_a_dateline_is_no_part_of_a_summary() -> None:
    dated = [f"WASHINGTON, D.C. (AP) — {ABOUT[0]}", *ABOUT[1:]]
    assert describe(book(*dated)).summary.startswith("Honey bees")


def test_keywords_are_what_a_text_is_about() -> None:
    found = keywords(list(ABOUT), "How bees find their way by the sun", "en")
    assert any("bee" in word for word in found[:3])
    assert {"pattern", "light", "sun"} & set(found[:3])
    assert not {"that", "the", "had", "his", "their"} & set(found)
    assert len(found) <= 8


def test_stop_words_are_those_of_the_language() -> None:
    assert "und" in stop_words("de-AT")
    assert "который" in stop_words("ru")
    assert stop_words("tlh") == frozenset()


def test_chapters_without_a_title_are_called_by_their_beginning() -> None:
    made = describe(book(*ABOUT, chapters=3)).chapter_titles
    assert made[0] == "How bees find their way by the sun"
    assert made[1] == "The weather was fine that summer"
    assert made[2] == "His neighbour sold cars"


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Bees see light, and more.", "Bees see light"),
        ("The price was 1,000 dollars.", "The price was 1,000 dollars"),
        ("A b c d e f g h i j k.", "A b c d e f g h…"),
        ("村里的磨坊主有四座磨坊，每一座都建在不同的河边。", "村里的磨坊主有四座磨坊"),
        ("", ""),
    ],
)
def test_a_phrase_is_short(text: str, title: str) -> None:
    assert phrase(text) == title


@pytest.mark.parametrize("title", ["", "3", "Chapter 3", "IV.", "Глава 2", "* * *"])
def test_a_number_is_no_title(title: str) -> None:
    assert says_nothing(title)
    assert not says_nothing(f"{title} Bees")


def test_a_text_of_nothing_but_headings_has_no_summary() -> None:
    made = replace(book("x"), chapters=(Chapter(0, "T", 1, (Block(BlockKind.HEADING, "T", level=1),)),))
    assert describe(made) == Description("", (), ("T",), None)


def test_a_digest_is_summarised_by_what_is_in_it() -> None:
    one, other = book(*ABOUT), book(*ABOUT, title="How ants hear")
    made = describe(digest([one, other], "Morning"))
    assert made.summary == "How bees find their way by the sun; How ants hear"
    assert made.soundbite is not None
    assert made.soundbite.chapter in (1, 2)


# -- when it is heard ----------------------------------------------------------------------------------------


def transcript(*chapters: str) -> dict[str, object]:
    """Each word takes a second."""
    second, made = 0, []
    for text in chapters:
        words = []
        for word in text.split():
            words.append({"text": word, "start": float(second), "end": second + 0.9})
            second += 1
        made.append({"segments": [{"words": words[:5]}, {"words": words[5:]}]})
    return {"chapters": made}


def test_a_soundbite_is_found_in_the_transcript() -> None:
    said = transcript("An opening of five words here.", f"{ABOUT[1]} {ABOUT[0]}")
    found = heard(said, Excerpt(2, ABOUT[0]))
    assert found is not None
    begins = 6 + len(ABOUT[1].split())
    assert (found.start, round(found.start + found.duration, 3)) == (
        begins,
        begins + len(ABOUT[0].split()) - 0.1,
    )
    assert found.title == ABOUT[0]
    assert heard(said, Excerpt(1, "It was never said by anybody.")) is None
    assert heard(said, Excerpt(1, "pening of five")) is None
    assert heard({}, Excerpt(0, "x")) is None


def test_a_soundbite_takes_a_while() -> None:
    assert fits_soundbite(ABOUT[0], "en")
    assert not fits_soundbite("Bees see the light of the sun at noon.", "en")


# -- by a model ----------------------------------------------------------------------------------------------

GOOD = {
    "summary": "Karl Frisch showed that honey bees see the pattern of light in the sky, and find their way by it.",
    "keywords": ["bees", "sun", "bees", 7, "<b>"],
    "chapter_titles": {"0": "Not this one", "1": "Fine weather.", "2": "https://example.org"},
    "soundbite": ABOUT[4].upper(),
}


class Model:
    """Answers in order, and then with the last again."""

    def __init__(self, *answers: object) -> None:
        self.answers = [answer if isinstance(answer, str) else json.dumps(answer) for answer in answers]
        self.asked: list[Sequence[Mapping[str, str]]] = []

    def __call__(self, messages: Sequence[Mapping[str, str]]) -> str:
        self.asked.append(messages)
        return self.answers[min(len(self.asked), len(self.answers)) - 1]


def test_a_model_describes_what_it_was_shown() -> None:
    model = Model(GOOD)
    made = describe(book(*ABOUT, chapters=3), model)
    assert made.by_model
    assert made.summary == GOOD["summary"]
    assert made.keywords == ("bees", "sun")
    assert made.chapter_titles == (
        "How bees find their way by the sun",
        "Fine weather",
        "His neighbour sold cars",
    )
    assert made.soundbite == Excerpt(1, ABOUT[4])
    shown = model.asked[0][-1]["content"]
    assert all(text in shown for text in ABOUT)


@pytest.mark.parametrize(
    "answer",
    [
        "I am sorry, but I cannot do that.",
        "{",
        "[" * 100_000,
        {**GOOD, "summary": ""},
        {**GOOD, "summary": ["bees"]},
        {**GOOD, "summary": "word " * 2000},
        {
            **GOOD,
            "summary": "Karl Frisch showed in 1950 that honey bees see the pattern of light in the sky.",
        },
        {
            **GOOD,
            "summary": "It was Albert Einstein who showed that honey bees see the pattern of light in the sky.",
        },
        {**GOOD, "summary": f"{GOOD['summary']} Read on at https://example.org/buy."},
        {**GOOD, "summary": f"<script>x()</script> {GOOD['summary']}"},
    ],
)
def test_an_answer_that_cannot_be_believed_ends_in_extracts(answer: object) -> None:
    without = describe(book(*ABOUT))
    model = Model(answer)
    made = describe(book(*ABOUT), model)
    assert replace(made, doubts=()) == without
    assert len(made.doubts) == 1
    assert len(model.asked) > 1
    again = describe(book(*ABOUT), Model(answer, GOOD))
    assert again.by_model
    assert again.doubts == ()


def test_a_sentence_that_is_not_in_the_text_is_no_soundbite() -> None:
    made = describe(
        book(*ABOUT), Model({**GOOD, "soundbite": "Bees are the best animals there have ever been, ever."})
    )
    assert made.soundbite == describe(book(*ABOUT)).soundbite


def test_a_model_that_is_away_ends_in_extracts() -> None:
    def away(messages: Sequence[Mapping[str, str]]) -> str:
        raise ModelError("The language model at http://127.0.0.1:1 cannot be reached.")

    made = describe(book(*ABOUT), away)
    assert replace(made, doubts=()) == describe(book(*ABOUT))
    assert "cannot be reached" in made.doubts[0]


def test_a_model_is_shown_no_more_than_it_can_take() -> None:
    long = [f"{sentence[:-1]} in the year {1000 + number}." for number in range(400) for sentence in ABOUT]
    model = Model({**GOOD})
    describe(book(*long), model)
    assert len(model.asked[0][-1]["content"]) < 13_000
