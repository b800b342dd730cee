"""What speaking counts for monitors: takes, seconds, and why something had to be tried again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pipeline.errors import SpeechFailed
from pipeline.model import Chunk, SpeakingOptions, Take, Voice
from pipeline.speech.tone import ToneEngine
from tasks import counters
from tasks.context import Context
from tasks.speaking import speak_batch
from tests.producing import a_context, planned

BAD = "Paragraph 2"
TEXT = {"One": [f"Paragraph {n} says this. And paragraph {n} says that." for n in range(5)]}
COUNT = 6
"""Chunks: the heading and five paragraphs."""


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return a_context(tmp_path)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Callable[[], dict[tuple[str, ...], float]]:
    """What was counted so far; nothing of it is sent."""
    monkeypatch.setattr(counters, "send", lambda *, now=True: None)
    counters._mine().amounts.clear()
    return lambda: {tuple(json.loads(field)): value for field, value in counters._mine().amounts.items()}


Counted = Callable[[], dict[tuple[str, ...], float]]


def breaking(monkeypatch: pytest.MonkeyPatch, how: Callable[[Take], Take]) -> None:
    """The engine does something to each take of the bad chunk."""
    speak = ToneEngine.speak

    def worse(
        self: ToneEngine, chunks: Sequence[Chunk], voice: Voice, options: SpeakingOptions
    ) -> Iterator[Take]:
        takes: Iterable[Take] = speak(self, chunks, voice, options)
        for chunk, take in zip(chunks, takes, strict=True):
            yield how(take) if BAD.lower() in chunk.text.lower() else take

    monkeypatch.setattr(ToneEngine, "speak", worse)


def silent(take: Take) -> Take:
    return replace(take, audio=np.zeros_like(take.audio))


def failing(take: Take) -> Take:
    raise SpeechFailed("I cannot.")


def broken(take: Take) -> Take:
    raise IndexError("list index out of range")


def test_takes_and_their_seconds_are_counted(context: Context, counted: Counted) -> None:
    production = planned(context, TEXT)
    speak_batch(context, production, 0, 0, COUNT)
    speak_batch(context, production, 0, 0, COUNT)  # nothing is left to be done
    seen = counted()
    assert seen["takes", "tone"] == COUNT
    assert seen["audio_seconds", "tone"] == pytest.approx(
        context.store.catalog.made(production.id).audio_seconds
    )
    assert seen["speaking_seconds", "tone"] > 0
    assert not [key for key in seen if key[0] == "retries"]


@pytest.mark.parametrize(("how", "reason"), [(silent, "refused"), (failing, "failed"), (broken, "broke")])
def test_a_failure_is_counted_by_its_reason(
    context: Context,
    counted: Counted,
    monkeypatch: pytest.MonkeyPatch,
    how: Callable[[Take], Take],
    reason: str,
) -> None:
    breaking(monkeypatch, how)
    speak_batch(context, planned(context, TEXT), 0, 0, COUNT)
    seen = counted()
    assert {key: value for key, value in seen.items() if key[0] == "retries"} == {
        ("retries", "tone", reason, step): 1 for step in ("new-seed", "sentences", "fallback")
    }
    assert (seen["takes", "tone"], seen["takes", "espeak"]) == (COUNT - 1, 1)


def test_what_kills_its_process_is_counted(context: Context, counted: Counted) -> None:
    production = planned(context, TEXT)
    for _ in range(3):
        context.store.catalog.begin_attempts(production.id, 0, [3])
    speak_batch(context, production, 0, 3, 1)
    assert counted()["retries", "tone", "killed", "fallback"] == 1


def test_outside_of_a_worker_nothing_is_held(context: Context) -> None:
    speak_batch(context, planned(context, TEXT), 0, 0, COUNT)
    counters.send()
    assert counters._mine().amounts == {}
