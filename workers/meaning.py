"""Which engines speak the voices that productions name without one: looked up aside, as any server may be asked."""

from __future__ import annotations

from tasks.context import Context
from tasks.serving import engine_meant
from workers.asking import Asking

LOOK_SECONDS = 5.0
"""How often it is looked again: voices come and go."""


class Meaning:
    """Knows what ``tasks.serving.engine_meant`` finds, a little later, and at once what it found before."""

    def __init__(self, context: Context) -> None:
        """Nothing is asked before it is called."""
        self._context = context
        self._wanted: frozenset[tuple[str, str]] = frozenset()
        """What was asked for since it was looked last."""
        self._asking = Asking("engines of voices", self._look, LOOK_SECONDS)

    def __call__(self, context: Context, wanted: str, language: str) -> str:
        """The engine; empty while it is not known."""
        self._wanted |= {(wanted, language)}
        return (self._asking() or {}).get((wanted, language), "")

    def _look(self) -> dict[tuple[str, str], str]:
        wanted, self._wanted = self._wanted, frozenset()
        return {key: engine_meant(self._context, *key) for key in sorted(wanted)}
