"""What the settings of a production mean for the stages."""

from __future__ import annotations

from pipeline.model import SpeakingOptions
from pipeline.publish.formats import codecs_of
from pipeline.settings import ProductionSettings


def speaking_options(settings: ProductionSettings) -> SpeakingOptions:
    """How the voice speaks."""
    return SpeakingOptions(rate=settings.voice.rate, seed=settings.voice.seed)


def codecs(settings: ProductionSettings) -> tuple[str, ...]:
    """The codecs in which chapters must be encoded for the formats asked for, each once, in order."""
    return codecs_of(settings.audio.formats)
