"""The Engine protocol: something that speaks.

An engine is added by writing one module with a class of this shape and naming it under the entry point group
``voxpress.engines``; the built-in engines come in through the same door (see ``pipeline.speech.registry``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol, runtime_checkable

from pipeline.errors import SettingsError
from pipeline.model import Chunk, Doubt, SpeakingOptions, Take, Voice, Word
from pipeline.speech.facts import EngineFacts
from pipeline.speech.servers import SpeechServer
from pipeline.speech.voices import is_syllabic


@dataclass(frozen=True, slots=True)
class EngineContext:
    """What an engine may know of the machine it runs on."""

    voices_dir: Path
    """Folder of pulled and added voices; engines keep theirs in a subfolder of their own name."""
    device: str = "cpu"
    """``cpu``, ``cuda`` or ``cuda:N``. An engine that cannot run on the device asked for raises
    ``EngineUnavailable``; it never falls back in silence."""
    precision: str = ""
    """Kind of numbers to compute with (``EngineFacts.precisions``); empty: the engine's own choice. A take's
    samples may depend on it, so it is part of the revision of voices that are not spoken in the default one."""
    servers: tuple[SpeechServer, ...] = ()
    """Programs that speak and run elsewhere; engines take those that name them."""
    locks_dir: Path | None = None
    """Folder of this host's own through which its processes share what must not be asked too much at a time."""


@dataclass(frozen=True, slots=True)
class EngineLimits:
    """What one call can take."""

    characters: int
    """Most characters of spoken text in one chunk."""
    batch_seconds: float = 60.0
    """Audio, by estimate, that one task should make: some seconds to a few minutes of work."""
    characters_per_second: float = 15.0
    """How fast the engine's voices speak, for estimates only."""
    ipa: bool = False
    """Whether a word's ``ipa`` is said; else words have none."""


SYLLABLES_PER_SECOND = 5.0
"""How fast voices read the signs of a syllabic script, for estimates."""


def limits_by_script(
    language: str,
    *,
    characters: int,
    syllables: int,
    batch_seconds: float,
    characters_per_second: float = 15.0,
    syllables_per_second: float = SYLLABLES_PER_SECOND,
    ipa: bool = False,
) -> EngineLimits:
    """What one call takes in a language: ``syllables`` signs where each is a syllable or more (``is_syllabic``)."""
    if is_syllabic(language):
        return EngineLimits(syllables, batch_seconds, syllables_per_second, ipa)
    return EngineLimits(characters, batch_seconds, characters_per_second, ipa)


def require_rate(rate: float, slowest: float, fastest: float, title: str) -> None:
    """Raise ``SettingsError`` for a speaking rate that the engine of that title does not have."""
    if not slowest <= rate <= fastest:
        raise SettingsError(
            f"The speaking rate {rate:g} is not one of {title}'s ({slowest:g} to {fastest:g})."
        )


@runtime_checkable
class Engine(Protocol):
    """Something that speaks. Constructed cheaply; models load in ``speak``, and stay loaded."""

    name: ClassVar[str]
    """Part of voice names and of the queue's name (``speak.<name>``)."""
    native_timings: ClassVar[bool]
    """Whether takes come with word timings."""
    hidden: ClassVar[bool]
    """True for engines that exist for tests only: never chosen by ``auto``, not listed."""
    facts: ClassVar[EngineFacts]
    """What it says of itself; readable where its library is not installed."""

    def __init__(self, context: EngineContext) -> None:
        """Raise ``EngineUnavailable`` when the engine cannot run here."""
        ...

    def voices(self) -> Iterable[Voice]:
        """The voices that are installed now."""
        ...

    def limits(self, voice: Voice, language: str) -> EngineLimits:
        """What one call with that voice in that language can take."""
        ...

    def speak(self, chunks: Sequence[Chunk], voice: Voice, options: SpeakingOptions) -> Iterable[Take]:
        """Yield one take for each chunk, in order, each as soon as it is there.

        A take depends on nothing but its chunk's spoken text, IPA and language, the voice and the options: the
        same call gives the same samples, whatever was spoken before (a must: productions resume bit for bit).
        Parameters that the engine does not have are left aside: a cast may have several engines.
        Raises ``SpeechFailed`` when a chunk cannot be spoken; chunks already yielded stay good.
        """
        ...


@runtime_checkable
class Mixing(Protocol):
    """An engine whose voices can be mixed, or sound in several ways: there are more of them than it lists."""

    def mixed(self, identity: str) -> Voice | None:
        """The voice of that id, such as ``one(2)+other``; None when that is no mixture of its voices."""
        ...


@runtime_checkable
class HasVariants(Protocol):
    """An engine whose voices sound in several ways."""

    def variants(self, voice: Voice) -> Iterable[Voice]:
        """Those that can be told apart by ear, for a cast; ``mixed`` of ``Mixing`` finds them by id."""
        ...


def unsayable(words: Sequence[Word], unknown: Iterable[str], why: str) -> tuple[Doubt, ...]:
    """A doubt for each word whose IPA is in ``unknown`` and was therefore not said."""
    return tuple(_unsayable(words, set(unknown), why))


def _unsayable(words: Sequence[Word], unknown: set[str], why: str) -> Iterator[Doubt]:
    for place, word in enumerate(words):
        if word.ipa and word.ipa in unknown:
            text = f"The IPA “{word.ipa}” {why}: it was read as written."
            yield Doubt("pronunciation", text, (place, place + 1))
