"""``python -m tasks.comparing_apart FOLDER``: an environment says a text in its voices, to be compared with others.

What is wanted is read from standard input (``_Wish``, JSON). For the voice at place N, ``N.json`` and ``N.mp3`` are
written into the folder. Standard output has a line of JSON for each voice as it begins, or ``problem``, a sentence.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from io import TextIOWrapper
from pathlib import Path
from typing import IO

from pydantic import ValidationError

from pipeline import serial
from pipeline.errors import SpeechFailed, VoxpressError
from pipeline.model import Voice
from pipeline.settings import ProductionSettings
from storage.settings import Settings, load_settings
from tasks.comparing import Heard, hear
from tasks.context import engine_context
from tasks.environments import Environment, in_use, surroundings

LAST_CHARACTERS = 200
"""Of what a process that failed said last."""


@dataclass(frozen=True, slots=True)
class _Wish:
    text: str
    voices: tuple[str, ...]
    """Full names."""
    language: str
    """BCP 47."""
    settings: ProductionSettings


def hear_apart(
    environment: Environment,
    text: str,
    voices: Sequence[Voice],
    language: str,
    settings: Settings,
    begun: Callable[[Voice], None],
) -> list[Heard]:
    """How the voices of an engine's environment say a text, as ``hear``; ``begun`` is told who speaks now.

    Raises ``SpeechFailed`` when one cannot, and ``WorkError`` when the environment is just being changed.
    """
    names = tuple(voice.name for voice in voices)
    wish = serial.dump(_Wish(text, names, language, settings.production))
    with in_use(settings, environment.engine), tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with (folder / "said").open("w+b") as said:
            problem = _run(environment, settings, folder, wish, said, lambda place: begun(voices[place]))
            if problem is None:
                problem = _died(environment.engine, said)
        if problem:
            raise SpeechFailed(problem)
        try:
            return [_read(folder, place) for place in range(len(voices))]
        except (OSError, ValidationError) as error:
            raise SpeechFailed(
                f"What the environment of the engine {environment.engine} spoke cannot be read ({error}): make room "
                "for temporary files and try again."
            ) from error


def _run(
    environment: Environment,
    settings: Settings,
    folder: Path,
    wish: bytes,
    said: IO[bytes],
    begun: Callable[[int], None],
) -> str | None:
    """Have it spoken; what went wrong: empty where nothing did, None where the process does not say it."""
    process = subprocess.Popen(
        environment.command("tasks.comparing_apart", str(folder)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=said,
        env=os.environ | surroundings(settings),
    )
    try:
        assert process.stdin is not None
        assert process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(wish)
            process.stdin.close()
        for line in process.stdout:
            answer = json.loads(line)
            if "problem" in answer:
                return str(answer["problem"])
            begun(int(answer["voice"]))
        return "" if process.wait() == 0 else None
    finally:
        with process:
            process.kill()


def _died(engine: str, said: IO[bytes]) -> str:
    said.seek(0)
    last = said.read().decode(errors="replace").strip().rpartition("\n")[2][:LAST_CHARACTERS].rstrip(".")
    return (
        f"The environment of the engine {engine} failed to speak ({last or 'it said nothing'}): 'voxpress engines "
        f"check {engine}' tries it."
    )


def _read(folder: Path, place: int) -> Heard:
    heard = serial.load(Heard, (folder / f"{place}.json").read_bytes())
    return replace(heard, audio=(folder / f"{place}.mp3").read_bytes())


def main(folder: Path) -> None:
    """Speak, and end with status 1 when that fails."""
    # Libraries print while they are loaded: what they say is no part of the answer.
    answer = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)  # or it comes after what this process said last
    wish = serial.load(_Wish, sys.stdin.buffer.read())
    from pipeline.speech.registry import find_voice

    with answer:
        try:
            engines = engine_context(load_settings().settings)
            for place, name in enumerate(wish.voices):
                print(json.dumps({"voice": place}), file=answer)
                voice = find_voice(name, wish.language, engines)
                heard = hear(wish.text, voice, wish.language, wish.settings, engines)
                (folder / f"{place}.mp3").write_bytes(heard.audio)
                (folder / f"{place}.json").write_bytes(serial.dump(replace(heard, audio=b"")))
        except VoxpressError as error:
            print(json.dumps({"problem": str(error)}), file=answer)
            sys.exit(1)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
