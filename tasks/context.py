"""What a task finds around it: settings, store, engines. One of each in a process."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from storage.settings import Settings, load_settings
from tasks.gpus import device_of

if TYPE_CHECKING:  # imported where they are used: commands that only look are to be quick
    from pipeline.hear.recogniser import RecogniserContext
    from pipeline.ingest import FetchRules
    from pipeline.speech.engine import EngineContext
    from storage.store import Store


@dataclass(frozen=True, slots=True)
class Context:
    """The surroundings of every task and of every command."""

    settings: Settings
    store: Store

    @property
    def fetch_rules(self) -> FetchRules:
        """How web addresses may be fetched here."""
        return fetch_rules(self.settings)

    @property
    def engines(self) -> EngineContext:
        """Where voices are and which device is used."""
        return engine_context(self.settings)

    @property
    def ears(self) -> RecogniserContext:
        """Where models for speech recognition are and which device is used."""
        return recogniser_context(self.settings)


def fetch_rules(settings: Settings, *, refresh: bool = False) -> FetchRules:
    """How web addresses may be fetched; ``refresh``: also those that were fetched before."""
    from pipeline.ingest import FetchRules

    return FetchRules(
        cache_dir=settings.cache_dir,
        offline=settings.offline,
        refresh=refresh,
        allow=settings.allow_hosts,
    )


def engine_context(settings: Settings) -> EngineContext:
    """Where voices are and which device is used."""
    from pipeline.speech.engine import EngineContext

    return EngineContext(
        voices_dir=settings.voices_dir,
        device=device_of(settings.device),
        precision=settings.precision,
        servers=settings.servers,
        locks_dir=settings.run_dir / "servers",
    )


def recogniser_context(settings: Settings) -> RecogniserContext:
    """Where models for speech recognition are and which device is used."""
    from pipeline.hear.recogniser import RecogniserContext

    return RecogniserContext(
        models_dir=settings.models_dir,
        model=settings.asr_model,
        device=device_of(settings.device),
        compute=settings.asr_compute,
    )


def open_context(settings: Settings, *, patient: bool = False) -> Context:
    """A context for these settings; ``patient``: nobody waits for an answer, so a database may be away longer."""
    from storage.patience import COMMAND_SECONDS, WORKER_SECONDS
    from storage.store import Store  # a second of imports: for those who need the catalog only

    return Context(settings, Store(settings, WORKER_SECONDS if patient else COMMAND_SECONDS))


def context() -> Context:
    """This worker process's context, from its environment; made anew after a fork."""
    return _context_of(os.getpid())


@cache
def _context_of(pid: int) -> Context:
    return open_context(load_settings().settings, patient=True)
