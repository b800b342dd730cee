"""What is tried next for a chunk that could not be spoken."""

from __future__ import annotations

import pytest

from pipeline.check.policy import Step, first_step, next_step


def ladder(sentences: int, fallback: bool) -> list[Step]:
    """All steps, each after the failure of the one before."""
    steps = [Step.AS_PLANNED]
    while steps[-1] is not Step.GIVE_UP:
        steps.append(next_step(steps[-1], sentences=sentences, fallback=fallback))
    return steps


@pytest.mark.parametrize(
    ("sentences", "fallback", "steps"),
    [
        (3, True, "as-planned new-seed sentences fallback give-up"),
        (1, True, "as-planned new-seed fallback give-up"),
        (3, False, "as-planned new-seed sentences give-up"),
        (1, False, "as-planned new-seed give-up"),
    ],
)
def test_every_step_that_can_help_is_tried_once_in_order(sentences: int, fallback: bool, steps: str) -> None:
    assert " ".join(ladder(sentences, fallback)) == steps


def test_after_giving_up_nothing_comes() -> None:
    assert next_step(Step.GIVE_UP, sentences=5, fallback=True) is Step.GIVE_UP


@pytest.mark.parametrize(
    ("attempts", "fallback", "step"),
    [
        (1, True, Step.AS_PLANNED),
        (3, True, Step.AS_PLANNED),
        (4, True, Step.FALLBACK),
        (4, False, Step.GIVE_UP),
        (5, True, Step.GIVE_UP),  # the fallback was killed, too
        (50, False, Step.GIVE_UP),
    ],
)
def test_a_chunk_that_kills_its_process_is_tried_three_times(
    attempts: int, fallback: bool, step: Step
) -> None:
    assert first_step(attempts, 3, fallback=fallback) is step
