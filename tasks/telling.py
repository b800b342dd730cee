"""``python -m tasks.telling ENGINE [VOICE]``: an environment says which voices its engine has there, or that it has a
certain one: a mixture of others is in no list.

One line of JSON on standard output: ``voices`` (``pipeline.speech.offers``), or ``problem``, a sentence.
"""

from __future__ import annotations

import json
import os
import sys

from pipeline.errors import VoxpressError
from pipeline.speech.offers import offers_of, written
from pipeline.speech.registry import find_voice, open_engine, voices_of
from storage.settings import load_settings
from tasks.context import engine_context


def main(engine: str, voice: str = "") -> None:
    """Answer, and end with status 1 when the engine cannot run here."""
    # Libraries print while they are loaded: what they say is no part of the answer.
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    try:
        context = engine_context(load_settings().settings)
        voices = [find_voice(voice, "en", context)] if voice else voices_of(engine, context)
        said = {"voices": written(offers_of(open_engine(engine, context), voices))}
    except VoxpressError as error:
        said = {"problem": str(error)}
    except Exception as error:  # somebody else's module
        said = {"problem": f"The engine {engine} fails to name its voices ({type(error).__name__}: {error})."}
    with answer:
        json.dump(said, answer)
    sys.exit(0 if "voices" in said else 1)


if __name__ == "__main__":
    main(*sys.argv[1:3])
