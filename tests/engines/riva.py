"""Riva, as a gRPC server of the tests speaks its protocol."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.speech.engine import EngineContext
from pipeline.speech.servers import SpeechServer
from tests.engines import Subject


@contextmanager
def prepare(folder: Path) -> Iterator[EngineContext]:
    """One of the two speakers of a model."""
    from tests.speech_servers.riva import RivaServer, running

    with running(RivaServer()) as site:
        server = SpeechServer("riva", site.url, parallel=2)
        yield EngineContext(folder, servers=(server,), locks_dir=folder / "locks")


SUBJECT = Subject(voice="riva:Magpie.EN-US.Ray", prepare=prepare, needs=("riva", "grpc"))
