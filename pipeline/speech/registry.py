"""Which engines there are, and which voice is meant.

Engines come in through the entry point group ``voxpress.engines``, the built-in ones too.
"""

from __future__ import annotations

import difflib
import logging
from collections.abc import Iterable
from functools import cache

from pipeline.errors import EngineUnavailable, VoiceNotFound, VoxpressError
from pipeline.model import Voice
from pipeline.plugins import Plugins, is_named_class
from pipeline.speech.engine import Engine, EngineContext, Mixing
from pipeline.speech.facts import EngineFacts
from pipeline.speech.voices import language_match

logger = logging.getLogger(__name__)

GROUP = "voxpress.engines"
AUTO = "auto"

_BUILT_IN = {
    "chatterbox": "pipeline.speech.chatterbox:ChatterboxEngine",
    "coqui": "pipeline.speech.coqui:CoquiEngine",
    "espeak": "pipeline.speech.espeak:EspeakEngine",
    "kokoro": "pipeline.speech.kokoro:KokoroEngine",
    "piper": "pipeline.speech.piper:PiperEngine",
    "tone": "pipeline.speech.tone:ToneEngine",
    "xtts": "pipeline.speech.xtts:XttsEngine",
}
_engines = Plugins[type[Engine]](GROUP, "engine", is_named_class, _BUILT_IN)


def engine_names(hidden: bool = False) -> list[str]:
    """Names of the engines that can be imported, in alphabetical order; ``hidden`` adds those for tests."""
    return sorted(name for name, kind in _engines.found.items() if hidden or not kind.hidden)


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


def engine_problems(context: EngineContext) -> dict[str, str]:
    """Why engines cannot be used here, by name: broken plugins and those that are unavailable."""
    return _survey(context)[1]


def find_voice(wanted: str, language: str, context: EngineContext) -> Voice:
    """The voice a user means.

    ``wanted`` is ``auto`` (the best one for the language), ``engine:id``, a bare id, or an engine's name
    (its best one for the language). ``language`` is BCP 47. ``auto`` prefers neural voices to formant
    synthesis, then the nearer language tag, then quality. Raises ``VoiceNotFound``, and
    ``EngineUnavailable`` when the engine that was named cannot run.
    """
    name = wanted.strip()
    engine, colon, _ = name.partition(":")
    if colon and engine in engine_names(hidden=True):
        opened = open_engine(engine, context)
        offered = list(opened.voices())
        found = [voice for voice in offered if voice.name == name]
        mixture = opened.mixed(name.removeprefix(f"{engine}:")) if isinstance(opened, Mixing) else None
        return _named(name, found or ([mixture] if mixture else []), offered)
    if name in engine_names(hidden=True):
        return _best(list(open_engine(name, context).voices()), language, f"The engine “{name}”")
    offered = all_voices(context)
    if not name or name == AUTO:
        return _best(offered, language, "This machine")
    return _named(name, [voice for voice in offered if name in (voice.id, voice.name)], offered)


def _kind(name: str) -> type[Engine]:
    if name not in _engines.found:
        raise EngineUnavailable(_engines.refusal(name, engine_names()))
    return _engines.found[name]


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
    problems = dict(_engines.broken)
    for name in engine_names():
        try:
            voices += open_engine(name, context).voices()
        except VoxpressError as error:
            problems[name] = str(error)
        except Exception as error:  # somebody else's module: its fault must not take the other engines away
            logger.warning("engine %s fails to list its voices", name, exc_info=True)
            problems[name] = f"{type(error).__name__}: {error}"
    return voices, problems


def forget_engines() -> None:
    """FOR TESTS ONLY: discover and open all engines again."""
    _engines.forget()
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
]
