"""Chatterbox-TTS-Server, as a server of the tests speaks its protocol."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.speech.engine import EngineContext
from pipeline.speech.servers import SpeechServer
from tests.engines import Subject
from tests.sites import running
from tests.speech_servers.chatterbox import ChatterboxServer


@contextmanager
def prepare(folder: Path) -> Iterator[EngineContext]:
    """With the voice that it has by itself."""
    with running(ChatterboxServer()) as site:
        server = SpeechServer("chatterbox-server", site.url, parallel=4)
        yield EngineContext(folder, servers=(server,), locks_dir=folder / "locks")


SUBJECT = Subject(voice="chatterbox-server:Abigail.wav", prepare=prepare)
