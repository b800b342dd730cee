"""Environments of engines are made and removed.

Voxpress itself is copied from where it runs, so that both are the same whether it came from an index, a wheel or a
checkout; the libraries are fetched by uv or pip. An environment counts when its record is written, at the very end.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution, version
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement

import pipeline
from pipeline import serial
from pipeline.errors import SettingsError, WorkError
from pipeline.speech.registry import engine_names, facts_of, runs_here
from storage.settings import Settings
from tasks.context import engine_context
from tasks.environments import RECORD, Environment, Record, changing, environment_of, read_environment
from workers.lifeline import die_with_parent
from workers.logfile import LogFile

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
"""What an engine can be called."""
PACKAGE = "voxpress"
ALONG = ("postgres", "s3")
"""Extras that a worker may need wherever it runs: taken along where they are installed here."""
OLD = ".old"
LAST_WORDS = 300
"""Characters of what the installer said last that an error tells."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Wish:
    """What an environment is to have."""

    engine: str
    packages: tuple[str, ...] = ()
    """Requirements, or paths of wheels, that bring the engine; none: the extra that the engine names."""
    folder: Path | None = None
    """Wheels to install from, without the network."""
    share: bool = False
    """Use our own libraries where they are good enough, instead of installing them again."""


def install(settings: Settings, wish: Wish, say: Say) -> Environment:
    """Make an engine's environment, or make it anew; ``say`` is told each line of the installer.

    Nothing is left of one that does not come about, and the one before it stays. Raises ``SettingsError`` for a wish
    that makes no sense, ``WorkError`` when it cannot be installed or is in use.
    """
    needs = _needs(settings, wish)
    folder = settings.engines_dir / wish.engine
    with changing(settings, wish.engine), _replacing(folder):
        try:
            _make(folder, wish, needs, say, settings)
        except OSError as error:
            raise WorkError(
                f"The environment {folder} cannot be made ({error.strerror or error}): check the disk's room and "
                "permissions."
            ) from error
        record = Record(wish.engine, version(PACKAGE), tuple(needs), wish.share)
        _check_brings(Environment(folder, record))
        temporary = folder / f".{RECORD}"
        temporary.write_bytes(serial.dump(record))
        temporary.replace(folder / RECORD)
    return Environment(folder, record)


def remove(settings: Settings, engine: str) -> None:
    """Remove an engine's environment. Its voices stay. Raises ``WorkError`` when it is in use or is not there."""
    environment = environment_of(settings, engine)
    if environment is None:
        raise WorkError(
            f"The engine {engine} has no environment here: 'voxpress engines list' shows those there are."
        )
    with changing(settings, engine):
        (environment.folder / RECORD).unlink()  # from here on it is none
        shutil.rmtree(environment.folder, ignore_errors=True)


def sweep(settings: Settings) -> None:
    """Remove what installations that were killed left, and bring back what they had put aside."""
    folder = settings.engines_dir
    for place in sorted(folder.iterdir()) if folder.is_dir() else []:
        name = place.name.lstrip(".").removesuffix(OLD)
        if place.is_dir() and NAME.fullmatch(name) and not (read_environment(place) and place.name == name):
            with contextlib.suppress(WorkError), changing(settings, name):  # else it is just being made
                _settle(folder / name)


# -- what is to be installed -----------------------------------------------------------------------------


def _needs(settings: Settings, wish: Wish) -> list[str]:
    """The requirements of an environment beside Voxpress's own. Raises ``SettingsError``."""
    engine = wish.engine
    if not NAME.fullmatch(engine):
        raise SettingsError(f"“{engine}” is no name of an engine: small letters, digits, - and _ only.")
    if settings.offline and wish.folder is None and not wish.share:
        raise SettingsError(
            "--offline forbids the network, from which libraries come: name a folder of wheels with '--from DIR'."
        )
    if wish.folder is not None and not wish.folder.is_dir():
        raise SettingsError(f"{wish.folder} is no folder: '--from' names one with wheels in it.")
    if runs_here(engine, engine_context(settings)):
        raise SettingsError(f"The engine {engine} runs here already: it needs no environment of its own.")
    if wish.packages:
        return [_requirement(package) for package in wish.packages]
    if engine not in engine_names(hidden=True):
        raise SettingsError(
            f"Voxpress has no engine “{engine}” of its own: name the package that brings it with '--package'."
        )
    extra = facts_of(engine).extra
    if not extra:
        raise SettingsError(
            f"The engine {engine} needs no library of its own: nothing can be installed for it."
        )
    wanted = [str(one) for one in _ours(extra)]
    if not wanted:
        raise SettingsError(f"This Voxpress has no extra “{extra}”, which the engine {engine} needs.")
    return wanted


def _requirement(package: str) -> str:
    """As it is given to the installer: a file by its whole path. Raises ``SettingsError``."""
    path = Path(package).expanduser()
    if path.exists():
        return str(path.absolute())
    try:
        Requirement(package)
    except InvalidRequirement as error:
        raise SettingsError(
            f"“{package}” is neither a file nor the name of a package: e.g. 'voxpress-sine', 'sine.whl'."
        ) from error
    return package


def _ours(extra: str = "") -> list[Requirement]:
    """What Voxpress itself requires, or what one of its extras does, without conditions."""
    found = []
    for text in distribution(PACKAGE).requires or []:
        requirement = Requirement(text)
        marker = requirement.marker
        always = marker is None or marker.evaluate({"extra": ""})
        if always is not bool(extra) and (marker is None or marker.evaluate({"extra": extra})):
            requirement.marker = None
            found.append(requirement)
    return found


def _is_met(requirement: Requirement) -> bool:
    """Whether a requirement is met in this environment."""
    try:
        return requirement.specifier.contains(version(requirement.name), prereleases=True)
    except PackageNotFoundError:
        return False


# -- making ----------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _replacing(folder: Path) -> Iterator[None]:
    """The folder is made inside the block; what was there before comes back when that fails."""
    old = folder.with_name(f".{folder.name}{OLD}")
    folder.parent.mkdir(parents=True, exist_ok=True)
    _settle(folder)
    if folder.exists():
        folder.rename(old)
    try:
        yield
    except BaseException:
        _settle(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _settle(folder: Path) -> None:
    """What is whole stays, or comes back; what is not goes."""
    old = folder.with_name(f".{folder.name}{OLD}")
    if read_environment(folder) is None:
        shutil.rmtree(folder, ignore_errors=True)
        if read_environment(old) is not None:
            old.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def _make(folder: Path, wish: Wish, needs: Sequence[str], say: Say, settings: Settings) -> None:
    say(f"Making {folder}")
    command = _installer(folder, wish)
    venv.EnvBuilder(symlinks=True, with_pip=command is None).create(folder)
    packages = Path(sysconfig.get_path("purelib", "venv", {"base": str(folder), "platbase": str(folder)}))
    _copy_ourselves(packages)
    along = [one for extra in ALONG if all(map(_is_met, _ours(extra))) for one in _ours(extra)]
    ours = [*_ours(), *along]
    if wish.share:
        lent = dict.fromkeys(sysconfig.get_path(kind) for kind in ("purelib", "platlib"))
        (packages / "shared.pth").write_text("".join(f"{path}\n" for path in lent))
        ours = [one for one in ours if not _is_met(one)]
    if not wish.share and (lock := _lock_of(wish)):
        needs = [*needs, "--constraint", str(lock)]
    choices = ["--no-index"] if wish.folder or settings.offline else []
    if wish.folder:
        choices += ["--find-links", str(wish.folder.absolute())]
    command = command or (str(folder / "bin" / "python"), "-m", "pip", "install")
    _run([*command, *choices, *map(str, ours), *needs], wish.engine, say, settings)


def _lock_of(wish: Wish) -> Path | None:
    """The releases that an engine of ours was tried with, where this is a checkout."""
    if wish.packages:
        return None
    lock = (
        Path(pipeline.__file__ or "").parent.parent
        / "deploy"
        / "engines"
        / f"{facts_of(wish.engine).extra}.lock"
    )
    return lock if lock.is_file() else None


def _installer(folder: Path, wish: Wish) -> tuple[str, ...] | None:
    """The command that installs into an environment; None: nothing here does, so pip has to be put into it.

    uv is quicker, but does not see libraries that are shared.
    """
    python = str(folder / "bin" / "python")
    uv = shutil.which("uv")
    if uv and not wish.share:
        return uv, "pip", "install", "--python", python
    if importlib.util.find_spec("pip"):
        return sys.executable, "-P", "-m", "pip", "--python", python, "install"
    return None


def _run(command: Sequence[str], engine: str, say: Say, settings: Settings) -> None:
    """Run the installer. Raises ``WorkError``."""
    log = LogFile(settings.log_dir / f"engine-{engine}.log")
    last = ""
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=os.environ | {"PYTHONPATH": ""},
        start_new_session=True,  # it has children of its own, which end with it
        preexec_fn=die_with_parent,
    )
    assert process.stdout is not None
    try:
        for line in process.stdout:
            log.write(line.encode())
            if line.strip():
                last = last if line.startswith(("[notice]", "WARNING")) else line.strip()
                say(line.strip())
        process.wait()
    except BaseException:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise
    finally:
        process.stdout.close()
        log.close()
    if process.returncode:
        raise WorkError(
            f"The libraries of the engine {engine} could not be installed ({last[:LAST_WORDS].rstrip('.')}): "
            f"{log.path} has all that was said."
        )


def _copy_ourselves(packages: Path) -> None:
    """Put this very Voxpress into an environment: a copy of what is installed, or the way to the checkout."""
    ours = distribution(PACKAGE)
    source = Path(pipeline.__file__ or "").resolve().parent.parent
    files = [file for file in ours.files or [] if ".." not in file.parts and "__pycache__" not in file.parts]
    home = Path(str(ours.locate_file(""))).resolve()
    for file in files:
        if home == source or any(part.endswith(".dist-info") for part in file.parts):
            target = packages / file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(Path(str(ours.locate_file(file))), target)
    if home != source:
        (packages / f"{PACKAGE}.pth").write_text(f"{source}\n")


def _check_brings(environment: Environment) -> None:
    """Raise ``WorkError`` when the engine is not in its environment after all."""
    code = "import sys; from pipeline.speech.registry import facts_of; facts_of(sys.argv[1])"
    command = [str(environment.python), "-P", "-c", code, environment.engine]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": ""})
    if done.returncode:
        last = done.stderr.strip().rpartition("\n")[2].partition(": ")[2].rstrip(".")
        raise WorkError(
            f"What was installed brings no engine “{environment.engine}” ({last[:LAST_WORDS]}): name another "
            "package."
        )
