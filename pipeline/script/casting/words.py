"""Lists of words by language, from the files beside this module."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files


@cache
def words(language: str) -> Mapping[str, tuple[str, ...]]:
    """The lists for a language (``en``, ``ru``) by name."""
    data = (files("pipeline.script.casting") / f"words_{language}.toml").read_text("utf-8")
    return {name: tuple(text.split()) for name, text in tomllib.loads(data).items()}


__all__ = ["words"]
