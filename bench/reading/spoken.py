"""The spoken form, by language and class, on ``written~spoken`` lines.

``spoken/LANGUAGE/test_cases_CLASS.txt``; a line may give several spoken forms, each after a ``~``, and any of
them is right. Compared after folding: case, punctuation and hyphens do not count, words do (Chinese and
Japanese: characters).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.reading.table import OURS, Row, Table

TARGETS = {"en": 0.95, "ru": 0.80, "zh": 0.95, "de": 0.92, "fr": 0.95, "es": 0.95}
NUM2WORDS, RAW = "num2words", "as written"
UNSPACED = frozenset({"zh", "ja", "th"})


@dataclass(frozen=True, slots=True)
class Case:
    """A line of the set."""

    language: str
    kind: str
    written: str
    spoken: tuple[str, ...]


def cases(corpus: Path) -> Iterator[Case]:
    """All lines, by language and class."""
    for file in sorted(corpus.glob("spoken/*/test_cases_*.txt")):
        for line in file.read_text("utf-8-sig").splitlines():
            written, *spoken = line.split("~")
            if spoken:
                yield Case(file.parent.name, file.stem.removeprefix("test_cases_"), written, tuple(spoken))


def fold(text: str, language: str) -> str:
    """Without case, punctuation and symbols; the words with single spaces between them."""
    kept = "".join(
        c if unicodedata.category(c)[0] in "LNM" else " " for c in unicodedata.normalize("NFC", text).lower()
    )
    return ("" if language in UNSPACED else " ").join(kept.split())


def errors(said: str, truth: str) -> tuple[int, int]:
    """Edits between the two, in words, and the length of the truth."""
    given, wanted = said.split(), truth.split()
    row = list(range(len(wanted) + 1))
    for index, word in enumerate(given, 1):
        row, before = [index], row
        for place, other in enumerate(wanted, 1):
            row.append(min(before[place] + 1, row[-1] + 1, before[place - 1] + (word != other)))
    return row[-1], max(1, len(wanted))


def measure(corpus: Path) -> Table | None:
    """A row for each class of each language, then the language's sums."""
    lines = list(cases(corpus))
    if not lines:
        return None
    contestants = dict(_contestants())
    rows: list[Row] = []
    for language in sorted({case.language for case in lines}, key=[*TARGETS].index):
        own = [case for case in lines if case.language == language]
        said = {name: [say(case.written, language) for case in own] for name, say in contestants.items()}
        for kind in sorted({case.kind for case in own}):
            chosen = [index for index, case in enumerate(own) if case.kind == kind]
            rows.append(_row(f"{language} {kind}", own, said, chosen, exact))
        everything = list(range(len(own)))
        rows.append(_row(f"**{language}, exact**", own, said, everything, exact, TARGETS[language]))
        rows.append(_row(f"{language}, words right", own, said, everything, words_right))
        phonemes = _phonemes(language)
        if phonemes is not None:
            rows.append(_row(f"{language}, exact by phonemes", own, said, everything, _by_phonemes(phonemes)))
    notes = (
        "Exact: equal to a given form but for case and punctuation. Words right: 1 less the word error rate"
        " (edits over words of the truth). By phonemes: espeak-ng's phonemes of the spoken form are those of"
        " the truth; the column of the text as written is espeak-ng's own reading.",
        "num2words: every number of digits replaced by its words, the rest untouched.",
    )
    return Table("Spoken form", tuple(contestants), rows, notes)


Judge = Callable[[str, Case], float]


def _row(
    name: str,
    own: list[Case],
    said: dict[str, list[str]],
    chosen: list[int],
    judge: Judge,
    target: float | None = None,
) -> Row:
    values = {
        contestant: sum(judge(forms[index], own[index]) for index in chosen) / len(chosen)
        for contestant, forms in said.items()
    }
    return Row(name, values, target, len(chosen))


def exact(said: str, case: Case) -> float:
    """Whether it is one of the given forms."""
    folded = fold(said, case.language)
    return float(any(folded == fold(form, case.language) for form in case.spoken))


def words_right(said: str, case: Case) -> float:
    """1 less the word error rate against the nearest form."""
    best = 0.0
    for form in case.spoken:
        given, truth = fold(said, case.language), fold(form, case.language)
        if case.language in UNSPACED:
            given, truth = " ".join(given), " ".join(truth)
        wrong, length = errors(given, truth)
        best = max(best, 1 - wrong / length)
    return best


def _by_phonemes(phonemes: Callable[[str], str]) -> Judge:
    def judge(said: str, case: Case) -> float:
        return float(any(phonemes(said) == phonemes(form) for form in case.spoken))

    return judge


def _phonemes(language: str) -> Callable[[str], str] | None:
    """espeak-ng's phonemes of a text, stress and pauses aside."""
    try:
        from piper.phonemize_espeak import EspeakPhonemizer
    except ImportError:
        return None
    voice = {"en": "en-us", "zh": "cmn"}.get(language, language)
    phonemizer = EspeakPhonemizer()
    known: dict[str, str] = {}

    def phonemes(text: str) -> str:
        if text not in known:
            sounds = "".join(sound for part in phonemizer.phonemize(voice, text) for sound in part)
            known[text] = re.sub(r"[\s\u02c8\u02cc.,;:!?-]|\([a-z-]+\)", "", sounds)
        return known[text]

    return phonemes


def _contestants() -> Iterator[tuple[str, Callable[[str, str], str]]]:
    from pipeline.script import speak_text

    yield OURS, speak_text
    try:
        from num2words import num2words
    except ImportError:
        num2words = None
    if num2words is not None:

        def numbers(text: str, language: str) -> str:
            try:
                return re.sub(r"\d+", lambda m: f" {num2words(int(m[0]), lang=language)} ", text)
            except (NotImplementedError, OverflowError):  # it has no Chinese
                return text

        yield NUM2WORDS, numbers
    yield RAW, lambda text, _: text
