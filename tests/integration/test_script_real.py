"""Sentence splitting against the golden rules, and the script of a real book."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from pipeline.model import Block, BlockKind, Chapter, Voice, join_words
from pipeline.script import script_chapter, split_sentences
from pipeline.settings import PauseSettings
from pipeline.speech.engine import EngineLimits

CODES = {
    "arabic": "ar", "armenian": "hy", "bulgarian": "bg", "burmese": "my", "danish": "da", "deutsch": "de",
    "dutch": "nl", "english": "en", "french": "fr", "hindi": "hi", "italian": "it", "japanese": "ja",
    "kazakh": "kk", "marathi": "mr", "persian": "fa", "polish": "pl", "russian": "ru", "slovak": "sk",
    "spanish": "es", "urdu": "ur",
}  # fmt: skip

FLOOR = {
    "ar": 1, "hy": 9, "bg": 1, "my": 1, "da": 21, "de": 12, "nl": 1, "en": 19, "fr": 2, "hi": 1, "it": 22,
    "ja": 3, "kk": 8, "mr": 3, "fa": 1, "pl": 1, "ru": 20, "sk": 4, "es": 14, "ur": 1,
}  # fmt: skip
"""Rules that pass: most that fail are lists run together in one paragraph, which blocks keep apart."""


def fold(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.real
def test_golden_rules_pass_as_often_as_they_did(
    samples: Path, record_property: pytest.RecordProperty
) -> None:
    rules: dict[tuple[str, str], list[str]] = {}
    for line in (samples / "sentences" / "golden_rules.jsonl").read_text(encoding="utf-8").splitlines():
        rule = json.loads(line)
        rules[CODES[rule["lang"]], fold(rule["text"])] = [fold(sentence) for sentence in rule["sentences"]]
    passed: Counter[str] = Counter()
    for (language, text), expected in rules.items():
        passed[language] += [sentence.strip() for sentence in split_sentences(text, language)] == expected
    total = Counter(language for language, _ in rules)
    for language in sorted(total):
        record_property(language, f"{passed[language]}/{total[language]}")
    print({language: f"{passed[language]}/{total[language]}" for language in sorted(total)})
    assert {language: passed[language] for language in FLOOR if passed[language] < FLOOR[language]} == {}


@pytest.mark.real
@pytest.mark.parametrize(
    ("name", "language"),
    [("developers-reference-en", "en"), ("debian-faq-ru", "ru"), ("maint-guide-zh-cn", "zh")],
)
def test_a_real_book_is_scripted_whole(samples: Path, name: str, language: str) -> None:
    text = (samples / "pdf" / f"{name}.txt").read_text(encoding="utf-8")
    blocks = tuple(
        Block(BlockKind.PARAGRAPH, fold(part)) for part in re.split(r"\n\s*\n", text) if part.strip()
    )
    voice = Voice("test:one", "test", "one", (language,), 22_050, "1")
    made = script_chapter(
        Chapter(0, "", 1, blocks),
        language=language,
        voice=voice,
        limits=EngineLimits(200),
        pauses=PauseSettings(),
    )
    words = tuple(word for chunk in made.chunks for word in chunk.words)
    assert join_words(words) == fold(" ".join(block.text for block in blocks))
    assert all(0 < len(chunk.spoken) <= 200 for chunk in made.chunks)
    said = sum(bool(word.spoken) for word in words)
    with_letters = sum(any(c.isalnum() for c in word.text) for word in words)
    assert with_letters <= said <= with_letters * 1.01
