"""Piper's HTTP server, as a server of the tests speaks its protocol; but that one draws no random numbers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.speech.engine import EngineContext
from pipeline.speech.servers import SpeechServer
from tests.engines import Subject
from tests.sites import running
from tests.speech_servers.piper import PiperServer


@contextmanager
def prepare(folder: Path) -> Iterator[EngineContext]:
    """A server beside others, so that its name is part of the voice's."""
    with running(PiperServer()) as site:
        server = SpeechServer("piper-http", site.url, name="attic")
        yield EngineContext(folder, servers=(server,), locks_dir=folder / "locks")


SUBJECT = Subject(voice="piper-http:attic/en_US-test-low", prepare=prepare)
