"""What a message may say."""

from __future__ import annotations

from typing import Any

import pytest

from tasks.fields import MOST, fields_of, refusal

JOB = "0123456789ab"


def a_stage(here: object, production: object, *, chapter: int, first: int) -> str:
    return ""


WANTED = fields_of(a_stage)


def test_a_stage_takes_its_numbers() -> None:
    assert {"chapter", "first"} == WANTED
    assert refusal(WANTED, (), {"production_id": JOB, "chapter": 0, "first": MOST}) == ""


@pytest.mark.parametrize(
    ("named", "why"),
    [
        ({"chapter": 0, "first": 0}, "no production"),
        ({"production_id": JOB[:-1], "chapter": 0, "first": 0}, "no production"),
        ({"production_id": f"{JOB}\n", "chapter": 0, "first": 0}, "no production"),
        ({"production_id": {}, "chapter": 0, "first": 0}, "no production"),
        ({"production_id": JOB, "chapter": 0}, "lacks first"),
        ({"production_id": JOB, "chapter": 0, "first": 0, "output": "/tmp"}, "not known"),
        ({"production_id": JOB, "chapter": 0, "first": True}, "numbers"),
        ({"production_id": JOB, "chapter": 0, "first": 1.0}, "numbers"),
        ({"production_id": JOB, "chapter": -1, "first": 0}, "numbers"),
        ({"production_id": JOB, "chapter": 0, "first": MOST + 1}, "numbers"),
    ],
)
def test_anything_else_is_refused(named: dict[str, Any], why: str) -> None:
    assert why in refusal(WANTED, (), named)


def test_values_without_a_name_are_refused() -> None:
    assert "without a name" in refusal(WANTED, (JOB,), {"chapter": 0, "first": 0})
