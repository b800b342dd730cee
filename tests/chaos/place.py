"""Where faults are tried: a folder, a random number generator, and the books as they are undisturbed."""

from __future__ import annotations

import random
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.cluster import QUICK, Cluster, a_book, edition, equal, half_made
from tests.running import Voxpress


class NotHere(Exception):
    """This machine cannot show it; says what is missing."""


@dataclass(frozen=True)
class Fault:
    """Something that breaks, and how to break it."""

    name: str
    what: str
    """The fault, and what is done to bring it about."""
    run: Callable[[Place], str]
    """Breaks it, asserts that all is well afterwards, and says what was seen."""


FAULTS: dict[str, Fault] = {}
"""All that there are, by name, in the order of their files."""


def fault(name: str) -> Callable[[Callable[[Place], str]], Callable[[Place], str]]:
    """Register a function as a fault; what its docstring says is what is done."""

    def register(run: Callable[[Place], str]) -> Callable[[Place], str]:
        FAULTS[name] = Fault(name, " ".join((run.__doc__ or "").split()), run)
        return run

    return register


class Place:
    """One fault's own folder and chances."""

    def __init__(self, folder: Path, seed: int, name: str, undisturbed: Voxpress) -> None:
        """Whatever is left to chance follows from ``seed`` and the fault's name."""
        self.folder = folder
        self.chance = random.Random(f"{seed} {name}")
        self.title = name.title().replace("-", " ")
        self._undisturbed = undisturbed

    @contextmanager
    def cluster(self, **env: str) -> Iterator[Cluster]:
        """A broker without a worker; everything is ended with the block."""
        cluster = Cluster(self.folder / "cluster", **env)
        try:
            yield cluster
        finally:
            cluster.end()

    def book(self, **shape: int) -> Path:
        """This fault's book, after it was made undisturbed."""
        self._shape = ("--format", "mp3") if shape else ()
        book = a_book(self._undisturbed.folder, self.title, **shape)
        self._undisturbed.run("make", book, *QUICK, *self._shape, "-o", self._undisturbed.out)
        return book

    def same(self, cluster: Cluster, out: Path | None = None) -> None:
        """The book became what it is undisturbed; nothing half-made lies about, and the store is sound."""
        equal(edition(out or cluster.voxpress.out, self.title), edition(self._undisturbed.out, self.title))
        assert half_made(cluster.voxpress) == []
        cluster.sound()


@contextmanager
def small_disk(place: Path, megabytes: int) -> Iterator[None]:
    """A file system of its own at ``place``. Raises ``NotHere`` where it may not be mounted."""
    place.mkdir(parents=True, exist_ok=True)
    options = f"size={megabytes}m"
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "voxpress-chaos", place], capture_output=True, check=False
    )
    if mounted.returncode:
        raise NotHere("a file system of one's own takes root")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


@contextmanager
def filled(place: Path) -> Iterator[None]:
    """No room is left at ``place``."""
    filler = place / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(1 << 16)):
                pass
        except OSError:
            pass
    try:
        yield
    finally:
        filler.unlink()


def seconds(since: float) -> str:
    """How long that took, for people."""
    return f"{time.monotonic() - since:.0f} s"


def environment_of(**values: str) -> Mapping[str, str]:
    """Settings as a worker's environment has them."""
    return {f"VOXPRESS_{name.upper()}": value for name, value in values.items()}
