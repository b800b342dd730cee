"""What comes in through an entry point group: the built-in ones too, and those of third parties.

A checkout that is not installed has no entry points: then the built-in table stands in for those of
``pyproject.toml``. Somebody else's module can fail in any way; it is logged, told, and takes no other away.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Generic, TypeVar

logger = logging.getLogger(__name__)

T = TypeVar("T")


class Plugins(Generic[T]):
    """The plugins of one group, imported when they are first asked for, once per process."""

    def __init__(
        self,
        group: str,
        noun: str,
        fits: Callable[[object, str], bool],
        built_in: Mapping[str, str] | None = None,
    ) -> None:
        """``fits`` says whether what was loaded is a plugin of that name; ``built_in`` maps names to
        ``module:attribute``, and nobody may replace those."""
        self.group, self.noun, self.built_in = group, noun, dict(built_in or {})
        self._fits = fits
        self._known: tuple[dict[str, T], dict[str, str]] | None = None

    @property
    def found(self) -> Mapping[str, T]:
        """Those that can be imported, by name: the built-in ones first, in the order of their table."""
        return self._discovered()[0]

    @property
    def broken(self) -> Mapping[str, str]:
        """Why others cannot be, by name."""
        return self._discovered()[1]

    def refusal(self, name: str, offered: Iterable[str]) -> str:
        """Why there is no plugin of that name, as a sentence; ``offered`` are those there are."""
        if name in self.broken:
            return f"The {self.noun} “{name}” cannot be loaded: {self.broken[name]}."
        return f"There is no {self.noun} “{name}”; there are: {', '.join(offered)}."

    def forget(self) -> None:
        """FOR TESTS ONLY: discover all of them again."""
        self._known = None

    def _discovered(self) -> tuple[dict[str, T], dict[str, str]]:
        if self._known is None:
            self._known = self._discover()
        return self._known

    def _discover(self) -> tuple[dict[str, T], dict[str, str]]:
        found: dict[str, T] = {}
        broken: dict[str, str] = {}
        for name, target in self._targets().items():
            try:
                plugin = target.load()
                if not self._fits(plugin, name):
                    raise TypeError(f"{target.value} does not define the {self.noun} “{name}”")
                found[name] = plugin
            except Exception as error:
                logger.warning("%s %s (%s) cannot be loaded", self.noun, name, target.value, exc_info=True)
                broken[name] = f"{type(error).__name__}: {error}"
        return found, broken

    def _targets(self) -> dict[str, EntryPoint]:
        targets = {name: EntryPoint(name, value, self.group) for name, value in self.built_in.items()}
        for point in entry_points(group=self.group):
            if point.name in self.built_in and point.value != self.built_in[point.name]:
                logger.warning(
                    "%s from %s may not replace the built-in %s", point.name, point.value, self.noun
                )
                continue
            targets[point.name] = point
        return targets


def is_named_class(plugin: object, name: str) -> bool:
    """``fits`` of groups of classes that say their own ``name``."""
    return isinstance(plugin, type) and getattr(plugin, "name", None) == name
