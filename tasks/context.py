"""What a task finds around it: settings, store, engines. One of each in a process."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache

from pipeline.ingest import FetchRules
from pipeline.speech.engine import EngineContext
from storage.settings import Settings, load_settings
from storage.store import Store


@dataclass(frozen=True, slots=True)
class Context:
    """The surroundings of every task and of every command."""

    settings: Settings
    store: Store

    @property
    def fetch_rules(self) -> FetchRules:
        """How web addresses may be fetched here."""
        return FetchRules(
            cache_dir=self.settings.cache_dir,
            offline=self.settings.offline,
            allow=self.settings.allow_hosts,
        )

    @property
    def engines(self) -> EngineContext:
        """Where voices are and which device is used."""
        return EngineContext(voices_dir=self.settings.voices_dir, device=self.settings.device)


def open_context(settings: Settings) -> Context:
    """A context for these settings."""
    return Context(settings, Store(settings))


def context() -> Context:
    """This worker process's context, from its environment; made anew after a fork."""
    return _context_of(os.getpid())


@cache
def _context_of(pid: int) -> Context:
    return open_context(load_settings().settings)
