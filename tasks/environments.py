"""Environments of engines on this machine: a folder for each engine, with a Python and libraries of its own.

Libraries of neural engines want each other's versions to be different. So each may have an environment beside ours,
with the same Voxpress in it; a worker that runs there serves the engine's queue. An environment is one when its
record is there, which is written last and removed first.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from pipeline import serial
from pipeline.errors import EngineUnavailable, VoiceNotFound, WorkError
from pipeline.limits import OFFER_BYTES
from pipeline.model import Voice
from pipeline.speech import offers
from pipeline.speech.conversion import converted, divided
from pipeline.speech.offers import Offer
from pipeline.speech.registry import AUTO, choose, runs_here, spoken_by
from storage.settings import Settings
from tasks.context import engine_context

RECORD = "environment.json"
ANSWER = "voices.json"
"""What the environment answered last, and to which question."""
MIXED = "+"
"""Stands between the voices of a mixture."""
ASK_SECONDS = 180.0
"""How long an environment may take to name its voices: some load their library for that, from a slow disk."""


@dataclass(frozen=True, slots=True)
class Record:
    """What is kept of an environment."""

    engine: str
    version: str
    """Of the Voxpress in it."""
    requirements: tuple[str, ...]
    """What it was asked for beside Voxpress's own libraries."""
    shares: bool = False
    """Whether it uses the libraries of the environment that made it where it has none of its own."""


@dataclass(frozen=True, slots=True)
class Environment:
    """An engine's environment."""

    folder: Path
    record: Record

    @property
    def engine(self) -> str:
        """Whose it is."""
        return self.record.engine

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "bin" / "python"

    def command(self, module: str, *arguments: str) -> tuple[str, ...]:
        """The command that runs one of our modules in it; -P as in ``workers.supervisor.module``."""
        return (str(self.python), "-P", "-m", module, *arguments)

    def problem(self) -> str:
        """Why it cannot be used, one sentence; empty when it can."""
        again = f"'voxpress engines install {self.engine}' makes it anew"
        if not self.python.exists():
            return f"The environment of the engine {self.engine} has lost its Python: {again}."
        if self.record.version != version("voxpress"):
            return (
                f"The environment of the engine {self.engine} was made for Voxpress {self.record.version}, and this "
                f"is {version('voxpress')}: {again}."
            )
        return ""


def environments(settings: Settings) -> list[Environment]:
    """Those of this state folder, by their engines' names."""
    folder = settings.engines_dir
    places = sorted(folder.iterdir()) if folder.is_dir() else []
    found = (read_environment(place) for place in places if not place.name.startswith("."))
    return [environment for environment in found if environment]


def apart_from_us(settings: Settings) -> Iterator[Environment]:
    """The environments of engines that cannot run in this process: where they can, they speak here."""
    engines = engine_context(settings)
    for environment in environments(settings):
        if not is_ours(environment) and not runs_here(environment.engine, engines):
            yield environment


def is_ours(environment: Environment) -> bool:
    """Whether this process runs in it."""
    return environment.folder.resolve() == Path(sys.prefix).resolve()


def speaking_apart(wanted: str, language: str, settings: Settings) -> tuple[Environment, Voice] | None:
    """The environment that has the voice a user means (see ``pipeline.speech.registry.choose``), and the voice.

    None where no environment has it. Raises ``EngineUnavailable`` when the environment of the engine that was named
    cannot be used, and ``VoiceNotFound`` when it has no such voice.
    """
    base, converter, target = divided(wanted.strip())
    if base in ("", AUTO):
        return None
    for environment in apart_from_us(settings):
        named = base.partition(":")[0] == environment.engine
        with contextlib.nullcontext() if named else contextlib.suppress(EngineUnavailable, VoiceNotFound):
            offered = [offer.voice for offer in answer(environment, settings)]
            mixture = mixed_apart(base, settings) if named else None
            voice = mixture.voice if mixture else choose(base, language, offered)
            if converter:
                voice = converted(voice, converter, target, engine_context(settings))
            return environment, voice
    return None


def converting_apart(voice: str, settings: Settings) -> Environment | None:
    """The environment in which the converter of a voice runs (``pipeline.speech.registry.spoken_by``), and so all of
    it speaks there; None where nothing is converted, or where that is done in this process."""
    if not divided(voice)[1]:
        return None
    return next((one for one in apart_from_us(settings) if one.engine == spoken_by(voice)), None)


def environment_of(settings: Settings, engine: str) -> Environment | None:
    """The engine's, where it has one here."""
    return next((one for one in environments(settings) if one.engine == engine), None)


def read_environment(folder: Path) -> Environment | None:
    """The environment in a folder; None while, and after, it is made or removed."""
    try:
        record = serial.load(Record, (folder / RECORD).read_bytes())
    except (OSError, ValidationError):
        return None
    return (
        Environment(folder, record) if record.engine == folder.name.lstrip(".").removesuffix(".old") else None
    )


@contextmanager
def in_use(settings: Settings, engine: str) -> Iterator[None]:
    """While a process runs in an environment: nobody makes it anew or removes it. Raises ``WorkError`` when somebody
    is just doing that."""
    with _locked(settings, engine, fcntl.LOCK_SH) as ours:
        if not ours:
            raise WorkError(
                f"The environment of the engine {engine} is being changed: try again when that is done."
            )
        yield


@contextmanager
def changing(settings: Settings, engine: str) -> Iterator[None]:
    """While an environment is made or removed. Raises ``WorkError`` when something runs in it."""
    with _locked(settings, engine, fcntl.LOCK_EX) as ours:
        if not ours:
            raise WorkError(
                f"The environment of the engine {engine} is in use: stop the workers of this state folder that run "
                "in it first."
            )
        yield


def answer(environment: Environment, settings: Settings) -> tuple[Offer, ...]:
    """The voices of an environment, asked for once until it, its voices or the settings change.

    Raises ``EngineUnavailable`` when the engine cannot run there.
    """
    if problem := environment.problem():
        raise EngineUnavailable(problem)
    question = _question(environment, settings)
    kept = environment.folder / ANSWER
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        said = json.loads(kept.read_bytes())
        if said["question"] == question:
            return offers.read(said["voices"])
    text = ask(environment, settings)
    found = offers.read(text)
    with contextlib.suppress(OSError):  # a disk that is full, or a folder of somebody else: it is asked again
        temporary = kept.with_name(f".{ANSWER}.{os.getpid()}")
        temporary.write_text(json.dumps({"question": question, "voices": text}))
        temporary.replace(kept)
    return found


def mixed_apart(wanted: str, settings: Settings) -> Offer | None:
    """A voice that no list has because an environment's engine makes it of others, ``kokoro:af_bella(2)+af_sky``.

    None where there is no such engine, or where it cannot be made of its voices.
    """
    engine, _, identity = wanted.strip().partition(":")
    environment = next((one for one in apart_from_us(settings) if one.engine == engine), None)
    if environment is None or MIXED not in identity:
        return None
    key = (str(environment.folder), _question(environment, settings), wanted.strip())
    if key not in _mixed:
        try:
            _mixed[key] = offers.read(ask(environment, settings, wanted.strip()))[0]
        except (EngineUnavailable, IndexError):
            return None
    return _mixed[key]


_mixed: dict[tuple[str, str, str], Offer] = {}
"""Mixtures that this process asked for, by environment, its question, and name."""


def ask(environment: Environment, settings: Settings, voice: str = "") -> str:
    """What the environment says of its engine's voices, or of the one that is named (JSON:
    ``pipeline.speech.offers``). Raises ``EngineUnavailable``."""
    engine = environment.engine
    try:
        done = subprocess.run(
            environment.command("tasks.telling", engine, *([voice] if voice else [])),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=os.environ | surroundings(settings),
            timeout=ASK_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        reason = error.strerror if isinstance(error, OSError) else f"no answer after {ASK_SECONDS:g} s"
        raise EngineUnavailable(
            f"The environment of the engine {engine} does not answer ({reason}): 'voxpress engines install "
            f"{engine}' makes it anew."
        ) from error
    last = ""
    try:
        said = json.loads(done.stdout[: 2 * OFFER_BYTES])
        voices, problem = str(said.get("voices", "")), str(said.get("problem", ""))
        if voices:
            offers.read(voices)
    except (ValueError, AttributeError):
        last = done.stderr.decode(errors="replace").strip().rpartition("\n")[2][:200].rstrip(".")
        voices, problem = "", ""
    if voices:
        return voices
    raise EngineUnavailable(
        problem
        or f"The environment of the engine {engine} is damaged (status {done.returncode}: {last or 'it said nothing'}"
        f"): 'voxpress engines install {engine}' makes it anew."
    )


def surroundings(settings: Settings) -> dict[str, str]:
    """What a process in an environment is told beside this process's own variables.

    No path of ours: its libraries are others.
    """
    return {
        "VOXPRESS_HOME": str(settings.home),
        "VOXPRESS_DEVICE": settings.device,
        "VOXPRESS_PRECISION": settings.precision,
        "VOXPRESS_OFFLINE": "1" if settings.offline else "0",
        "PYTHONPATH": "",
        "PYTHONNOUSERSITE": "1",
    }


def _question(environment: Environment, settings: Settings) -> str:
    """Changes whenever the answer could."""
    voices = settings.voices_dir / environment.engine
    files = sorted(voices.rglob("*")) if voices.is_dir() else []
    stamps: list[Any] = [str(engine_context(settings)), settings.offline]
    for path in (environment.folder / RECORD, *files):
        with contextlib.suppress(OSError):
            found = path.stat()
            stamps.append([str(path), found.st_size, found.st_mtime_ns])
    return sha256(json.dumps(stamps).encode()).hexdigest()


@contextmanager
def _locked(settings: Settings, engine: str, kind: int) -> Iterator[bool]:
    place = settings.run_dir / "engines" / f"{engine}.lock"
    place.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(place, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)
