"""Voice conversion: what one voice said, in another voice; a step after any engine.

A voice that is converted is called ``VOICE+CONVERTER:TARGET``, such as ``piper:en_US-amy-medium+rvc:anna``. The words
keep their times, and that is looked at (``pipeline.speech.conversion_shift``). Whoever is imitated must have allowed
it: a target without a recorded consent is refused. A converter is added by one module with a class of the shape
``Converter`` under the entry point group ``voxpress.converters``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import ClassVar, Protocol, cast, runtime_checkable

from pipeline.check.samples import refused
from pipeline.errors import EngineUnavailable, VoiceNotFound
from pipeline.model import Chunk, Consent, Doubt, Pcm, SpeakingOptions, Take, Timing, Voice
from pipeline.plugins import Plugins, is_named_class
from pipeline.speech.conversion_shift import LIKENESS, MOVED, TOLERATED, shift
from pipeline.speech.engine import Engine, EngineContext, EngineLimits
from pipeline.speech.facts import EngineFacts

GROUP = "voxpress.converters"
_BUILT_IN = {
    "freevc": "pipeline.speech.coqui_conversion:FreeVcConverter",
    "knnvc": "pipeline.speech.coqui_conversion:KnnVcConverter",
    "openvoice-v1": "pipeline.speech.coqui_conversion:OpenVoice1Converter",
    "openvoice-v2": "pipeline.speech.coqui_conversion:OpenVoice2Converter",
    "rvc": "pipeline.speech.rvc:RvcConverter",
}
_NAME = re.compile(r"(?P<base>.+)\+(?P<converter>[a-z][a-z0-9-]*):(?P<target>[^+]+)")


@dataclass(frozen=True, slots=True)
class Target:
    """A voice that others are converted into."""

    id: str
    revision: str
    """Changes whenever it could sound different."""
    sample_rate: int
    """Hz, of what comes out."""
    licence: str = ""
    description: str = ""
    consent: Consent | None = None
    """Of the one who is imitated; without it nothing is converted."""


@runtime_checkable
class Converter(Protocol):
    """Something that says in one voice what another said. Constructed cheaply."""

    name: ClassVar[str]
    facts: ClassVar[EngineFacts]
    """What it says of itself, as engines do."""
    home: ClassVar[str]
    """The engine in whose environment it runs, and whose workers therefore speak what it converts
    (``registry.spoken_by``); empty: wherever the voice speaks."""

    def __init__(self, context: EngineContext) -> None:
        """Raise ``EngineUnavailable`` when it cannot run here."""
        ...

    def targets(self) -> Iterable[Target]:
        """The voices that it converts into, also where its library is not. Raises ``EngineUnavailable``."""
        ...

    def convert(
        self, audio: Pcm, sample_rate: int, target: Target, options: SpeakingOptions
    ) -> tuple[Pcm, int]:
        """``audio`` (at ``sample_rate`` Hz) in the target's voice, and the sample rate of that, in Hz.

        Nothing but the arguments decides what comes out. Raises ``SpeechFailed``.
        """
        ...


_converters = Plugins[type[Converter]](GROUP, "converter", is_named_class, _BUILT_IN)


def converter_names() -> list[str]:
    """Names of the converters that can be imported, in alphabetical order."""
    return sorted(_converters.found)


def converter_facts(name: str) -> EngineFacts:
    """What a converter says of itself. Raises ``EngineUnavailable`` when there is none of that name."""
    return _kind(name).facts


def home_of(name: str) -> str:
    """The engine whose workers speak what a converter converts; empty: those of whichever engine speaks."""
    return getattr(_kind(name), "home", "")


@cache
def open_converter(name: str, context: EngineContext) -> Converter:
    """The converter of that name, one per process and context. Raises ``EngineUnavailable``."""
    return _kind(name)(context)


def divided(name: str) -> tuple[str, str, str]:
    """A voice's name as that of the voice that speaks, the converter, and its target; the latter two are empty
    where nothing is converted.

    >>> divided("espeak:en-us+rvc:anna")
    ('espeak:en-us', 'rvc', 'anna')
    >>> divided("openai:af_bella(2)+af_sky")
    ('openai:af_bella(2)+af_sky', '', '')
    """
    match = _NAME.fullmatch(name)
    if match is None or match["converter"] not in _converters.found:
        return name, "", ""
    return match["base"], match["converter"], match["target"]


def converted(voice: Voice, converter: str, target: str, context: EngineContext) -> Voice:
    """The voice that ``voice`` becomes. Raises ``VoiceNotFound``, also where nobody's consent is recorded or one that
    imitates somebody is to be converted, and ``EngineUnavailable``."""
    found = _target(converter, target, context)
    if found.consent is None:
        server, _, name = found.id.rpartition("/")
        raise VoiceNotFound(
            f"“{found.id}” of the converter {converter} is somebody's voice, and nobody's consent is recorded: write "
            f'{name} = "WHO, YYYY-MM-DD, FOR WHAT" under [servers.{server or converter}.consents] in voxpress.toml.'
        )
    if voice.consent is not None:
        raise VoiceNotFound(
            f"The voice “{voice.name}” imitates somebody, and what it says is not converted into another's: convert "
            "a voice that imitates nobody."
        )
    step = f"+{converter}:{found.id}"
    return replace(
        voice,
        name=voice.name + step,
        id=voice.id + step,
        sample_rate=found.sample_rate,
        revision=f"{voice.revision}+{converter}-{found.revision}",
        gender="",
        licence="; ".join(filter(None, dict.fromkeys((voice.licence, found.licence)))),
        description=found.description,
        consent=found.consent,
    )


class ConvertingEngine:
    """An engine whose takes are converted; of the engine's shape itself, but never listed."""

    hidden: ClassVar[bool] = True

    def __init__(self, engine: Engine, base: Voice, converter: Converter, target: Target) -> None:
        """``base`` is the engine's own voice."""
        self.name, self.facts, self.native_timings = engine.name, engine.facts, engine.native_timings
        self._engine, self._base, self._converter, self._target = engine, base, converter, target

    def voices(self) -> Iterable[Voice]:
        """Those of the engine."""
        return self._engine.voices()

    def limits(self, voice: Voice, language: str) -> EngineLimits:
        """Those of the voice that speaks."""
        return self._engine.limits(self._base, language)

    def speak(self, chunks: Sequence[Chunk], voice: Voice, options: SpeakingOptions) -> Iterable[Take]:
        """What the engine says, converted; each take as soon as it is there. Raises ``SpeechFailed``.

        A take whose words were lost or moved too far is refused by name (``shifted``).
        """
        for chunk, take in zip(chunks, self._engine.speak(chunks, self._base, options), strict=True):
            yield self._take(take, chunk, voice, options)

    def _take(self, take: Take, chunk: Chunk, voice: Voice, options: SpeakingOptions) -> Take:
        pcm, rate = self._converter.convert(take.audio, take.sample_rate, self._target, options)
        who = f"the converter {self._converter.name}"
        if rate != voice.sample_rate:
            raise refused("rate", chunk, f"{who} replied at {rate} Hz instead of {voice.sample_rate} Hz")
        if not pcm.any():
            raise refused("silence", chunk, f"{who} replied with nothing but zeros")
        moved = shift(take.audio, take.sample_rate, pcm, rate)
        if moved.likeness < LIKENESS:
            raise refused("shifted", chunk, f"what {who} made of it is not what was said")
        if moved.farthest > MOVED or abs(moved.longer) > MOVED:
            far = max(moved.farthest, abs(moved.longer))
            raise refused("shifted", chunk, f"{who} moved its words by {far * 1000:.0f} ms")
        doubts, timings = take.doubts, take.timings
        if moved.farthest > TOLERATED:
            text = f"The conversion moved the words by {moved.seconds * 1000:+.0f} ms; their times follow."
            doubts = (*doubts, Doubt("times", text))
            timings = _moved(timings, moved.seconds, len(pcm) / rate)
        return Take(pcm, rate, timings, take.timing_source, doubts)


def converting(engine: Engine, base: Voice, converter: str, target: str, context: EngineContext) -> Engine:
    """The engine, with the step after it. Raises ``VoiceNotFound`` and ``EngineUnavailable``."""
    found = _target(converter, target, context)
    # Its name and facts are those of whichever engine it stands before, so they are no class variables.
    return cast("Engine", ConvertingEngine(engine, base, open_converter(converter, context), found))


def forget_converters() -> None:
    """FOR TESTS ONLY: discover and open all converters again."""
    _converters.forget()
    open_converter.cache_clear()


def _kind(name: str) -> type[Converter]:
    try:
        return _converters.found[name]
    except KeyError as error:
        raise EngineUnavailable(_converters.refusal(name, converter_names())) from error


def _target(converter: str, target: str, context: EngineContext) -> Target:
    targets = list(open_converter(converter, context).targets())
    found = [one for one in targets if one.id == target] or [
        one for one in targets if one.id.rpartition("/")[2] == target
    ]
    if len(found) == 1:
        return found[0]
    there = ", ".join(one.id for one in found or targets) or "none"
    many = "more than one voice" if found else "no voice"
    raise VoiceNotFound(f"The converter {converter} has {many} “{target}”; there are: {there}.")


def _moved(timings: tuple[Timing, ...] | None, seconds: float, end: float) -> tuple[Timing, ...] | None:
    if timings is None:
        return None
    return tuple(
        Timing(min(max(one.start + seconds, 0.0), end), min(max(one.end + seconds, 0.0), end))
        for one in timings
    )
