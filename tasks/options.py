"""What the settings of a production mean for the stages."""

from __future__ import annotations

from dataclasses import replace

from pipeline.model import Chunk, SpeakingOptions
from pipeline.publish.formats import codecs_of
from pipeline.settings import ProductionSettings


def speaking_options(settings: ProductionSettings) -> SpeakingOptions:
    """How the voice speaks."""
    return SpeakingOptions(rate=settings.voice.rate, seed=settings.voice.seed)


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
