"""Kokoro-FastAPI, as a server of the tests speaks its protocol."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.speech.engine import EngineContext
from pipeline.speech.servers import SpeechServer
from tests.engines import Subject
from tests.sites import running
from tests.speech_servers.openai import KokoroServer


@contextmanager
def prepare(folder: Path) -> Iterator[EngineContext]:
    """Two requests at a time."""
    with running(KokoroServer()) as site:
        server = SpeechServer("openai", f"{site.url}/v1", parallel=2)
        yield EngineContext(folder, servers=(server,), locks_dir=folder / "locks")


SUBJECT = Subject(voice="openai:af_bella", prepare=prepare)
