"""ё where print leaves it out."""

from __future__ import annotations

import pytest

from pipeline.model import Block, BlockKind, Chapter, Voice
from pipeline.script import script_chapter
from pipeline.script.spoken.russian_yo import with_yo
from pipeline.settings import PauseSettings
from pipeline.speech.engine import EngineLimits


@pytest.mark.parametrize(
    ("printed", "read"),
    [
        ("еще", "ещё"),
        ("Пришел", "Пришёл"),
        ("ЕЛКА", "ЁЛКА"),
        ("в четвертом", "в четвёртом"),
        ("двадцати трех", "двадцати трёх"),
        ("о чем", "о чём"),
        ("Петр", "Пётр"),
    ],
)
def test_it_is_put_back_where_it_is_certain(printed: str, read: str) -> None:
    assert " ".join(with_yo(printed.split())) == read


@pytest.mark.parametrize(
    "word", ["все", "берет", "осел", "чем", "небо", "лес", "ещё", "Debian", "", "эстонец"]
)
def test_every_other_word_stays_as_it_is(word: str) -> None:
    assert with_yo([word]) == [word]


def test_a_script_has_it_in_what_is_said_and_not_in_what_is_shown() -> None:
    chapter = Chapter(0, "Глава", 1, (Block(BlockKind.PARAGRAPH, "Он пришел в 4-м часу."),))
    voice = Voice("piper:ru", "piper", "ru", ("ru",), sample_rate=22_050, revision="1")
    script = script_chapter(
        chapter, language="ru-RU", voice=voice, limits=EngineLimits(characters=300), pauses=PauseSettings()
    )
    words = [word for chunk in script.chunks for word in chunk.words]
    assert [word.text for word in words] == ["Он", "пришел", "в", "4-м", "часу."]
    assert [word.spoken for word in words] == ["Он", "пришёл", "в", "четвёртом", "часу."]
