"""A look at a server: is it there, and what does it say of itself?"""

from __future__ import annotations

import time
from dataclasses import replace

from pipeline.errors import EngineUnavailable
from pipeline.speech.conversion import converter_names, open_converter
from pipeline.speech.engine import EngineContext
from pipeline.speech.registry import open_engine
from pipeline.speech.server_engine import ServerEngine
from pipeline.speech.servers import SpeechServer


def look_at(server: SpeechServer, context: EngineContext) -> str:
    """What it has, as the end of a sentence, without its key.

    Raises ``EngineUnavailable`` when it cannot be reached, or is another kind of server.
    """
    began, left_out = time.monotonic(), ""
    if server.engine in converter_names():
        alone = replace(context, servers=(server,))
        targets = list(open_converter(server.engine, alone).targets())
        what, title, most = f"converts into {_count(len(targets), 'voice')}", "", 1
    else:
        engine = open_engine(server.engine, context)
        if not isinstance(engine, ServerEngine):
            raise EngineUnavailable(f"The engine “{server.engine}” does not speak through servers.")
        what, title = _count(len(engine.voices_of(server)), "voice"), engine.title_of(server)
        most, left_out = engine.most_parallel, "".join(f"; {one[:-1]}" for one in engine.left_out(server))
    took = f"{1000 * (time.monotonic() - began):.0f} ms"
    named = f"{server.engine} at {server.url}" + (f" ({title})" if title else "")
    return f"{named}: {what}, {_count(min(server.parallel, most), 'request')} at a time, answered in {took}{left_out}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
