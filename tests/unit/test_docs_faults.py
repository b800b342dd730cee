"""The table of faults is whole, and what it names can be run."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.chaos import broker, engine, keeping  # noqa: F401  they register their faults
from tests.chaos.place import FAULTS

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "faults.md"
ROW = re.compile(r"^\| (\d+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
ENTRIES = 27
"""Of the list of faults that there has to be an answer to."""

ROWS = {int(row[0]): row[1:] for row in ROW.findall(PAGE.read_text(encoding="utf-8"))}


@cache
def functions_of(name: str) -> frozenset[str]:
    """The tests of a test file."""
    (path,) = ROOT.glob(f"tests/*/{name}.py")
    body = ast.parse(path.read_text(encoding="utf-8")).body
    return frozenset(
        item.name for item in body if isinstance(item, ast.FunctionDef) and item.name.startswith("test_")
    )


def shown() -> set[str]:
    """Everything that the last column names."""
    return {name for row in ROWS.values() for name in re.findall(r"`([^`]+)`", row[3])}


def test_every_entry_has_its_row() -> None:
    assert list(ROWS) == list(range(1, ENTRIES + 1))
    for row in ROWS.values():
        assert all(cell.strip() for cell in row)
        assert re.search(r"`[^`]+`", row[3])


@pytest.mark.parametrize("name", sorted(shown()))
def test_what_shows_it_exists(name: str) -> None:
    if "::" in name:
        file, _, test = name.partition("::")
        assert test in functions_of(file)
    elif name.startswith("chaos "):
        assert name.removeprefix("chaos ") in FAULTS
    else:
        target = name.removeprefix("make ")
        assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)


def test_and_nothing_is_left_out() -> None:
    assert {f"chaos {name}" for name in FAULTS} <= shown()
    assert {f"test_cluster_faults::{name}" for name in functions_of("test_cluster_faults")} <= shown()
