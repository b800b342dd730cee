"""GPT-SoVITS, as a server of the tests speaks its protocol."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.speech.engine import EngineContext
from pipeline.speech.servers import SpeechServer
from tests.engines import Subject
from tests.sites import running
from tests.speech_servers.cloned import write_clone
from tests.speech_servers.gpt_sovits import GptSovitsServer


@contextmanager
def prepare(folder: Path) -> Iterator[EngineContext]:
    """A voice cloned from espeak's."""
    write_clone(folder, "gpt-sovits", "mine")
    with running(GptSovitsServer()) as site:
        server = SpeechServer("gpt-sovits", site.url)
        yield EngineContext(folder, servers=(server,), locks_dir=folder / "locks")


SUBJECT = Subject(voice="gpt-sovits:mine", prepare=prepare)
