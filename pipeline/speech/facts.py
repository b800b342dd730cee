"""What an engine says of itself: pages of the documentation, tables and refusals are made from it.

It is declared, not found out, so that it can be read where the engine's library is not installed.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cloning:
    """That an engine speaks like somebody of whom it is given a recording."""

    shortest: float
    """Seconds of recording that it needs."""
    longest: float
    """Seconds that it makes use of; what a clip has beyond them is cut off."""
    sample_rate: int
    """Hz at which it listens to the recording: what lies above half of that is of no use."""
    needs_text: bool = False
    """Whether it must be told what is said in the recording."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number that an engine takes beside the rate: ``SpeakingOptions.parameters``."""

    name: str
    """In small letters: ``temperature``, ``pitch``, ``exaggeration`` ..."""
    least: float
    most: float
    default: float
    meaning: str
    """One sentence, for people."""


WATERMARK = "watermark"
"""The parameter of engines whose mark can be left out: at 0 it is."""


COMMON = ("exaggeration", "pitch", "temperature")
"""Parameters that mean the same wherever there are any: profiles may name them whichever engine speaks."""


@dataclass(frozen=True, slots=True)
class EngineFacts:
    """What an engine is, needs and can do."""

    title: str
    """What its makers call it."""
    homepage: str
    about: str
    """One paragraph: what it is good for, and what it costs."""
    hardware: str
    """One sentence: what it runs on."""
    licence: str
    """Of its code, as an SPDX expression."""
    weights_licence: str
    """Of what its voices are made of, one sentence."""
    languages: tuple[str, ...]
    """BCP 47 tags; ``mul`` where the voices decide."""
    timings: str
    """One sentence: how its words get their times."""
    limits: str
    """One sentence: how much it takes at once, and what is done about it."""
    exercised: str
    """One sentence: what was run, with real weights and without."""
    extra: str = ""
    """The extra that brings its library; empty: part of the base install, or a server that is run elsewhere."""
    server: bool = False
    """Whether it is a program that runs elsewhere, reached through an address from the settings."""
    commercial: bool = True
    """Whether what its public voices speak may be sold."""
    devices: tuple[str, ...] = ("cpu",)
    """Of ``cpu`` and ``cuda``."""
    precisions: tuple[str, ...] = ()
    """Kinds of numbers that it can be told to compute with: ``float32``, ``float16``, ``bfloat16``, ``int8``."""
    cloning: Cloning | None = None
    parameters: tuple[Parameter, ...] = ()
    watermark: str = ""
    """The inaudible mark that it puts into everything it speaks; empty: none. Where it can be left out there is a
    parameter ``WATERMARK``."""
    traps: tuple[str, ...] = ()
    """What it is known to do wrong and how that is noticed, a sentence each."""
