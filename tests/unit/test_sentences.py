"""Sentence splitting: what belongs together stays together, and nothing is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.script.sentences import MERGED, WINDOW, split_sentences

CASES = [
    ("en", ["He saw Dr. Amory at 5 p.m.", "She had gone.", "“Go!” he said.", "“Now?”"]),
    ("en", ["It cost $3.50.", "Version 2.0.1 is out."]),
    ("en", ["I. The Boy.", "II. The Girl"]),
    ("en-GB", ["Mr. Tarrant left.", "Nobody asked."]),
    ("ru", ["Т. е. он не придёт.", "Она ушла."]),
    ("ru", ["— Привет! — сказал он.", "— Как дела?"]),
    ("ru", ["А. С. Пушкин родился в Москве.", "Л. Н. Толстой — нет."]),
    ("ru", ["Он молчал... потом ушёл.", "Стало тихо."]),
    ("zh", ["他说：“你好。”", "她笑了。", "“真的吗？”他问。", "……后来呢？"]),
    ("ja", ["「そうか。」と言った。", "彼は行った！", "「え？」"]),
    ("de", ["Er kam am 3. Mai.", "Der 1. und 2. Teil fehlt.", "„Komm!“, rief er."]),
    ("fr", ["Il dit : « Viens ! »", "M. Dupont vint.", "« Quoi ? » demanda-t-il."]),
    ("es", ["¿Qué?", "¡Sí!", "El Sr. López dijo: «Hola.»", "Luego se fue."]),
    ("ar", ["هل أنت هنا؟", "نعم.", "ذهب الولد إلى المدرسة."]),
    ("nl", ["Het was raak.", "...en toen niets meer."]),
    ("tlh", ["Nobody knows this language.", "It is split all the same."]),
]


@pytest.mark.parametrize(("language", "sentences"), CASES)
def test_a_paragraph_is_cut_into_its_sentences(language: str, sentences: list[str]) -> None:
    gap = "" if language in {"zh", "ja"} else " "
    assert [s.strip() for s in split_sentences(gap.join(sentences), language)] == sentences


@given(
    st.text(alphabet="aA1.!?…。」』“”\"'()— 、も他とТе", max_size=200),
    st.sampled_from(["en", "ru", "zh", "ja", "de"]),
)
def test_the_pieces_are_the_text(text: str, language: str) -> None:
    folded = " ".join(text.split())
    pieces = split_sentences(folded, language)
    assert "".join(pieces) == folded
    assert all(pieces)


def test_a_long_paragraph_is_cut_the_same_as_its_parts() -> None:
    sentence = "Она стояла у окна и смотрела на море, а море смотрело на неё. "
    count = 5 * WINDOW // len(sentence)
    assert split_sentences((sentence * count).strip(), "ru") == [sentence] * (count - 1) + [sentence.strip()]


def test_a_text_without_capitals_does_not_become_one_sentence() -> None:
    pieces = split_sentences("what now? " * 1000, "en")
    assert max(map(len, pieces)) <= MERGED
