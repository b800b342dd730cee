"""Which engines there are, and which voice is meant.

Engines come in through the entry point group ``voxpress.engines``, the built-in ones too.
"""

from __future__ import annotations

import difflib
import logging
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache

from pipeline.errors import EngineUnavailable, VoiceNotFound, VoxpressError
from pipeline.model import Consent, Voice
from pipeline.plugins import Plugins, is_named_class
from pipeline.speech.clones import clones
from pipeline.speech.conversion import (
    converted,
    converter_facts,
    converter_names,
    converting,
    divided,
    forget_converters,
    home_of,
)
from pipeline.speech.engine import Engine, EngineContext, HasVariants, Mixing
from pipeline.speech.facts import EngineFacts, Parameter
from pipeline.speech.voices import language_match

logger = logging.getLogger(__name__)

GROUP = "voxpress.engines"
AUTO = "auto"

_BUILT_IN = {
    "chatterbox": "pipeline.speech.chatterbox:ChatterboxEngine",
    "chatterbox-server": "pipeline.speech.chatterbox_server:ChatterboxServerEngine",
    "coqui": "pipeline.speech.coqui:CoquiEngine",
    "espeak": "pipeline.speech.espeak:EspeakEngine",
    "gpt-sovits": "pipeline.speech.gpt_sovits:GptSovitsEngine",
    "kokoro": "pipeline.speech.kokoro:KokoroEngine",
    "openai": "pipeline.speech.openai:OpenaiEngine",
    "piper": "pipeline.speech.piper:PiperEngine",
    "piper-http": "pipeline.speech.piper_http:PiperHttpEngine",
    "riva": "pipeline.speech.riva:RivaEngine",
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


def facts_or_unknown(name: str) -> EngineFacts:
    """The same; of an engine that is in other environments only, nothing but its name, and no permission."""
    try:
        return facts_of(name)
    except EngineUnavailable:
        text = ("",) * 5
        return EngineFacts(name, *text, languages=(), timings="", limits="", exercised="", commercial=False)


def server_kinds() -> list[str]:
    """Names of the engines that speak through servers, and of the converters that do."""
    kinds = {name: kind.facts for name, kind in _engines.found.items()}
    kinds |= {name: converter_facts(name) for name in converter_names()}
    return sorted(name for name, facts in kinds.items() if facts.server)


_alone = threading.RLock()
"""Libraries of engines have state of the whole process while they are loaded and look at their voices."""


def open_engine(name: str, context: EngineContext) -> Engine:
    """The engine of that name, one per process and context, whichever thread asks.

    Raises ``EngineUnavailable`` when there is none or it cannot run here.
    """
    with _alone:
        return _opened(name, context)


@cache
def _opened(name: str, context: EngineContext) -> Engine:
    return _kind(name)(context)


def voices_of(name: str, context: EngineContext) -> Iterator[Voice]:
    """The voices of an engine that are installed now; those that imitate somebody have that one's consent, whether
    the engine says so or not.

    Raises ``EngineUnavailable``, and what the engine raises.
    """
    consents: dict[str, Consent] | None = None
    for voice in _offered(open_engine(name, context)):
        if voice.consent is None:
            if consents is None:
                consents = {clone.name: clone.consent for clone, _ in clones(context.voices_dir, name)}
            if consent := consents.get(voice.id):
                voice = replace(voice, consent=consent)
        yield voice


def _offered(engine: Engine) -> Iterable[Voice]:
    facts: EngineFacts | None = getattr(engine, "facts", None)  # somebody else's may have forgotten them
    if facts and facts.server:  # a server may hang, and the others do not wait for that
        return engine.voices()
    with _alone:
        return list(engine.voices())


def engine_for(voice: Voice, context: EngineContext) -> Engine:
    """Who speaks with a voice: its engine, and a converter after it where the voice is a converted one.

    Raises ``EngineUnavailable``, and ``VoiceNotFound`` when what it is made of is gone.
    """
    base, converter, target = divided(voice.name)
    if not converter:
        return open_engine(voice.engine, context)
    beside = _beside(voice.name, context)
    speaking = find_voice(base, voice.languages[0] if voice.languages else "en", beside)
    return converting(open_engine(voice.engine, beside), speaking, converter, target, context)


def _beside(name: str, context: EngineContext) -> EngineContext:
    """Where the voice that is converted speaks: on the CPU, where that is in its converter's environment, which has
    the libraries to do more for its own engines only."""
    apart = spoken_by(name) != divided(name)[0].partition(":")[0]
    return replace(context, device="cpu", precision="") if apart else context


def spoken_by(name: str) -> str:
    """The engine whose workers speak a voice, by the voice's full name: its own, or that in whose environment its
    converter runs, where its own is of every install.

    >>> spoken_by("espeak:en-us"), spoken_by("espeak:en-us+rvc:anna"), spoken_by("espeak:en-us+freevc:xtts/anna")
    ('espeak', 'espeak', 'coqui')
    >>> spoken_by("xtts:v2#ann+freevc:xtts/anna")
    'xtts'
    """
    base, converter, _ = divided(name)
    engine = base.partition(":")[0]
    if not converter or not (home := home_of(converter)):
        return engine
    return engine if facts_or_unknown(engine).extra == converter_facts(converter).extra else home


def parameters_of(name: str) -> tuple[Parameter, ...]:
    """What a voice can be told, by its full name: what its engine takes, and its converter. Raises
    ``EngineUnavailable`` for an engine that is not known here."""
    base, converter, _ = divided(name)
    engine = facts_of(base.partition(":")[0]).parameters
    return (*engine, *(converter_facts(converter).parameters if converter else ()))


def watermark_of(voice: Voice) -> str:
    """The inaudible mark in what a voice speaks; empty: none. A conversion leaves none of what was there before."""
    return "" if divided(voice.name)[1] else facts_or_unknown(voice.engine).watermark


def converted_into(voice: Voice, converter: str, target: str, context: EngineContext) -> Voice:
    """The voice that ``voice`` becomes. Raises ``VoiceNotFound``, and ``EngineUnavailable`` where the two can never
    run in one process."""
    extra, home = facts_or_unknown(voice.engine).extra, home_of(converter)
    if home and extra not in ("", converter_facts(converter).extra):
        raise EngineUnavailable(
            f"{voice.engine} and {converter} need an environment each, so that one cannot follow the other: convert "
            f"a voice of an engine of the base install, or of {home}."
        )
    return converted(voice, converter, target, context)


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
    ``engine:id+variant``, a bare id, or an engine's name (its best one for the language); with ``+converter:target``
    behind it, that voice converted. ``language`` is BCP 47. ``auto`` prefers neural voices to formant synthesis,
    then the nearer language tag, then quality. Raises
    ``VoiceNotFound``, and ``EngineUnavailable`` when the engine that was named cannot run.
    """
    name = wanted.strip()
    base, converter, target = divided(name)
    if converter:
        return converted_into(find_voice(base, language, _beside(name, context)), converter, target, context)
    engine, colon, _ = name.partition(":")
    if colon and engine in engine_names(hidden=True):
        offered = list(voices_of(engine, context))
        found = [voice for voice in offered if voice.name == name]
        opened = open_engine(engine, context)
        mixture = opened.mixed(name.removeprefix(f"{engine}:")) if isinstance(opened, Mixing) else None
        return _named(name, found or ([mixture] if mixture else []), offered)
    if name in engine_names(hidden=True):
        return _best(voices_of(name, context), language, f"The engine “{name}”")
    return choose(name, language, all_voices(context))


def choose(wanted: str, language: str, offered: Sequence[Voice], where: str = "This machine") -> Voice:
    """The voice a user means among those that are ``offered``, as for ``find_voice``. Raises ``VoiceNotFound``."""
    name = wanted.strip()
    if not name or name == AUTO:
        return _best(offered, language, where)
    if mine := [voice for voice in offered if voice.engine == name]:
        return _best(mine, language, f"The engine “{name}”")
    return _named(name, [voice for voice in offered if name in (voice.id, voice.name)], offered)


def runs_here(name: str, context: EngineContext) -> bool:
    """Whether there is an engine of that name and it can run in this process."""
    try:
        open_engine(name, context)
    except VoxpressError:
        return False
    return True


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
            voices += voices_of(name, context)
        except VoxpressError as error:
            problems[name] = str(error)
        except Exception as error:  # somebody else's module: its fault must not take the other engines away
            logger.warning("engine %s fails to list its voices", name, exc_info=True)
            problems[name] = f"{type(error).__name__}: {error}"
    return voices, problems


def forget_engines() -> None:
    """FOR TESTS ONLY: discover and open all engines again."""
    _engines.forget()
    _opened.cache_clear()
    forget_converters()


__all__ = [
    "AUTO",
    "GROUP",
    "all_voices",
    "choose",
    "converted_into",
    "engine_for",
    "engine_names",
    "engine_problems",
    "facts_of",
    "facts_or_unknown",
    "find_voice",
    "forget_engines",
    "open_engine",
    "parameters_of",
    "runs_here",
    "server_kinds",
    "spoken_by",
    "voices_of",
    "watermark_of",
    "with_variants",
]
