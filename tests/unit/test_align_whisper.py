"""Known words timed by what was heard: espeak's own times are the truth, and what was heard is bent on purpose."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.align.registry import ALIGNERS, open_aligner
from pipeline.align.whisper import anchors, timings_from_heard
from pipeline.errors import AlignFailed
from pipeline.hear.recogniser import Heard, RecogniserContext
from pipeline.hear.registry import forget_recognisers, listen_with
from pipeline.model import BlockKind, Chunk, Sentence, SpeakingOptions, Take, Word
from pipeline.script.sentences import split_sentences
from pipeline.script.words import split_words
from pipeline.speech.engine import EngineContext
from pipeline.speech.espeak import EspeakEngine

TEXT = (
    "The knight said everyone knew, in 1999, that Mr. Macready came to stay — alone. "
    "Nobody believed it, though: he paid $3.50!"
)


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> tuple[tuple[Word, ...], Take]:
    """The words, and espeak's take of them with its own times."""
    words = tuple(word for one in split_sentences(TEXT, "en") for word in split_words(one, "en"))
    engine = EspeakEngine(EngineContext(tmp_path_factory.mktemp("voices")))
    voice = next(voice for voice in engine.voices() if voice.id == "en-us")
    chunk = Chunk(0, (Sentence(words),), BlockKind.PARAGRAPH, voice.name, "en", 0.0)
    (take,) = engine.speak([chunk], voice, SpeakingOptions())
    return words, take


def heard_of(words: tuple[Word, ...], take: Take) -> list[Heard]:
    """Most words as they were said; some otherwise, one as two, one not at all."""
    assert take.timings
    other = {"knight": "night", "Macready": "McCready", "Mr.": "Mister", "$3.50!": "3 dollars 50"}
    heard = []
    for word, time in zip(words, take.timings, strict=True):
        if word.text == "everyone":
            middle = (time.start + time.end) / 2
            heard += [Heard("every", time.start, middle), Heard("one", middle, time.end)]
        elif word.spoken and word.text != "to":
            heard.append(Heard(other.get(word.text, word.text), time.start, time.end))
    return heard


def test_words_have_the_times_of_what_they_were_heard_as(spoken: tuple[tuple[Word, ...], Take]) -> None:
    words, take = spoken
    assert take.timings

    found = timings_from_heard(words, heard_of(words, take), "en", 0.0, take.duration)

    for word, mine, truth in zip(words, found, take.timings, strict=True):
        assert (mine.start, mine.end) == pytest.approx((truth.start, truth.end), abs=0.01), word


def test_words_that_were_not_heard_lie_between_their_neighbours(
    spoken: tuple[tuple[Word, ...], Take],
) -> None:
    words, take = spoken
    assert take.timings
    heard = [word for place, word in enumerate(heard_of(words, take)) if place not in (0, 5, 6, 7)][:-1]

    found = timings_from_heard(words, heard, "en", 0.0, take.duration)

    edges = [edge for timing in found for edge in (timing.start, timing.end)]
    assert edges == sorted(edges)
    assert 0 <= edges[0] <= edges[-1] <= take.duration
    assert all(timing.end > timing.start for timing, word in zip(found, words, strict=True) if word.spoken)
    silent = next(place for place, word in enumerate(words) if not word.spoken)
    assert found[silent].start == found[silent].end


def test_another_text_is_refused(spoken: tuple[tuple[Word, ...], Take]) -> None:
    words, take = spoken
    with pytest.raises(AlignFailed, match="another text"):
        timings_from_heard(words, [Heard("bananas", 0, 1), Heard("ripen", 1, 2)], "en", 0.0, take.duration)


def test_anchors_skip_what_is_not_in_the_text(spoken: tuple[tuple[Word, ...], Take]) -> None:
    words, take = spoken
    assert take.timings
    intro = [
        Heard(text, place * 0.3, place * 0.3 + 0.3)
        for place, text in enumerate("read by a volunteer".split())
    ]
    later = [Heard(one.text, one.start + 1.2, one.end + 1.2) for one in heard_of(words, take)]

    found = anchors(words, [*intro, *later], "en")

    assert found
    for anchor in found:
        assert anchor.start == pytest.approx(take.timings[anchor.word].start + 1.2, abs=0.01)
        last = take.timings[anchor.word + anchor.words - 1]
        assert anchor.end == pytest.approx(last.end + 1.2, abs=0.01)


def test_it_is_behind_the_door_once_somebody_listens() -> None:
    forget_recognisers()
    assert list(ALIGNERS)[-1] == "whisper"
    with pytest.raises(AlignFailed, match="set up"):
        open_aligner("whisper")

    listen_with("tone", RecogniserContext(Path("none")))

    assert open_aligner("whisper").name == "whisper"
    forget_recognisers()
