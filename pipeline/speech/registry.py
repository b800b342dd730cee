"""Which engines there are, and which voice is meant.

Engines come in through the entry point group ``voxpress.engines``, the built-in ones too. A checkout that
is not installed has no entry points: then the table here stands in for those of ``pyproject.toml``.
"""

from __future__ import annotations

import difflib
import logging
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points

from pipeline.errors import EngineUnavailable, VoiceNotFound, VoxpressError
from pipeline.model import Voice
from pipeline.speech.engine import Engine, EngineContext, HasVariants
from pipeline.speech.facts import EngineFacts
from pipeline.speech.voices import language_match

logger = logging.getLogger(__name__)

GROUP = "voxpress.engines"
AUTO = "auto"

_BUILT_IN = {
    "espeak": "pipeline.speech.espeak:EspeakEngine",
    "piper": "pipeline.speech.piper:PiperEngine",
    "tone": "pipeline.speech.tone:ToneEngine",
}


def engine_names(hidden: bool = False) -> list[str]:
    """Names of the engines that can be imported, in alphabetical order; ``hidden`` adds those for tests."""
    return sorted(name for name, kind in _engines().items() if hidden or not kind.hidden)


def facts_of(name: str) -> EngineFacts:
    """What an engine says of itself. Raises ``EngineUnavailable`` when there is none of that name."""
    return _kind(name).facts


@cache
def open_engine(name: str, context: EngineContext) -> Engine:
    """The engine of that name, one per process and context.

    Raises ``EngineUnavailable`` when there is none or it cannot run here.
    """
    return _kind(name)(context)


def all_voices(context: EngineContext) -> list[Voice]:
    """The installed voices of all engines that run here, those of hidden ones left out."""
    return _survey(context)[0]


def with_variants(voices: Iterable[Voice], language: str, context: EngineContext) -> list[Voice]:
    """``voices`` that speak a language (BCP 47), with the variants of the nearest one of each engine that has any."""
    spoken = [voice for voice in voices if language_match(voice.languages, language)]
    spoken.sort(key=lambda voice: (-language_match(voice.languages, language), voice.name))
    nearest = {voice.engine: voice for voice in reversed(spoken)}
    more: list[Voice] = []
    for name, voice in nearest.items():
        engine = open_engine(name, context)
        if isinstance(engine, HasVariants):
            more += engine.variants(voice)
    return [*spoken, *more]


def engine_problems(context: EngineContext) -> dict[str, str]:
    """Why engines cannot be used here, by name: broken plugins and those that are unavailable."""
    return _survey(context)[1]


def find_voice(wanted: str, language: str, context: EngineContext) -> Voice:
    """The voice a user means.

    ``wanted`` is ``auto`` (the best one for the language), ``engine:id``, where the engine has variants
    ``engine:id+variant``, a bare id, or an engine's name (its best one for the language). ``language`` is BCP 47.
    ``auto`` prefers neural voices to formant synthesis, then the nearer language tag, then quality. Raises
    ``VoiceNotFound``, and ``EngineUnavailable`` when the engine that was named cannot run.
    """
    name = wanted.strip()
    engine, colon, _ = name.partition(":")
    if colon and engine in engine_names(hidden=True):
        opened = open_engine(engine, context)
        offered = list(opened.voices())
        found = [voice for voice in offered if voice.name == name]
        base, plus, variant = name.partition("+")
        if plus and not found and isinstance(opened, HasVariants):
            found = [
                made
                for one in offered
                if one.name == base and (made := opened.variant(one, variant)) is not None
            ]
        return _named(name, found, offered)
    if name in engine_names(hidden=True):
        return _best(list(open_engine(name, context).voices()), language, f"The engine “{name}”")
    offered = all_voices(context)
    if not name or name == AUTO:
        return _best(offered, language, "This machine")
    return _named(name, [voice for voice in offered if name in (voice.id, voice.name)], offered)


def _kind(name: str) -> type[Engine]:
    try:
        return _engines()[name]
    except KeyError as error:
        reason = _broken().get(name)
        raise EngineUnavailable(
            f"The engine “{name}” cannot be loaded: {reason}."
            if reason
            else f"There is no engine “{name}”; there are: {', '.join(engine_names())}."
        ) from error


def _named(name: str, found: list[Voice], offered: Iterable[Voice]) -> Voice:
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(voice.name for voice in found)
        raise VoiceNotFound(f"More than one voice is called “{name}”: say which one of {names}.")
    known = {alias.lower(): voice.name for voice in offered for alias in (voice.id, voice.name)}
    near = list(
        dict.fromkeys(
            known[match] for match in difflib.get_close_matches(name.lower(), known, n=5, cutoff=0.5)
        )
    )
    hint = f"; did you mean {' or '.join(near)}?" if near else "."
    raise VoiceNotFound(f"There is no voice “{name}”{hint} `voxpress voices list` shows what is installed.")


def _best(voices: Iterable[Voice], language: str, where: str) -> Voice:
    ranked = [
        (-(voice.quality > 0), -match, -voice.quality, voice.name, voice)
        for voice in voices
        if (match := language_match(voice.languages, language))
    ]
    if not ranked:
        raise VoiceNotFound(
            f"{where} has no voice for the language “{language}”: `voxpress voices pull` gets one, or name a "
            "voice to read it all the same (`voxpress voices list` shows what is installed)."
        )
    return min(ranked, key=lambda entry: entry[:4])[4]


def _survey(context: EngineContext) -> tuple[list[Voice], dict[str, str]]:
    voices: list[Voice] = []
    problems = dict(_broken())
    for name in engine_names():
        try:
            voices += open_engine(name, context).voices()
        except VoxpressError as error:
            problems[name] = str(error)
        except Exception as error:  # somebody else's module: its fault must not take the other engines away
            logger.warning("engine %s fails to list its voices", name, exc_info=True)
            problems[name] = f"{type(error).__name__}: {error}"
    return voices, problems


def _engines() -> Mapping[str, type[Engine]]:
    return _discover()[0]


def _broken() -> Mapping[str, str]:
    return _discover()[1]


@cache
def _discover() -> tuple[dict[str, type[Engine]], dict[str, str]]:
    engines: dict[str, type[Engine]] = {}
    broken: dict[str, str] = {}
    for name, target in _targets().items():
        try:
            kind = target.load()
            if not isinstance(kind, type) or kind.name != name:  # type: ignore[attr-defined]
                raise TypeError(f"{target.value} is not an engine named “{name}”")
            engines[name] = kind
        except Exception as error:
            logger.warning(
                "engine %s (%s) cannot be loaded and is left out", name, target.value, exc_info=True
            )
            broken[name] = f"{type(error).__name__}: {error}"
    return engines, broken


def _targets() -> dict[str, EntryPoint]:
    """Entry points by engine; the built-in table is the base, so that a checkout works uninstalled."""
    targets = {name: EntryPoint(name, value, GROUP) for name, value in _BUILT_IN.items()}
    for point in entry_points(group=GROUP):
        if point.name in _BUILT_IN and point.value != _BUILT_IN[point.name]:
            logger.warning("%s from %s may not replace the built-in engine", point.name, point.value)
            continue
        targets[point.name] = point
    return targets


def forget_engines() -> None:
    """FOR TESTS ONLY: discover and open all engines again."""
    _discover.cache_clear()
    open_engine.cache_clear()


__all__ = [
    "AUTO",
    "GROUP",
    "all_voices",
    "engine_names",
    "engine_problems",
    "facts_of",
    "find_voice",
    "forget_engines",
    "open_engine",
    "with_variants",
]
