"""Programs that speak and run elsewhere, as the settings name them."""

from __future__ import annotations

from dataclasses import dataclass, field

from pipeline.model import Consent

FORMATS = ("wav", "flac", "mp3", "opus")
"""What a server can be asked to reply with, the best first."""


@dataclass(frozen=True, slots=True)
class SpeechServer:
    """One program that speaks, or converts voices, reached through an address."""

    engine: str
    """Who knows how to talk to it: ``openai``, ``gpt-sovits`` ..., or a converter, such as ``rvc``."""
    url: str
    """Where it is; from the settings only, never from a job."""
    name: str = ""
    """Stands before the names of its voices, with a ``/``, where an engine has several servers; empty for the one
    that is named like the engine."""
    parallel: int = 1
    """How many requests this host gives it at the same time."""
    timeout: float = 120.0
    """Seconds that one request may take."""
    key: str = field(default="", repr=False)
    """Its API key. Never shown."""
    model: str = ""
    """What it is asked for beside the voice, or what the operator has loaded into it."""
    voices: tuple[str, ...] = ()
    """Voices that it does not list by itself."""
    languages: tuple[str, ...] = ()
    """BCP 47 tags of its voices, where it does not tell."""
    sample_rate: int = 0
    """Hz at which it replies; 0: what is usual for the engine."""
    format: str = "wav"
    """Of its replies: one of ``FORMATS``."""
    folder: str = ""
    """Where the server sees the recordings of cloned voices, when it does not see them where this host does."""
    consents: tuple[tuple[str, Consent], ...] = ()
    """Who allowed to be imitated, by the names of the server's voices: converters speak with no other."""
    revision: str = ""
    """The operator's own word for what it runs. Changing it says that the voices sound different from now on."""

    @property
    def label(self) -> str:
        """What messages call it."""
        return self.name or self.engine
