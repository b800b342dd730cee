"""When an engine is not tried any more."""

from __future__ import annotations

import pytest

from tasks.breaker import FAILED_IN_ROW, KILLED_IN_ROW, broken, is_broken


@pytest.mark.parametrize(
    ("in_row", "killed", "chunks", "stops"),
    [
        (1, True, 500, False),  # a poison chunk sinks no book
        (KILLED_IN_ROW - 1, True, 500, False),
        (KILLED_IN_ROW, True, 500, True),
        (KILLED_IN_ROW, False, 500, False),
        (FAILED_IN_ROW - 1, False, 500, False),
        (FAILED_IN_ROW, False, 500, True),
        (5, False, 6, False),
        (6, False, 6, True),  # nothing at all was spoken
        (1, True, 2, False),
        (2, True, 2, True),
    ],
)
def test_an_engine_is_given_up_when_it_goes_on_failing(
    in_row: int, killed: bool, chunks: int, stops: bool
) -> None:
    assert is_broken(in_row, "xtts", {"xtts": chunks}, killed=killed) is stops


@pytest.mark.parametrize(
    ("in_row", "chunks", "stops"),
    [
        (1, 1, False),  # a speaker with one line sinks no play
        (2, 2, False),
        (3, 3, True),
        (5, 6, False),
        (6, 6, True),  # nothing at all of what it was to speak
        (FAILED_IN_ROW, 500, True),
    ],
)
def test_among_others_an_engine_is_judged_by_its_own_chunks(in_row: int, chunks: int, stops: bool) -> None:
    assert is_broken(in_row, "xtts", {"xtts": chunks, "piper": 900}, killed=False) is stops


def test_the_sentence_names_the_engine_what_happened_and_what_to_do() -> None:
    killed = broken("xtts", "c26e", 3, "it was killed", killed=True)
    assert killed.startswith("The engine “xtts” was killed at each of the last 3 passages")
    for said in (killed, broken("xtts", "c26e", 20, "There is no GPU.", killed=False)):
        assert "voxpress retry c26e" in said
        assert "--voice" in said
        assert said.count(". ") == 0
    assert "(There is no GPU)" in said
    assert "the only passage" in broken("xtts", "c26e", 1, "x", killed=False)
