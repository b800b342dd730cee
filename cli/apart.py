"""Commands that speak, where the engine has an environment of its own on this machine."""

from __future__ import annotations

import os
import sys

from storage.settings import Settings
from tasks.environments import converting_apart, environments, is_ours, speaking_apart, surroundings


def run_apart(voice: str, language: str, settings: Settings) -> None:
    """Run this very command in the environment that has the voice, in place of this process.

    Returns when there is none, or when this process runs in one already: two would hand it to and fro. Raises
    ``EngineUnavailable`` and ``VoiceNotFound`` as ``speaking_apart`` does.
    """
    if any(is_ours(environment) for environment in environments(settings)):
        return
    place = converting_apart(voice, settings)
    if place is None and (found := speaking_apart(voice, language, settings)):
        place = found[0]
    if place is not None:
        command = place.command("cli.main", *sys.argv[1:])
        os.execve(command[0], command, os.environ | surroundings(settings))  # noqa: S606
