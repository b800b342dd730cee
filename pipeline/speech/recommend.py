"""Which voice of the list to propose to somebody who has no natural one for a language."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pipeline import limits
from pipeline.pulling.mirror import Mirror
from pipeline.speech.catalogue import PUBLIC_VOICES, PullableVoice, available
from pipeline.speech.piper import PHONEME_TYPES
from pipeline.speech.pull import licence_of
from pipeline.speech.voices import language_match

QUALITIES = ("medium", "high", "low", "x_low")
"""The best one first: ``high`` takes several times as long as ``medium`` for what few hear."""
CANDIDATES = 3
"""How many voices are looked at, at the most, until there is one that can be used here."""
CARD_BYTES = 64 * 1024
"""Of a voice's card that are read."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A voice that can be pulled and used here."""

    voice: PullableVoice
    licence: str
    """As its card says; empty where it does not."""


def propose(language: str, source: str | Path | None = None) -> Proposal | None:
    """The voice of the list of ``source`` (None: Piper's public one) to propose for a language (BCP 47).

    None when there is none. Raises ``FetchError`` and ``AddressRefused``.
    """
    mirror = Mirror.at(source or PUBLIC_VOICES)
    for voice in ranked(available(source), language)[:CANDIDATES]:
        config = mirror.read_json(voice.config.path, limits.VOICE_CONFIG_BYTES)
        if isinstance(config, dict) and config.get("phoneme_type", "espeak") in PHONEME_TYPES:
            return Proposal(voice, _licence(voice, mirror))
    return None


def ranked(offered: Iterable[PullableVoice], language: str) -> list[PullableVoice]:
    """Those that speak the language, the best first: nearest tag, one speaker, quality, name."""
    fitting = [voice for voice in offered if language_match(voice.languages, language)]
    return sorted(
        fitting,
        key=lambda voice: (
            -language_match(voice.languages, language),
            voice.speakers > 1,
            QUALITIES.index(voice.quality) if voice.quality in QUALITIES else len(QUALITIES),
            voice.id,
        ),
    )


def _licence(voice: PullableVoice, mirror: Mirror) -> str:
    if voice.card is None:
        return ""
    with mirror.open(voice.card.path) as (stream, _):
        return licence_of(stream.read(CARD_BYTES).decode(errors="replace"))
