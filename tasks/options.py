"""What the settings of a production mean for the stages."""

from __future__ import annotations

from dataclasses import replace

from pipeline.errors import EngineUnavailable, SettingsError
from pipeline.model import Chunk, SpeakingOptions, Voice
from pipeline.publish.formats import codecs_of
from pipeline.settings import ProductionSettings
from pipeline.speech import registry
from pipeline.speech.facts import WATERMARK
from pipeline.speech.registry import facts_or_unknown, parameters_of


def speaking_options(settings: ProductionSettings) -> SpeakingOptions:
    """How voices speak, before it is known which engine is told (``told``)."""
    voice = settings.voice
    mark = () if voice.watermark else ((WATERMARK, 0.0),)
    parameters = tuple(sorted((*voice.parameters, *mark)))
    return SpeakingOptions(rate=voice.rate, seed=voice.seed, parameters=parameters)


def told(options: SpeakingOptions, voice: Voice) -> SpeakingOptions:
    """What a voice's engine is told of it: parameters that it has, brought into its range. The watermark is left out
    for nobody's voice but one's own.

    An engine of a third party that is not installed here is told all of them.
    """
    own = voice.consent is not None and voice.consent.own
    if not own:
        kept = tuple(pair for pair in options.parameters if pair[0] != WATERMARK)
        options = replace(options, parameters=kept)
    if not options.parameters:
        return options
    try:
        has = {one.name: one for one in parameters_of(voice.name)}
    except EngineUnavailable:
        return options
    fitting = (
        (name, min(max(value, has[name].least), has[name].most))
        for name, value in options.parameters
        if name in has
    )
    return replace(options, parameters=tuple(pair for pair in fitting if pair[1] != has[pair[0]].default))


def untold(settings: ProductionSettings, voice: str) -> list[str]:
    """Parameters that were asked for and that a voice (by its full name) does not have, where that is known here."""
    try:
        has = {one.name for one in parameters_of(voice)}
    except EngineUnavailable:
        return []
    return [name for name, _ in settings.voice.parameters if name not in has]


def require_watermark(settings: ProductionSettings, voice: Voice) -> None:
    """Raise ``SettingsError`` where the mark is to be left out that this voice must have."""
    facts = facts_or_unknown(voice.engine)
    if settings.voice.watermark or not (mark := registry.watermark_of(voice)):
        return
    if all(one.name != WATERMARK for one in facts.parameters):
        raise SettingsError(f"The watermark of {voice.name} ({mark.rstrip('.')}) cannot be left out.")
    if voice.consent is None or not voice.consent.own:
        raise SettingsError(
            f"The watermark of {voice.name} ({mark.rstrip('.')}) can be left out only for a cloned voice that was "
            "declared as one's own ('--consent \"own voice: WHO, WHEN, FOR WHAT\"'): take --no-watermark out."
        )


def watermark_of(settings: ProductionSettings, voice: Voice) -> str:
    """The inaudible mark that is in what a voice speaks; empty: none."""
    left_out = (WATERMARK, 0.0) in told(speaking_options(settings), voice).parameters
    return "" if left_out else registry.watermark_of(voice)


def options_of(settings: ProductionSettings, chunk: Chunk) -> SpeakingOptions:
    """How a chunk's voice speaks it: as the production says, but for what its speaker has in the cast."""
    options = speaking_options(settings)
    if not chunk.rate and not chunk.parameters:
        return options
    parameters = {**dict(options.parameters), **dict(chunk.parameters)}
    return replace(options, rate=chunk.rate or options.rate, parameters=tuple(sorted(parameters.items())))


def codecs(settings: ProductionSettings) -> tuple[str, ...]:
    """The codecs in which chapters must be encoded for the formats asked for, each once, in order."""
    return codecs_of(settings.audio.formats)
