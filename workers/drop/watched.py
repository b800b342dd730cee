"""A drop folder with what its watcher remembers of it: rules, stillness, and what was said already."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from pipeline.errors import SettingsError, ShowNotFound
from pipeline.settings import ProductionSettings
from storage.drops import Drop
from tasks.context import Context
from tasks.shows import editions_of, production_settings
from workers.drop import files
from workers.drop.complete import Stillness
from workers.drop.ignored import ERROR_SUFFIX, RULE_FILES
from workers.drop.inbox import Found, Inbox
from workers.drop.names import shown, stored
from workers.drop.rules import Rules, read_rules

log = logging.getLogger("workers.drop")

REMEMBERED = 10_000
"""Sentences that are not said twice; beyond, all may be said once more."""


class Once:
    """Says each sentence about each thing once, until it is true no more."""

    def __init__(self) -> None:
        self._said: dict[str, str] = {}

    def warn(self, key: str, sentence: str, level: int = logging.WARNING) -> None:
        """Log it, unless it was the last that was said under ``key``."""
        if self._said.get(key) == sentence:
            return
        if len(self._said) >= REMEMBERED:
            self._said.clear()
        self._said[key] = sentence
        log.log(level, "%s", sentence)

    def said(self, key: str) -> str:
        """What was said last under ``key``; empty when nothing was."""
        return self._said.get(key, "")

    def forget(self, key: str) -> bool:
        """It is over; whether anything had been said."""
        return self._said.pop(key, None) is not None


@dataclass
class Watched:
    """What belongs to one drop folder."""

    context: Context
    inbox: Inbox
    base: Rules
    settle_seconds: float
    still: Stillness = field(default_factory=Stillness)
    once: Once = field(default_factory=Once)

    def rules(self, folders: Sequence[str]) -> Rules | None:
        """What holds in a folder; None while its ``voxpress.toml`` cannot be used, which is then said beside it."""
        home = self.context.settings.home
        try:
            rules = read_rules(self.inbox.root, self.inbox.folder, folders, self.base, home, self._feed)
        except SettingsError as error:
            self._say_unusable(folders, str(error))
            return None
        for depth in range(len(folders) + 1):
            for name in RULE_FILES:
                path = "/".join((*folders[:depth], name))
                if self.once.forget(path):
                    files.remove_note(self.inbox.root, path, ERROR_SUFFIX)
        return rules

    def _feed(self, name: str, settings: ProductionSettings) -> tuple[Path, ProductionSettings]:
        try:
            row = self.context.store.catalog.show(name)
        except ShowNotFound as error:
            raise SettingsError(str(error)) from error
        own = replace(self.context.settings, production=settings)
        return editions_of(own, name), production_settings(own, row)

    def _say_unusable(self, folders: Sequence[str], error: str) -> None:
        paths = [
            "/".join((*folders[:depth], name)) for depth in range(len(folders), -1, -1) for name in RULE_FILES
        ]
        there = [path for path in paths if files.mark_at(self.inbox.root, path)]
        named = [path for path in there if str(self.inbox.folder / path) in error]
        for path in (named or there)[:1]:
            sentence = f"{shown(error)} Nothing is taken from that folder until it is mended."
            before = self.once.said(path)
            self.once.warn(path, sentence)
            if before != sentence:
                self.note(path, ERROR_SUFFIX, sentence)

    def note(self, path: str, suffix: str, text: str) -> None:
        """Write something beside a file, where that is possible."""
        try:
            files.write_note(self.inbox.root, path, suffix, f"{text}\n")
        except OSError as error:
            log.debug("No note could be written beside %s: %s", self.inbox.shown(path), error)

    def source(self, path: str) -> str:
        """A file's path as the catalog has it."""
        return stored(str(self.inbox.folder / path))

    def drop(self, found: Found, digest: str, work: str | None, source: str = "") -> Drop:
        """What the ledger is told of a file, or of an address in it."""
        return Drop(
            inbox=self.inbox.name,
            folder=stored(str(self.inbox.folder)),
            path=stored(found.path),
            mark=found.mark,
            digest=digest,
            work=work,
            source=source or self.source(found.path),
            size=found.size,
            place=stored(found.path),
        )
