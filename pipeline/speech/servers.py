"""Programs that speak and run elsewhere, as the settings name them."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SpeechServer:
    """One program that speaks, reached through an address."""

    engine: str
    """Who knows how to talk to it: ``openai``, ``gpt-sovits`` ..."""
    url: str
    """Where it is; from the settings only, never from a job."""
    name: str = ""
    """What its voices are told apart by where an engine has several servers; empty for the only one."""
    parallel: int = 1
    """How many requests it is given at the same time."""
    timeout: float = 120.0
    """Seconds that one request may take."""
    key: str = field(default="", repr=False)
    """Its API key. Never shown."""
