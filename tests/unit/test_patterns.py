"""Regular expressions that every supported Python reads alike."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CODE = ("pipeline", "storage", "tasks", "workers", "cli")
_ESCAPES_AND_SETS = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
_POSSESSIVE_GROUP = re.compile(r"(?<!\()\)(?:[*+?]|\{\d*,?\d*\})\+|\(\?>")


def strings_of(source: str) -> Iterator[tuple[int, str]]:
    """Every string of a module with its line; what an f-string is filled with is a letter."""
    tree = ast.parse(source)
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            texts = [str(one.value) if isinstance(one, ast.Constant) else "x" for one in node.values]
            yield node.lineno, "".join(texts)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts:
            yield node.lineno, node.value


def has_possessive_group(pattern: str) -> bool:
    """Whether a group in it is not gone back into; single characters and sets may be possessive."""
    return bool(_POSSESSIVE_GROUP.search(_ESCAPES_AND_SETS.sub("x", pattern)))


@pytest.mark.parametrize("pattern", ["(?:-?a)*+b", "(ab)++", "(?>ab|a)c", "(a|b){2,}+", "(a)?+"])
def test_a_possessive_group_is_seen(pattern: str) -> None:
    assert has_possessive_group(pattern)


@pytest.mark.parametrize("pattern", ["(?:a++)*b", "[()*+]", r"\)*+", r"[^\])*+]++", "(a)*"])
def test_what_only_looks_like_one_is_not(pattern: str) -> None:
    assert not has_possessive_group(pattern)


def test_no_pattern_has_a_possessive_group() -> None:
    """Python 3.11.0 to 3.11.4 lose characters in them (https://github.com/python/cpython/issues/106052)."""
    modules = [path for folder in CODE for path in sorted((ROOT / folder).rglob("*.py"))]
    assert modules
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in modules
        for line, text in strings_of(path.read_text(encoding="utf-8"))
        if has_possessive_group(text)
    ]
    assert found == []
