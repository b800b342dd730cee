"""Which language tags fit each other."""

from __future__ import annotations

import pytest

from pipeline.speech.voices import language_match, sample_text


@pytest.mark.parametrize(
    ("wanted", "from_best_to_worst"),
    [
        ("en-GB", [("en-gb",), ("en",), ("en-US",), ("mul",), ("de",)]),
        ("en", [("en-US",), ("en",), ("en-GB",), ("fr",)]),
        ("pt", [("pt-br",), ("pt",), ("pt-PT",)]),
        ("zh-CN", [("zh-CN",), ("cmn",), ("zh-TW",), ("yue",)]),
        ("zh-yue", [("yue",), ("cmn",)]),
        ("no", [("nb",), ("da",)]),
        ("fr_CA", [("fr-CA",), ("fr",), ("fr-fr",)]),
        ("en-gb", [("en-gb",), ("en-gb-x-rp",), ("en-us",)]),
    ],
)
def test_nearer_tags_match_better(wanted: str, from_best_to_worst: list[tuple[str, ...]]) -> None:
    scores = [language_match(tags, wanted) for tags in from_best_to_worst]
    assert scores == sorted(scores, reverse=True)
    assert len({score for score in scores if score}) == len([score for score in scores if score])


def test_another_language_does_not_match_at_all() -> None:
    assert language_match(("de", "nl"), "en") == 0
    assert language_match((), "en") == 0


def test_samples_are_in_the_language_asked_for() -> None:
    languages = ["en", "ru", "zh", "de", "fr", "es", "ja", "ar"]
    texts = [sample_text(language) for language in languages]
    assert len(set(texts)) == len(languages)
    assert sample_text("cmn") == sample_text("zh-TW") == sample_text("zh")
    assert sample_text("sw") == sample_text("en-GB") == sample_text("en")
