"""What an engine offers: its voices, with what planning has to know of each.

So a book can be planned where the engine is not: what is said here is written as JSON where the engine is, and read
wherever it is asked for.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from pydantic import ValidationError

from pipeline import serial
from pipeline.limits import OFFER_BYTES, OFFER_VOICES
from pipeline.model import Voice
from pipeline.speech.engine import Engine, EngineLimits
from pipeline.speech.voices import same_language, spoken_languages

log = logging.getLogger(__name__)

ABOUT_CHARACTERS = 500
"""Of a voice's description; what is beyond is cut off in an offer."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A voice, and what one call with it can take."""

    voice: Voice
    limits: EngineLimits
    """In the voice's first language, and in all that ``by_language`` does not name."""
    by_language: Mapping[str, EngineLimits] = field(default_factory=dict)
    """By primary language subtag, where they are others."""

    def limits_in(self, language: str) -> EngineLimits:
        """What one call in that language (BCP 47) can take."""
        return self.by_language.get(same_language(language), self.limits)


def offers_of(engine: Engine, voices: Iterable[Voice]) -> list[Offer]:
    """What an engine offers with its voices (``registry.voices_of``). Raises what the engine raises."""
    return [offer_of(engine, voice) for voice in voices]


def offer_of(engine: Engine, voice: Voice) -> Offer:
    """What an engine offers with one of its voices."""
    usual = engine.limits(voice, voice.languages[0] if voice.languages else "und")
    limits = {language: engine.limits(voice, language) for language in spoken_languages(voice.languages)}
    others = {language: limit for language, limit in limits.items() if limit != usual}
    return Offer(replace(voice, description=voice.description[:ABOUT_CHARACTERS]), usual, others)


def written(offers: Iterable[Offer]) -> str:
    """Offers as JSON, in the order of their names; what is beyond ``OFFER_VOICES`` or ``OFFER_BYTES`` is left out."""
    lines = list(_fitting(sorted(offers, key=lambda offer: offer.voice.name)))
    return "[" + ",\n".join(lines) + "]"


def _fitting(offers: Iterable[Offer]) -> Iterator[str]:
    room = OFFER_BYTES - 2
    for number, offer in enumerate(offers):
        text = serial.dump(offer).decode()
        room -= len(text.encode()) + 2
        if room < 0 or number >= OFFER_VOICES:
            log.warning("the voice %s and those after it are too many to be told of", offer.voice.name)
            return
        yield text


def read(text: str) -> tuple[Offer, ...]:
    """What ``written`` wrote. Raises ``ValueError`` for what it cannot have written."""
    if len(text) > OFFER_BYTES:
        raise ValueError("an offer is too long")
    try:
        offers = serial.load(tuple[Offer, ...], text)
    except ValidationError as error:
        raise ValueError(f"an offer cannot be read: {error.errors()[0]['msg']}") from error
    if len(offers) > OFFER_VOICES or any(
        offer.voice.name != f"{offer.voice.engine}:{offer.voice.id}" for offer in offers
    ):
        raise ValueError("an offer has too many voices, or one without a right name")
    return offers
