"""Which voices there are, wherever they are spoken: the one door for all that plans.

First those of the engines in this process, then those of the engines' environments on this machine, then, for
productions that others may work on, what the workers of all hosts told the catalog. A production is planned with one
*offer*, which it keeps: from then on nobody has to ask again, and what is spoken is compared with it.
"""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from pipeline.errors import EngineUnavailable, SpeechError, StorageError, VoiceChanged, VoiceNotFound
from pipeline.limits import OFFER_BYTES
from pipeline.model import Voice
from pipeline.speech import registry
from pipeline.speech.conversion import divided
from pipeline.speech.engine import EngineLimits
from pipeline.speech.offers import Offer, offer_of, read, written
from pipeline.speech.registry import (
    AUTO,
    all_voices,
    choose,
    converted_into,
    engine_for,
    engine_names,
    facts_of,
    open_engine,
    runs_here,
)
from storage.rows import OfferRow, Production
from storage.settings import Settings
from tasks.context import Context
from tasks.environments import answer, apart_from_us, mixed_apart

if TYPE_CHECKING:
    from storage.catalog import Catalog

log = logging.getLogger(__name__)

HERE = "here"
ENVIRONMENT = "environment"
FRESH_SECONDS = 2.0
"""How long a process believes what it read of the workers' offers."""
REMEMBERED = 256
"""Texts of offers, and of productions' voices, of which a process remembers what they say."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a voice is spoken."""

    kind: str
    """``here``, ``environment``, or the name of the host whose worker offers it."""
    alive: bool = True
    """Whether it could speak now: what a host offers that was not heard of lately may come back."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A voice that is not of this process, and where it is spoken."""

    offer: Offer
    place: Place


# -- looking for a voice ---------------------------------------------------------------------------------


def find_voice(context: Context, wanted: str, language: str, *, shared: bool, away: bool = False) -> Offer:
    """The voice a user means, as ``pipeline.speech.registry.find_voice``, wherever it is spoken.

    ``shared``: also by workers of other hosts. ``auto`` means none of workers that are away, unless ``away``.
    Raises ``VoiceNotFound``, and ``EngineUnavailable`` when the engine that was named runs nowhere.
    """
    failure: SpeechError | None = None
    if wanted.strip() not in ("", AUTO):
        try:
            return _here(context, registry.find_voice(wanted, language, context.engines))
        except SpeechError as error:
            failure = error
    base, converter, target = divided(wanted.strip())
    if (
        converter
    ):  # by a server that the settings here name as well, or with what stands in the folder of voices
        spoken = find_voice(context, base, language, shared=shared, away=away)
        return replace(spoken, voice=converted_into(spoken.voice, converter, target, context.engines))
    others = list(elsewhere(context, shared=shared))
    if wanted.strip() in ("", AUTO) and not away:
        # What the environments here have, their workers tell: it counts where somebody speaks with it.
        others = [one for one in others if one.place.alive and not (shared and one.place.kind == ENVIRONMENT)]
    try:
        return _chosen(context, wanted, language, others, shared=shared)
    except VoiceNotFound as error:
        if mixture := mixed_apart(wanted, context.settings):
            return mixture
        raise _told(context, wanted, error, failure, others, shared=shared) from error


def _here(context: Context, voice: Voice) -> Offer:
    return offer_of(engine_for(voice, context.engines), voice)


def _chosen(context: Context, wanted: str, language: str, others: Sequence[Placed], *, shared: bool) -> Offer:
    ours = {voice.name for voice in all_voices(context.engines)}
    offers = {one.offer.voice.name: one.offer for one in reversed(others)}  # of two, the first is taken
    offered = [*all_voices(context.engines), *(o.voice for name, o in offers.items() if name not in ours)]
    voice = choose(wanted, language, offered, "This studio" if shared and others else "This machine")
    return offers[voice.name] if voice.name not in ours else _here(context, voice)


def _told(
    context: Context,
    wanted: str,
    error: VoiceNotFound,
    failure: SpeechError | None,
    others: Sequence[Placed],
    *,
    shared: bool,
) -> SpeechError:
    """What to say of a voice that nobody offers."""
    engine = wanted.strip().partition(":")[0]
    if problem := environment_problems(context.settings).get(engine):
        return EngineUnavailable(problem)
    if not shared and (hosts := _hosts(context, wanted.strip())):
        return VoiceNotFound(
            f"The voice “{wanted}” is spoken by workers ({', '.join(hosts)}) and not by this machine: 'voxpress "
            f"submit' leaves the work to them, 'voxpress engines install {engine}' brings the engine here."
        )
    if isinstance(failure, EngineUnavailable) and not any(one.offer.voice.engine == engine for one in others):
        if engine in engine_names(hidden=True) and facts_of(engine).extra:
            said = str(failure).rstrip(".")
            return EngineUnavailable(
                f"{said}; 'voxpress engines install {engine}' gives it an environment of its own."
            )
        return failure
    return error


def _hosts(context: Context, wanted: str) -> list[str]:
    """The hosts whose workers offer a voice, or any voice of an engine, by that name."""
    found = (
        one.place.kind
        for one in of_workers(context)
        if wanted in (one.offer.voice.name, one.offer.voice.id, one.offer.voice.engine)
    )
    return list(dict.fromkeys(found))


def is_known(context: Context, engine: str, *, shared: bool) -> bool:
    """Whether there is an engine of that name, here or elsewhere, whether it can run now or not."""
    if engine in engine_names(hidden=True):
        return True
    return any(one.offer.voice.engine == engine for one in elsewhere(context, shared=shared))


def require_engine(context: Context, engine: str, *, shared: bool) -> None:
    """Raise ``EngineUnavailable`` when an engine that ``is_known`` runs nowhere, ``VoiceNotFound`` when it has no
    voice."""
    if any(one.offer.voice.engine == engine for one in elsewhere(context, shared=shared)):
        return
    if not runs_here(engine, context.engines) or not list(open_engine(engine, context.engines).voices()):
        find_voice(context, engine, "en", shared=shared)


# -- what is offered elsewhere ---------------------------------------------------------------------------


def elsewhere(context: Context, *, shared: bool) -> Iterator[Placed]:
    """The voices that are not spoken in this process: first those of environments here, then those of workers."""
    yield from in_environments(context.settings)
    if shared:
        yield from of_workers(context)


def environment_problems(settings: Settings) -> dict[str, str]:
    """Why environments of engines cannot be used, by engine."""
    problems = {}
    for environment in apart_from_us(settings):
        try:
            answer(environment, settings)
        except EngineUnavailable as error:
            problems[environment.engine] = str(error)
    return problems


def in_environments(settings: Settings) -> Iterator[Placed]:
    """The voices of the engines that have an environment of their own on this machine."""
    for environment in apart_from_us(settings):
        try:
            for offer in answer(environment, settings):
                yield Placed(offer, Place(ENVIRONMENT))
        except EngineUnavailable as error:
            log.info("%s", error)


def of_workers(context: Context) -> Iterator[Placed]:
    """The voices that workers told of, those that were heard of last first."""
    for row in _rows(context):
        place = Place(row.host, row.alive)
        for offer in _read(row.voices) if row.voices else ():
            if offer.voice.engine == row.engine:
                yield Placed(offer, place)


_looked: WeakKeyDictionary[Catalog, tuple[float, list[OfferRow]]] = WeakKeyDictionary()


def _rows(context: Context) -> list[OfferRow]:
    """The workers' offers, read anew when they are not fresh; their voices once in a process."""
    catalog = context.store.catalog
    when, rows = _looked.get(catalog, (float("-inf"), []))
    if time.monotonic() - when > FRESH_SECONDS:
        known = {(row.engine, row.digest): row.voices for row in rows if row.voices}
        try:
            rows = [_with(row, known) for row in catalog.offers(known, most=OFFER_BYTES)]
        except StorageError as error:  # what is here can be spoken without it
            log.warning("%s", error)
            rows = []
        _looked[catalog] = (time.monotonic(), rows)
    return rows


def _with(row: OfferRow, known: dict[tuple[str, str], str]) -> OfferRow:
    voices = known.get((row.engine, row.digest), "")
    return replace(row, voices=voices) if voices else row


@lru_cache(maxsize=REMEMBERED)
def _read(voices: str) -> tuple[Offer, ...]:
    try:
        return read(voices)
    except ValueError as error:  # of a later version, or damaged
        log.warning("an offer of voices is left out: %s", error)
        return ()


# -- the voices of a production --------------------------------------------------------------------------


def planned_with(offers: Iterable[Offer]) -> str:
    """What the catalog keeps of the voices that a production is planned with (``Production.planned``)."""
    return written(offers)


def planned_offers(production: Production) -> dict[str, Offer]:
    """The voices that a production was planned with, by name; none before, or for one of an old version."""
    if not production.planned:
        return {}
    return {offer.voice.name: offer for offer in _read(production.planned)}


def voice_of(context: Context, production: Production, name: str = "") -> Voice:
    """A voice of the production, the narrator's unless one is named, as it was planned with.

    Raises ``VoiceNotFound``.
    """
    return _planned(context, production, name).voice


def limits_of(context: Context, production: Production, name: str = "") -> EngineLimits:
    """What one call of it can take. Raises ``VoiceNotFound``."""
    return _planned(context, production, name).limits_in(production.language)


def _planned(context: Context, production: Production, name: str) -> Offer:
    wanted = name or production.voice
    planned = planned_offers(production).get(wanted)
    return planned or find_voice(context, wanted, production.language, shared=production.shared)


def speaker(context: Context, production: Production, name: str) -> Voice:
    """The voice of that name as it is in this process, to speak with.

    Raises ``VoiceChanged`` when it is not the one that the production was planned with: its takes would be kept under
    keys that promise another sound. Raises ``VoiceNotFound`` and ``EngineUnavailable`` when it is not here.
    """
    voice = registry.find_voice(name, production.language, context.engines)
    planned = planned_offers(production).get(name)
    if planned and planned.voice.revision != voice.revision:
        raise VoiceChanged(
            f"The voice {name} is at revision {voice.revision} on {socket.gethostname()}, and {production.id} was "
            f"planned with {planned.voice.revision}: see that all workers of {voice.engine} have the same, then "
            f"'voxpress retry {production.id}' plans it with that."
        )
    return voice
