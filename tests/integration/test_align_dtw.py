"""Words are found where they are said, by espeak's events, which are exact to the sample.

What is listened to is never spoken in the voice that reads.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from pipeline.align.dtw import LEAST_LIKENESS, DtwAligner, compare
from pipeline.align.reading import espeak_engine, espeak_voice, read
from pipeline.errors import AlignFailed
from pipeline.model import Pcm, Timing, Word
from pipeline.speech.espeak import SAMPLE_RATE
from tests.helpers_speech import words_of

TEXTS = {
    "en": "Nobody saw the grey cat on the roof. It had waited there since noon, watching the pigeons; then the "
    "bells rang, and it was gone.",
    "de": "Niemand sah die graue Katze auf dem Dach. Seit dem Mittag hatte sie dort gewartet, dann läuteten die "
    "Glocken, und sie war fort.",
    "ru": "Никто не видел серую кошку на крыше. Она ждала там с полудня, потом зазвонили колокола, и она исчезла.",
    "fr": "Personne ne voyait le chat gris sur le toit. Il attendait là depuis midi, puis les cloches sonnèrent.",
}


def spoken(
    text: str, language: str, variant: str, rate: float = 1.0, reader: str = ""
) -> tuple[Pcm, tuple[Word, ...], list[float | None]]:
    """What a voice says, and when each word begins; None where espeak does not tell."""
    words = words_of(text)
    said, starts, _ = espeak_engine().recite(words, espeak_voice(reader or language), rate, variant=variant)
    return said.audio, words, [None if start is None else start / SAMPLE_RATE for start in starts]


def errors(timings: Sequence[Timing], starts: Sequence[float | None]) -> np.ndarray:  # type: ignore[type-arg]
    return np.array([abs(t.start - s) for t, s in zip(timings, starts, strict=True) if s is not None])


@pytest.mark.parametrize("language", TEXTS)
@pytest.mark.parametrize(("variant", "rate"), [("f2", 0.85), ("klatt4", 1.25)])
def test_words_are_found_in_another_voice(language: str, variant: str, rate: float) -> None:
    audio, words, starts = spoken(TEXTS[language], language, variant, rate)
    wrong = errors(DtwAligner().align(audio, SAMPLE_RATE, words, language), starts)
    assert np.median(wrong) < 0.015
    assert np.percentile(wrong, 90) < 0.05


def test_words_are_found_in_noise() -> None:
    audio, words, starts = spoken(TEXTS["en"], "en", "m3")
    noise = (
        np.random.default_rng(0).normal(size=len(audio)) * audio.astype(np.float64).std() * 10 ** (-15 / 20)
    )
    noisy = np.clip(audio * 0.7 + noise * 0.7, -32768, 32767).astype(np.int16)
    wrong = errors(DtwAligner().align(noisy, SAMPLE_RATE, words, "en"), starts)
    assert np.median(wrong) < 0.02
    assert np.percentile(wrong, 90) < 0.06


def test_a_gap_between_words_is_not_smeared_over_them() -> None:
    """Two seconds of silence, also where no punctuation says so: the word before it ends, and the next begins."""
    audio, words, starts = spoken(TEXTS["en"], "en", "f2")
    place = [word.text for word in words].index("grey")
    start = starts[place]
    assert start is not None
    cut, gap = round(start * SAMPLE_RATE), 2 * SAMPLE_RATE
    parted = np.concatenate([audio[:cut], np.zeros(gap, np.int16), audio[cut:]])
    moved = [None if s is None else s + 2 * (index >= place) for index, s in enumerate(starts)]
    timings = DtwAligner().align(parted, SAMPLE_RATE, words, "en")
    assert errors(timings, moved).max() < 0.1
    assert timings[place - 1].end < start + 0.1


def test_silence_around_the_words_belongs_to_none() -> None:
    audio, words, starts = spoken(TEXTS["en"], "en", "m3")
    padded = np.concatenate([np.zeros(SAMPLE_RATE, np.int16), audio, np.zeros(3 * SAMPLE_RATE, np.int16)])
    timings = DtwAligner().align(padded, SAMPLE_RATE, words, "en")
    assert errors(timings, [None if start is None else start + 1 for start in starts]).max() < 0.1
    assert timings[-1].end < 1.1 + len(audio) / SAMPLE_RATE


def test_the_sample_rate_does_not_matter() -> None:
    import soxr

    audio, words, _ = spoken(TEXTS["en"], "en", "f2")
    exact = DtwAligner().align(audio, SAMPLE_RATE, words, "en")
    for rate in (16_000, 44_100):
        other = DtwAligner().align(
            np.asarray(soxr.resample(audio, SAMPLE_RATE, rate), np.int16), rate, words, "en"
        )
        assert np.median([abs(a.start - b.start) for a, b in zip(exact, other, strict=True)]) < 0.01


def test_a_soft_recording_is_as_good_as_a_loud_one() -> None:
    audio, words, _ = spoken(TEXTS["en"], "en", "f2")
    loud, soft = (DtwAligner().align(audio // by, SAMPLE_RATE, words, "en") for by in (1, 30))
    assert np.percentile([abs(a.start - b.start) for a, b in zip(loud, soft, strict=True)], 90) <= 0.01


def test_the_same_words_are_more_like_than_others() -> None:
    audio, words, _ = spoken(TEXTS["en"], "en", "f2")
    others = words_of(
        "Please bring three yellow umbrellas and fold them before the concert begins at the old theatre"
    )
    assert compare(audio, SAMPLE_RATE, words, "en").likeness > 0.5
    assert compare(audio, SAMPLE_RATE, others, "en").likeness < 0.3


def test_noise_is_not_taken_for_words() -> None:
    noise = (np.random.default_rng(0).normal(size=8 * SAMPLE_RATE) * 3000).astype(np.int16)
    words = words_of(TEXTS["en"])
    assert compare(noise, SAMPLE_RATE, words, "en").likeness < LEAST_LIKENESS
    with pytest.raises(AlignFailed, match="not like the words"):
        DtwAligner().align(noise, SAMPLE_RATE, words, "en")


def test_words_that_the_reader_runs_together_are_told_apart() -> None:
    """espeak tells "of the" as one word; the second begins with its own first sound."""
    words = words_of("the top of the hill")
    said, starts, _ = espeak_engine().recite(words, espeak_voice("en"))
    assert starts[3] is None
    th = [sound.sample / SAMPLE_RATE for sound in said.sounds if sound.name == "D"]
    reading = read(words, "en")
    assert reading.starts[3] == reading.ends[2] == pytest.approx(th[1], abs=0.001)


def test_a_language_without_a_voice_is_refused() -> None:
    audio, words, _ = spoken(TEXTS["en"], "en", "f2")
    with pytest.raises(AlignFailed, match="espeak cannot read"):
        DtwAligner().align(audio, SAMPLE_RATE, words, "tlh")


def test_two_stops_that_are_closed_once_meet_in_the_middle_of_the_silence() -> None:
    """As people say "black boat": the k is not released, so there is one silence for both."""
    words = words_of("They saw a black boat in the harbour, and nobody rowed it.")
    said, starts, _ = espeak_engine().recite(words, espeak_voice("en"), variant="f2")
    place = [word.text for word in words].index("boat")
    start = starts[place]
    assert start is not None
    audio = said.audio.copy()
    burst = _burst_after(audio, start)
    closed = burst - round(0.12 * SAMPLE_RATE)
    audio[closed:burst] = 0
    timings = DtwAligner().align(audio, SAMPLE_RATE, words, "en")
    assert timings[place].start == pytest.approx((closed + burst) / 2 / SAMPLE_RATE, abs=0.025)
    exact = DtwAligner().align(said.audio, SAMPLE_RATE, words, "en")
    assert exact[place].start == pytest.approx(start / SAMPLE_RATE, abs=0.025)


def _burst_after(audio: Pcm, start: int) -> int:
    """Where it is loud again after a closure that begins at ``start``."""
    size = round(0.005 * SAMPLE_RATE)
    levels = np.abs(audio[start : start + 20 * size].astype(np.float64).reshape(20, size)).mean(1)
    quiet = int(levels.argmin())
    return start + size * next(n for n in range(quiet, 20) if levels[n] > 10 * levels[quiet] + 50)
