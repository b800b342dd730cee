"""A batch of chunks becomes takes: what is kept is not made again, what fails goes down the ladder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.errors import EngineUnavailable, ProductionCancelled
from pipeline.model import Chunk, PreparedTake, SpeakingOptions, Take, Voice
from pipeline.serial import load
from pipeline.speech.tone import FAIL, LOG, ToneEngine
from storage.settings import load_settings
from tasks.context import Context, open_context
from tasks.speaking import speak_batch
from tests.producing import a_context, chunks, planned

TEXT = {"One": [f"Paragraph {n} says this. And paragraph {n} says that." for n in range(5)]}
COUNT = 6
"""Chunks: the heading and five paragraphs."""


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    log = tmp_path / "tone.log"
    log.touch()
    monkeypatch.setenv(LOG, str(log))
    return log


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return a_context(tmp_path)


def number(calls: Path) -> int:
    return len(calls.read_text().splitlines())


def doubts(context: Context, key: str) -> tuple[str, ...]:
    artifact = context.store.recall(key)
    assert artifact is not None
    return tuple(doubt.text for doubt in load(PreparedTake, artifact.detail).doubts)


def test_a_batch_is_spoken_once(context: Context, calls: Path) -> None:
    production = planned(context, TEXT)
    speak_batch(context, production, 0, 2, 3)
    assert [row.state for row in chunks(context, production)] == ["planned"] * 2 + ["done"] * 3 + ["planned"]
    speak_batch(context, production, 0, 0, COUNT)
    speak_batch(context, production, 0, 0, COUNT)
    assert {row.state for row in chunks(context, production)} == {"done"}
    assert {row.attempts for row in chunks(context, production)} == {1}
    assert number(calls) == COUNT


def test_a_take_that_was_kept_but_not_booked_is_adopted(context: Context, calls: Path) -> None:
    """Its process was killed between the two."""
    production = planned(context, TEXT)
    speak_batch(context, production, 0, 0, COUNT)
    for row in chunks(context, production):
        ref = context.store.ref(row.take_key)
        assert ref is not None
        context.store.catalog.forget(row.take_key)
    assert {row.state for row in chunks(context, production)} == {"planned"}
    speak_batch(context, production, 0, 0, COUNT)
    assert {row.state for row in chunks(context, production)} == {"done"}
    assert number(calls) == COUNT
    assert context.store.catalog.made(production.id).audio_seconds > 5


def test_equal_sentences_are_spoken_once(context: Context, calls: Path) -> None:
    production = planned(context, {"One": ["The same."] * 4, "Two": ["The same."] * 2})
    speak_batch(context, production, 0, 0, 5)
    speak_batch(context, production, 1, 0, 3)
    assert {r.state for c in (0, 1) for r in chunks(context, production, c)} == {"done"}
    assert number(calls) == 3  # two headings, one sentence


def test_failures_of_many_are_not_taken_for_killing(
    context: Context, calls: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FAIL, "says")
    production = planned(context, TEXT)
    speak_batch(context, production, 0, 0, COUNT)
    rows = chunks(context, production)
    assert {row.attempts for row in rows} == {1}
    assert [bool(doubts(context, row.take_key)) for row in rows] == [False] + [True] * 5
    assert doubts(context, rows[1].take_key)[0].startswith("It was spoken by espeak:")


def test_an_engine_that_fails_on_everything_is_not_tried_for_ever(
    context: Context, calls: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FAIL, "says")
    text = {
        name: [f"Paragraph {n} of {name} says this." for n in range(15)] for name in ("One", "Two", "Three")
    }
    production = planned(context, text)
    speak_batch(context, production, 0, 0, 16)
    monkeypatch.setenv(FAIL, "")
    speak_batch(context, production, 1, 0, 2)  # it works again, and is forgiven
    monkeypatch.setenv(FAIL, "says")
    speak_batch(context, production, 1, 2, 14)
    with pytest.raises(
        EngineUnavailable, match=r"“tone” failed on each of the last 20 passages .*told to fail"
    ):
        speak_batch(context, production, 2, 1, 15)
    # What was made is kept; the rest waits for an engine that works.
    assert [row.state for row in chunks(context, production, 2)] == ["planned"] + ["done"] * 6 + [
        "planned"
    ] * 9


def test_a_passage_in_another_language_does_not_count_against_the_engine(
    context: Context, calls: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FAIL, "says")
    production = planned(context, {"One": [f"Paragraph {n} says this." for n in range(25)]})
    foreign = replace(production, language="de")
    speak_batch(context, foreign, 0, 0, 26)
    assert {row.state for row in chunks(context, production)} == {"done"}


def test_with_one_attempt_a_killers_batch_is_still_taken_apart(tmp_path: Path, calls: Path) -> None:
    context = open_context(load_settings({"home": tmp_path / "one", "attempts": 1}).settings)
    production = planned(context, TEXT)
    context.store.catalog.begin_attempts(production.id, 0, range(COUNT))  # the batch, and it was killed
    speak_batch(context, production, 0, 0, COUNT)
    assert not any(doubts(context, row.take_key) for row in chunks(context, production))


def test_innocents_in_a_killers_batch_are_spoken(context: Context, calls: Path) -> None:
    production = planned(context, TEXT)
    context.store.catalog.begin_attempts(production.id, 0, range(COUNT))  # the batch, and it was killed
    for _ in range(2):
        context.store.catalog.begin_attempts(production.id, 0, [4])  # this one alone, and again
    speak_batch(context, production, 0, 0, COUNT)
    said = [doubts(context, row.take_key) for row in chunks(context, production)]
    assert [n for n, doubt in enumerate(said) if doubt] == [4]
    assert number(calls) == COUNT - 1


class Odd(ToneEngine):
    """Fails in ways that the protocol does not know."""

    mode = ""

    def speak(self, chunks: Sequence[Chunk], voice: Voice, options: SpeakingOptions) -> Iterator[Take]:
        for chunk, take in zip(chunks, super().speak(chunks, voice, options), strict=True):
            if "Paragraph 2" in chunk.text and self.mode == "crash":
                raise IndexError("list index out of range")
            if "Paragraph 2" in chunk.text and self.mode == "short":
                return
            yield take
            if self.mode == "long" and len(chunks) > 1:
                yield take


@pytest.mark.parametrize(("mode", "doubtful"), [("crash", [3]), ("short", [3]), ("long", None)])
def test_an_engine_may_fail_as_it_likes(
    context: Context, monkeypatch: pytest.MonkeyPatch, mode: str, doubtful: list[int] | None
) -> None:
    engine = Odd(context.engines)
    engine.mode = mode
    real = speak_batch.__globals__["engine_for"]
    monkeypatch.setitem(
        speak_batch.__globals__,
        "engine_for",
        lambda voice, engines: engine if voice.engine == "tone" else real(voice, engines),
    )
    production = planned(context, TEXT)
    speak_batch(context, production, 0, 0, COUNT)
    rows = chunks(context, production)
    assert {row.state for row in rows} == {"done"}
    if doubtful is not None:
        assert [n for n, row in enumerate(rows) if doubts(context, row.take_key)] == doubtful


def test_a_cancelled_batch_stops_between_chunks(
    context: Context, calls: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(speak_batch.__globals__, "CANCEL_SECONDS", 0.0)
    production = planned(context, TEXT)
    keep = type(context.store).keep_take

    def cancelling(*arguments: object, **named: object) -> object:
        context.store.catalog.request_cancel(production.id)
        return keep(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(type(context.store), "keep_take", cancelling)
    with pytest.raises(ProductionCancelled):
        speak_batch(context, production, 0, 0, COUNT)
    assert [row.state for row in chunks(context, production)] == ["done"] + ["planned"] * 5
    assert number(calls) == 1
