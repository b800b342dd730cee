"""A worker tells the catalog which voices its engines can speak, and repeats it while it runs.

What it told stays when it ends: a book can be planned while the machine that is to speak it is off.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from importlib.metadata import version

from pipeline.errors import VoxpressError
from pipeline.speech.offers import offers_of, written
from pipeline.speech.registry import open_engine, voices_of
from tasks.context import Context

log = logging.getLogger(__name__)

LOOK_SECONDS = 30.0
"""How often engines are asked again: voices are pulled, added and removed."""


class Telling:
    """Called again and again, as often as a worker says that it is alive."""

    def __init__(self, context: Context, place: str, engines: Iterable[str]) -> None:
        """``place`` is the worker's name, ``engines`` what it serves."""
        self._context, self._place, self._engines = context, place, tuple(engines)
        self._looked = -LOOK_SECONDS
        self._told: dict[str, tuple[str, str]] = {}
        """By engine: the voices as they were told, and their digest."""

    def __call__(self) -> None:
        """Tell what is new, repeat what is not."""
        look = time.monotonic() - self._looked >= LOOK_SECONDS
        if look:
            self._looked = time.monotonic()
        for engine in self._engines:
            self._tell(engine, look=look)

    def _tell(self, engine: str, *, look: bool) -> None:
        catalog = self._context.store.catalog
        voices, digest = self._told.get(engine, ("", ""))
        now = self._voices(engine, voices) if look else voices
        if now != voices or (now and not catalog.repeat_offer(engine, digest, self._place)):
            self._told[engine] = now, catalog.tell_offer(engine, now, self._place, version("voxpress"))

    def _voices(self, engine: str, before: str) -> str:
        """What an engine offers now; what it offered ``before`` where it cannot say."""
        try:
            context = self._context.engines
            opened = open_engine(engine, context)
            return before if opened.hidden else written(offers_of(opened, voices_of(engine, context)))
        except VoxpressError as error:
            log.info("%s", error)
        except Exception:  # somebody else's module: its fault must not take the worker away
            log.warning("engine %s fails to list its voices", engine, exc_info=True)
        return before
