"""Is what was heard what the chunk says? By tables, and by properties."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.check.words import ADDED, DIFFERENT, MISSING, REPEATED, Policy, check_words
from pipeline.hear.recogniser import Heard
from pipeline.hear.sounds import no_sounds
from pipeline.model import Word, join_words
from pipeline.script.sentences import split_sentences
from pipeline.script.words import display_words, split_words

STORY = "The lighthouse stood alone. Nobody came that winter at all. It was very cold."


def words_of(text: str, language: str = "en") -> tuple[Word, ...]:
    """Display words with their spoken forms, as a script has them."""
    return tuple(word for one in split_sentences(text, language) for word in split_words(one, language))


def heard_as(text: str, probability: float = 1.0) -> tuple[Heard, ...]:
    """What a recogniser writes, each word at its second."""
    return tuple(Heard(word, at, at + 1, probability) for at, word in enumerate(display_words(text)[0]))


@pytest.mark.parametrize(
    ("language", "text", "heard"),
    [
        ("en", STORY, "the lighthouse stood alone nobody came that winter at all it was very cold"),
        ("en", STORY, "The light house stood alone. Nobody came that winter at all. It was very cold."),
        ("en", "He came in 1999 for $3.50.", "he came in nineteen ninety-nine for three dollars and fifty cents"),
        ("en", "Nobody came in nineteen ninety-nine.", "Nobody came in 1999."),
        ("en", "It cost three hundred and two pounds.", "It cost 302 pounds."),
        ("en", "The knight knew their names, everyone said.", "The night new there names, every one said."),
        ("en", "She asked Mr. Macready and Catherine about it.", "She asked Mister McCready and Katharine about it."),
        ("en", "Then Svetlana wrote to Schroeder again.", "Then Sweatlana wrote to Schrader again."),
        ("en", "He didn’t say “yes” — never.", "He didnt say yes never"),
        ("en", "A résumé of the café.", "A resume of the cafe."),
        ("en", "Chapter 4", "Chapter Four."),
        ("de", "Er kaufte am 3. Mai zwei große Äpfel.", "Er kaufte am dritten Mai 2 grosse Äpfel."),
        ("fr", "Il n’a rien dit à l’abbé ce soir.", "Il na rien dit a labbe ce soir"),
        ("es", "¿Cuánto cuesta el libro?", "cuanto cuesta el libro"),
        ("ru", "Всё было тихо в тот вечер.", "Все было тихо в тот вечер"),
        ("ar", "كَتَبَ الوَلَدُ رسالة", "كتب الولد رسالة"),
        ("zh", "他在一九九九年去了北京。", "他在1999年去了北京"),
        ("zh", "他在北京工作了很多年。", "他再北京工作了很多年"),
        ("ja", "今日はとても寒いです。", "今日はとても寒いです"),
    ],
)  # fmt: skip
def test_accepts_what_is_the_same_to_the_ear(language: str, text: str, heard: str) -> None:
    verdict = check_words(words_of(text, language), heard_as(heard), language, Policy.STRICT)

    assert verdict.accepted, verdict.faults


@pytest.mark.parametrize(
    ("heard", "fault", "where"),
    [
        ("The lighthouse stood alone. It was very cold.", MISSING, "Nobody came that winter at all."),
        ("Nobody came that winter at all. It was very cold.", MISSING, "The lighthouse stood alone."),
        ("The lighthouse stood alone. Nobody came that winter at all.", MISSING, "It was very cold."),
        (f"The lighthouse stood alone. {STORY}", REPEATED, "The lighthouse stood alone."),
        (f"{STORY} It was very cold.", REPEATED, "It was very cold."),
        (f"{STORY} Nobody came that winter at all.", REPEATED, "Nobody came that winter at all."),
        (f"{STORY} Bananas ripen beside yellow umbrellas.", ADDED, "cold."),
        (
            "The lighthouse stood alone. Bananas ripen beside yellow umbrellas sometimes. It was very cold.",
            DIFFERENT,
            "Nobody came that winter at all.",
        ),
    ],
)
def test_names_and_places_what_is_wrong(heard: str, fault: str, where: str) -> None:
    words = words_of(STORY)

    verdict = check_words(words, heard_as(heard), "en")

    (doubt,) = verdict.faults
    assert doubt.fault == fault
    assert doubt.words
    assert join_words(words[slice(*doubt.words)]) == where
    assert doubt.text.endswith(".")


def test_a_repetition_elsewhere_is_one_of_the_repeated_words() -> None:
    verdict = check_words(words_of(STORY), heard_as(f"{STORY} The lighthouse stood alone."), "en")

    assert [doubt.fault for doubt in verdict.faults] == [REPEATED]


def test_silence_is_all_words_missing() -> None:
    verdict = check_words(words_of(STORY), (), "en")

    assert [(doubt.fault, doubt.words) for doubt in verdict.faults] == [(MISSING, (0, 14))]
    assert verdict.wrong == 1.0


@pytest.mark.parametrize(
    ("heard", "normal", "strict"),
    [
        ("The lighthouse stood a loan. Nobody came that winter at all. It was very cold.", True, True),
        ("The lighthouse stood banana. Nobody came that winter at all. It was very cold.", True, False),
        ("The banana stood umbrella. Nobody came that winter at all. It was very cold.", False, False),
        ("The lighthouse stood alone. Nobody came winter at all. It was cold.", False, False),
    ],
)
def test_the_policy_says_how_much_is_allowed(heard: str, normal: bool, strict: bool) -> None:
    words = words_of(STORY) + words_of("Rain fell on the roof and ran into the yard.")
    tail = heard_as(heard + " Rain fell on the roof and ran into the yard.")

    assert check_words(words[:14], heard_as(heard), "en", Policy.NORMAL).accepted is normal
    assert check_words(words[:14], heard_as(heard), "en", Policy.STRICT).accepted is strict
    assert check_words(words, tail, "en", Policy.OFF).accepted


def test_a_dropped_sentence_is_a_fault_in_the_longest_text() -> None:
    sentences = [f"The {animal} crossed the wide river slowly." for animal in
                 "fox wolf bear deer hare otter badger hedgehog squirrel weasel".split()] * 3  # fmt: skip
    words = words_of(" ".join(sentences))

    verdict = check_words(words, heard_as(" ".join(sentences[:15] + sentences[16:])), "en")

    assert verdict.errors <= verdict.allowed
    assert [doubt.fault for doubt in verdict.faults] == [MISSING]


def test_what_a_recogniser_invents_at_the_end_is_forgiven_when_it_is_unsure() -> None:
    said, thanks = heard_as(STORY), "Thank you for watching."

    assert check_words(words_of(STORY), said + heard_as(thanks, 0.3), "en").accepted
    assert not check_words(words_of(STORY), said + heard_as(thanks, 0.9), "en").accepted


def test_a_heading_of_one_word_must_be_right() -> None:
    assert check_words(words_of("Preface"), heard_as("Preface."), "en").accepted
    assert not check_words(words_of("Preface"), heard_as("Umbrella."), "en").accepted


def test_words_that_are_not_said_are_not_missed() -> None:
    words = (Word("alone", "alone"), Word("—", ""), Word("❦", ""), Word("winter", "winter"))

    assert check_words(words, heard_as("alone winter"), "en", Policy.STRICT).accepted


some_words = st.lists(
    st.sampled_from("amber birch cedar delta ember fjord grove haven inlet jetty".split()),
    min_size=6,
    max_size=40,
)


@settings(deadline=None, max_examples=60)
@given(some_words)
def test_the_text_itself_is_always_accepted(texts: list[str]) -> None:
    words = tuple(Word(text, text) for text in texts)

    verdict = check_words(words, heard_as(" ".join(texts)), "en", Policy.STRICT, no_sounds)

    assert verdict.accepted
    assert verdict.errors == 0


@settings(deadline=None, max_examples=100)
@given(some_words, some_words)
def test_places_lie_in_the_text_and_errors_are_counted(said: list[str], heard: list[str]) -> None:
    words = tuple(Word(text, text) for text in said)

    verdict = check_words(words, heard_as(" ".join(heard)), "en", Policy.STRICT, no_sounds)

    assert verdict.errors >= abs(len(said) - len(heard))
    for doubt in verdict.faults:
        assert doubt.words is not None
        first, after = doubt.words
        assert 0 <= first < after <= len(words)


@settings(deadline=None, max_examples=60)
@given(
    st.permutations("amber birch cedar delta ember fjord grove haven inlet jetty".split()), st.integers(0, 7)
)
def test_three_words_cut_out_are_always_found(texts: list[str], place: int) -> None:
    words = tuple(Word(text, text) for text in texts)

    verdict = check_words(
        words, heard_as(" ".join(texts[:place] + texts[place + 3 :])), "en", sounds=no_sounds
    )

    assert [(doubt.fault, doubt.words) for doubt in verdict.faults] == [(MISSING, (place, place + 3))]
