"""Each engine as the conformance suite meets it: one module an engine, named like it (``-`` as ``_``).

A module says what the suite needs to know, and prepares what the engine needs to speak: a tiny model that it
makes, or a server that speaks its protocol. Engines whose library is not installed are left out, and said so.
"""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from pipeline.speech.engine import EngineContext

Prepare = Callable[[Path], AbstractContextManager[EngineContext]]
"""Given an empty folder: the surroundings in which the engine can speak."""


@dataclass(frozen=True)
class Subject:
    """An engine under test."""

    voice: str
    """The full name of a voice that it has once it was prepared."""
    prepare: Prepare
    needs: tuple[str, ...] = ()
    """Modules of its library."""
    rated: bool = True
    """Whether a faster rate makes its takes shorter."""
    speaks_by_length: bool = True
    """Whether a longer word sounds longer; random weights do not care."""

    path: str = ""
    """Put into PYTHONPATH of other processes, where it changes the library."""

    @property
    def missing(self) -> list[str]:
        """Modules that are not installed here."""
        return [name for name in self.needs if importlib.util.find_spec(name) is None]


def subjects() -> dict[str, Subject]:
    """Every engine's subject, by the engine's name."""
    found = {}
    for info in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{info.name}")
        found[info.name.replace("_", "-")] = module.SUBJECT
    return found
