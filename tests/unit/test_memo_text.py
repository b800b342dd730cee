"""The text of a voice memo: what of it is written down, and how it falls into sentences, paragraphs and chapters."""

from __future__ import annotations

from itertools import pairwise

import pytest

from pipeline.hear.recogniser import Heard
from pipeline.notes.cleaning import Said, cleaned
from pipeline.notes.recording import LEAD, RATE, TAIL
from pipeline.notes.told import tell


def heard(text: str, step: float = 0.3) -> list[Heard]:
    """Words that follow each other at once; ``/2`` is a silence of two seconds."""
    found: list[Heard] = []
    at = 1.0
    for word in text.split():
        if word.startswith("/"):
            at += float(word[1:])
            continue
        found.append(Heard(word, at, at + step))
        at += step
    return found


def text_of(words: tuple[Said, ...]) -> str:
    return " ".join(word.text for word in words)


@pytest.mark.parametrize(
    ("language", "text", "kept"),
    [
        ("en", "Um, I went to the lake.", "I went to the lake."),
        ("en", "um the lake was, uh, cold and uh we swam um.", "the lake was cold and we swam."),
        ("en", "It was cold. Uhm, then it rained.", "It was cold. Then it rained."),
        ("en-GB", "I I I went to the the lake.", "I went to the lake."),
        ("en", "We were, we were at the lake.", "We were at the lake."),
        ("en", "Then we were, we were at the lake.", "Then we were at the lake."),
        ("en", "Very very cold, again and again and again.", "Very very cold, again and again and again."),
        ("en", "I know, I know. It's fine, it's fine.", "I know, I know. It's fine, it's fine."),
        ("en", "He said that that had had no effect. No, no!", "He said that that had had no effect. No, no!"),
        ("en", "Wh- what was it?", "What was it?"),
        ("en", "We left. We left at noon.", "We left. We left at noon."),
        ("de", "Ähm, ich ich gehe um den See um acht.", "Ich gehe um den See um acht."),
        ("de", "Er sagt, äh, dass die, die da sind, bleiben.", "Er sagt dass die, die da sind, bleiben."),
        ("fr", "Euh, nous nous sommes levés.", "Nous nous sommes levés."),
        ("pt", "Um dia, hum, um homem saiu.", "Um dia um homem saiu."),
        ("xx", "um hmm er eh", "um er eh"),
        ("en", "um uh", "um uh"),
    ],
)  # fmt: skip
def test_fillers_and_false_starts_are_left_out(language: str, text: str, kept: str) -> None:
    assert text_of(cleaned(heard(text), language)) == kept


def test_the_times_of_what_stays_are_true() -> None:
    words = heard("Um, I I went to, uh, the lake.")
    by_place = {(word.start, word.end) for word in words}

    stay = cleaned(words, "en")

    assert [word.text for word in stay] == ["I", "went", "to", "the", "lake."]
    assert {(word.start, word.end) for word in stay} <= by_place
    assert stay[0].start == words[2].start  # of "I I" it is the second that goes on


def test_words_that_were_not_sure_are_in_doubt() -> None:
    words = (Heard("clear", 0, 1, 0.9), Heard("mumbled", 1, 2, 0.1))
    assert [word.sure for word in cleaned(words, "en")] == [True, False]


def test_chinese_has_no_spaces() -> None:
    words = cleaned([Heard(text, at, at + 1) for at, text in enumerate("我 去 湖 边 OK".split())], "zh")
    told = tell(words, (0.0, 5.0), 5.0, "zh", title="", heard_by="test")
    assert told.chapters[0].text == "我去湖边OK"


def test_pauses_make_paragraphs() -> None:
    words = cleaned(heard("It was cold. We swam. /2 Dr. Grey came, /2 too. /0.5 He left."), "en")
    told = tell(words, (1.0, 9.0), 12.0, "en", title="", heard_by="test")

    assert told.title == "It was cold"
    (chapter,) = told.chapters
    assert [block.text for block in chapter.blocks] == [
        "It was cold. We swam.",
        "Dr. Grey came, too. He left.",
    ]
    assert [segment.text for segment in told.segments[0]] == [
        "It was cold.", "We swam.", "Dr. Grey came, too.", "He left.",
    ]  # fmt: skip
    assert [bool(segment.begins) for segment in told.segments[0]] == [True, False, True, False]
    (span,) = told.spans
    assert span.first == round((1.0 - LEAD) * RATE)
    assert span.after == round((9.0 + TAIL) * RATE)


def test_without_punctuation_pauses_end_sentences() -> None:
    words = cleaned(heard("it was cold /1 we swam all the same /1 then we left"), "en")
    told = tell(words, (1.0, 9.0), 12.0, "en", title="Mine", heard_by="test")

    assert [segment.text for segment in told.segments[0]] == [
        "It was cold.", "We swam all the same.", "Then we left.",
    ]  # fmt: skip
    assert told.title == told.chapters[0].title == "Mine"


def test_a_long_memo_has_chapters() -> None:
    minute = " ".join(["Words are said here."] * 55)  # 66 s
    text = f" /4 A new thing begins. {minute}".join(["First of all. " + minute, *[""] * 4])
    words = cleaned(heard(text), "en")
    told = tell(words, (1.0, words[-1].end), words[-1].end + 9, "en", title="", heard_by="test")

    assert [chapter.title for chapter in told.chapters] == ["First of all", *["A new thing begins"] * 4]
    for before, after in pairwise(told.spans):
        assert before.after == after.first
    for span, segments in zip(told.spans, told.segments, strict=True):
        times = [at for one in segments for pair in zip(one.starts, one.ends, strict=True) for at in pair]
        assert times == sorted(times)
        assert times[0] >= 0
        assert times[-1] <= span.after - span.first
    short = cleaned(heard(f"First. {minute} /4 Then. {minute}"), "en")
    assert len(tell(short, (0, 200), 200, "en", title="", heard_by="test").chapters) == 1


def test_a_word_outside_of_what_sounds_is_kept() -> None:
    words = cleaned([Heard("Listen.", 0.5, 1.0), Heard("Loud.", 3.0, 4.0)], "en")
    told = tell(words, (3.0, 4.0), 5.0, "en", title="", heard_by="test")
    assert told.spans[0].first == round((0.5 - LEAD) * RATE)
