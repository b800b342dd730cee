"""A worker tells the catalog which voices its engines can speak, and repeats it while it runs.

What it told stays when it ends: a book can be planned while the machine that is to speak it is off.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from functools import partial
from importlib.metadata import version

from pipeline.errors import VoxpressError
from pipeline.speech.offers import offers_of, written
from pipeline.speech.registry import open_engine, voices_of
from tasks.context import Context
from workers.asking import Asking

log = logging.getLogger(__name__)

LOOK_SECONDS = 30.0
"""How often engines are asked again: voices are pulled, added and removed."""


class Telling:
    """Called again and again. Each engine is asked aside: one that speaks through servers may wait for those."""

    def __init__(self, context: Context, place: str, engines: Iterable[str]) -> None:
        """``place`` is the worker's name, ``engines`` what it serves."""
        self._context, self._place = context, place
        self._asked = {
            engine: Asking(f"voices of {engine}", partial(self._voices, engine), LOOK_SECONDS)
            for engine in engines
        }
        self._said: dict[str, str] = {}
        """By engine: the voices that it named last."""
        self._told: dict[str, tuple[str, str]] = {}
        """By engine: the voices as they were told, and their digest."""

    def __call__(self, *, repeat: bool = True) -> None:
        """Tell what is new; ``repeat`` what is not, as often as a worker says that it is alive."""
        for engine, asked in self._asked.items():
            self._tell(engine, asked() or "", repeat=repeat)

    def _tell(self, engine: str, now: str, *, repeat: bool) -> None:
        catalog = self._context.store.catalog
        before, digest = self._told.get(engine, ("", ""))
        known = now == before
        if known and now and repeat:
            known = catalog.repeat_offer(engine, digest, self._place)
        if not known:
            self._told[engine] = now, catalog.tell_offer(engine, now, self._place, version("voxpress"))

    def _voices(self, engine: str) -> str:
        """What an engine offers now; what it offered before where it cannot say."""
        try:
            context = self._context.engines
            opened = open_engine(engine, context)
            if not opened.hidden:
                self._said[engine] = written(offers_of(opened, voices_of(engine, context)))
        except VoxpressError as error:
            log.info("%s", error)
        except Exception:  # somebody else's module: its fault must not take the worker away
            log.warning("engine %s fails to list its voices", engine, exc_info=True)
        return self._said.get(engine, "")
