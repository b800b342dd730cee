"""Which language a book is in, whatever it declares."""

from __future__ import annotations

import pytest

from pipeline.ingest.language import sample, settle, tidy

ENGLISH = (
    "The morning was cold, and the road was wet with rain. He had not slept at all, but it did not matter to "
    "him: the letter was in his pocket, and he knew what was in it. As for the others, they had gone to the "
    "town on the day before. On the bridge he met a man with a dog, and the two of them talked for a while. "
)
GERMAN = (
    "Der Morgen war kalt, und die Straße war nass vom Regen. Er hatte nicht geschlafen, aber das war gleich: "
    "Der Brief steckte in der Tasche, und er wusste, was in ihm stand. Die anderen waren am Tag zuvor in die "
    "Stadt gefahren. Auf der Brücke traf er einen Mann mit einem Hund, und sie sprachen eine Weile. "
)
RUSSIAN = (
    "Утро было холодное, и дорога была мокрой от дождя. Он совсем не спал, но это было ему всё равно: письмо "
    "лежало в кармане, и он знал, что в нём написано. Остальные уехали в город ещё накануне. "
)
GREEK = "Το πρωί ήταν κρύο και ο δρόμος ήταν βρεγμένος από τη βροχή. Δεν είχε κοιμηθεί καθόλου. "


@pytest.mark.parametrize(
    ("declared", "tag"),
    [
        ("en", "en"),
        ("EN_us", "en-US"),
        ("eng", "en"),
        ("zh-hant-tw", "zh-Hant-TW"),
        ("de-DE.UTF-8", "de-DE"),
        ("English", "en"),
        ("und", ""),
        ("UND", ""),
        ("a language", ""),
        ("", ""),
        ("x-none", ""),
        ("gsw", "gsw"),
    ],
)
def test_declared_languages_are_tidied(declared: str, tag: str) -> None:
    assert tidy(declared) == tag


@pytest.mark.parametrize(
    ("declared", "text", "tag"),
    [
        ("en-GB", ENGLISH, "en-GB"),
        ("de", GERMAN, "de"),
        ("ru", RUSSIAN, "ru"),
        ("el", GREEK, "el"),
        ("nb", "Hei.", "nb"),
        ("gsw", GERMAN, "gsw"),  # the detector does not know it, so it may not overrule it
        ("", ENGLISH, "en"),
        ("und", GERMAN, "de"),
        ("", RUSSIAN, "ru"),
        ("", "В 1812 году он пошёл на Москву. Ещё пять часов, и всё было кончено.", "ru"),
        ("", "Він пішов із міста ще вночі, і ніхто його більше не бачив. Її листи мовчали.", "uk"),
        ("", "Той отиде в града още през нощта и никой вече не го видя. Писмата ѝ мълчаха.", "bg"),
    ],
)
def test_a_plausible_or_a_missing_declaration_raises_no_doubt(declared: str, text: str, tag: str) -> None:
    assert settle(declared, [text] * 4) == (tag, "")


@pytest.mark.parametrize(
    ("declared", "text", "tag"), [("en", RUSSIAN, "ru"), ("en", GERMAN, "de"), ("ru", GREEK, "el")]
)
def test_a_false_declaration_is_overruled_and_told(declared: str, text: str, tag: str) -> None:
    found, doubt = settle(declared, [text] * 4)
    assert found == tag
    assert declared in doubt


def test_one_foreign_passage_does_not_overrule() -> None:
    assert settle("en", [ENGLISH, ENGLISH, GERMAN, ENGLISH]) == ("en", "")


def test_a_few_words_leave_a_doubt() -> None:
    tag, doubt = settle("", ["Two words."])
    assert tag == "en"
    assert doubt


def test_the_sample_comes_from_all_over_the_book() -> None:
    passages = sample([f"block {n} " + "x" * 400 for n in range(1000)])
    assert sum(map(len, passages)) < 20_000
    assert any("block 0 " in passage for passage in passages)
    assert any("block 80" in passage for passage in passages)
