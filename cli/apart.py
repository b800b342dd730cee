"""Commands that speak, where the engine has an environment of its own on this machine."""

from __future__ import annotations

import contextlib
import os
import sys

from pipeline.errors import EngineUnavailable
from pipeline.speech.conversion import divided
from pipeline.speech.registry import spoken_by
from storage.settings import Settings
from tasks.environments import answer, apart_from_us, surroundings


def run_apart(voice: str, settings: Settings) -> None:
    """Run this very command in the environment that has the voice, by name or id, in place of this process.

    Returns when there is none. A converted voice is had where its converter runs.
    """
    converter = divided(voice)[1]
    for environment in apart_from_us(settings):
        with contextlib.suppress(EngineUnavailable):
            offers = answer(environment, settings)
            mine = any(voice in (offer.voice.name, offer.voice.id, offer.voice.engine) for offer in offers)
            if mine or (converter and spoken_by(voice) == environment.engine):
                command = environment.command("cli.main", *sys.argv[1:])
                os.execve(command[0], command, os.environ | surroundings(settings))  # noqa: S606
