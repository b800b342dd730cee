"""IPA of a lexicon, as espeak and Piper say it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.model import BlockKind, Chunk, Doubt, Sentence, SpeakingOptions, Take, Word
from pipeline.speech.engine import EngineContext
from pipeline.speech.espeak import EspeakEngine
from pipeline.speech.espeak_ipa import ipa_table
from pipeline.speech.espeak_library import find_library


@pytest.mark.parametrize(
    ("voice", "ipa", "heard"),
    [
        ("gmw/en-US", "hɜːˈmaɪ.ə.ni", "hɜːmˈaɪəni"),
        ("gmw/en", "ˈt͡ʃʌmli", "tʃˈʌmli"),
        ("gmw/de", "ˈkœln ˈtsʏʁɪç", "kˈœln tsˈʏʁɪç"),
        ("roa/fr", "bɔ̃ʒuʁ", "bɔ̃ʒuʁ"),
        ("zle/ru", "zɐˈmok", "zamˈok"),
        ("zle/ru", "ˈzamək", "zˈamək"),
        ("zle/ru", "ˈsto.ɪt", "stˈoɪt"),
    ],
)
def test_espeak_says_what_the_ipa_says(voice: str, ipa: str, heard: str) -> None:
    library = find_library()
    names = ipa_table(library, voice).named(ipa)
    assert names is not None
    (said,) = library.transcribed([" ".join(f"[[{word}]]" for word in names.split("||"))], voice)
    assert _close(said) == _close(heard)


def _close(ipa: str) -> str:
    """Without the differences between releases of espeak in how one sound is written."""
    return ipa.replace("r", "ɹ").replace("ʁ", "ɹ").replace("ɑ", "a").replace("eː", "eɪ")


def test_what_is_no_sound_of_any_language_has_no_names() -> None:
    assert ipa_table(find_library(), "gmw/en-US").named("ǃx☃") is None


def _take(*words: Word) -> Take:
    engine = EspeakEngine(EngineContext(Path("/nonexistent")))
    voice = next(voice for voice in engine.voices() if voice.id == "en-us")
    assert engine.limits(voice, "en").ipa
    chunk = Chunk(0, (Sentence(words),), BlockKind.PARAGRAPH, voice.name, "en", 0.0)
    (take,) = engine.speak([chunk], voice, SpeakingOptions())
    return take


def test_espeak_speaks_ipa_and_times_its_words() -> None:
    plain = _take(Word("I", "I"), Word("saw", "saw"), Word("Xqz,", "banana,"), Word("today.", "today."))
    told = _take(
        Word("I", "I"), Word("saw", "saw"), Word("Xqz,", "xqz,", ipa="bəˈnænə"), Word("today.", "today.")
    )
    assert told.doubts == ()
    assert told.timings is not None
    assert plain.timings is not None
    starts = [timing.start for timing in told.timings]
    assert starts == sorted(set(starts))
    assert starts == pytest.approx([timing.start for timing in plain.timings], abs=0.05)
    assert told.duration == pytest.approx(plain.duration, abs=0.1)


def test_a_sound_that_espeak_lacks_is_a_doubt_and_the_word_is_read() -> None:
    take = _take(Word("Say", "Say"), Word("banana.", "banana.", ipa="ǃ☃"))
    said = "The IPA “ǃ☃” has a sound that espeak:en-us cannot say: it was read as written."
    assert take.doubts == (Doubt("pronunciation", said, (1, 2)),)
    assert take.duration == pytest.approx(_take(Word("Say", "Say"), Word("banana.", "banana.")).duration)


def test_brackets_in_the_text_beside_ipa_are_no_phonemes() -> None:
    take = _take(Word("a", "[[h@l'oU]]"), Word("b", "b", ipa="biː"))
    assert take.timings is not None
    assert len(take.timings) == 2
