"""Reads files as the sandbox does, in processes forked from one that has all readers loaded.

A process of its own for each file, as a source is read for a user, takes a second to start; a forked one a
hundredth. It keeps the sandbox's limits and forbids what the sandbox forbids.
"""

from __future__ import annotations

import io
import json
import os
import resource
import signal
import sys
import time
import traceback
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path

from pipeline.errors import VoxpressError, from_kind
from pipeline.ingest.child import in_pieces, lock
from pipeline.ingest.finish import finish
from pipeline.ingest.kinds import INGESTERS, choose, take_sample
from pipeline.ingest.request import Bounds
from pipeline.settings import INCLUDES, ReadingSettings

SECONDS = 20
"""Of computing that reading a mutant may take; the wall clock has four times as many, for machines that are busy."""
MEMORY = 1024 << 20
"""Bytes that reading a mutant may have resident beyond what its readers take."""
GOOD = frozenset({"book", "error"})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a file."""

    name: str
    verdict: str
    """``book``, ``error`` (a typed one), ``unforeseen`` (another one), ``crash``, ``hang``, ``memory``, ``said`` (a
    message that is no sentence)."""
    kind: str = ""
    """Of the source, or the error's class."""
    detail: str = ""
    seconds: float = 0.0
    """Of computing."""
    megabytes: int = 0
    """Resident at most, beyond what the readers take."""


def load_readers() -> None:
    """Import what reading needs, so that a forked process has it."""
    for ingester in INGESTERS:
        import_module(ingester.reader.partition(":")[0])
    import py3langid
    import trafilatura  # noqa: F401

    py3langid.rank("Der Hund und die Katze waren müde.")


def outcome_of(path: Path, name: str, *, everything: bool = False) -> Outcome:
    """Read a file in a forked process; ``everything``: with all parts that are left out by default."""
    receive, send = os.pipe()
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        os.close(receive)
        try:
            _read(path, name, send, everything)
        finally:
            os._exit(0)
    os.close(send)
    with os.fdopen(receive, "rb") as answer:
        said, overdue = _wait(child, answer)
    _, status, used = os.wait4(child, 0)
    seconds, megabytes = used.ru_utime + used.ru_stime, used.ru_maxrss // 1024
    beyond = max(0, megabytes - _own_megabytes())
    if overdue or (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU) or seconds > SECONDS:
        return Outcome(name, "hang", "", f"{seconds:.0f} s", seconds, beyond)
    if not said:
        return Outcome(name, "crash", "", f"status {status}", seconds, beyond)
    verdict, kind, detail = json.loads(said)
    if beyond > MEMORY >> 20 and verdict in GOOD:
        verdict, detail = "memory", f"{beyond} MB"
    return Outcome(name, verdict, kind, detail, round(seconds, 2), beyond)


def _wait(child: int, answer: io.BufferedIOBase) -> tuple[bytes, bool]:
    import selectors

    said, end = b"", time.monotonic() + 4 * SECONDS
    with selectors.DefaultSelector() as selector:
        selector.register(answer, selectors.EVENT_READ)
        while True:
            if not selector.select(max(0.0, end - time.monotonic())):
                os.kill(child, signal.SIGKILL)
                return said, True
            piece = os.read(answer.fileno(), 65536)  # type: ignore[union-attr]
            if not piece:
                return said, False
            said += piece


def _own_megabytes() -> int:
    """Resident in this process now, which a forked one begins with."""
    pages = int(Path("/proc/self/statm").read_text().split()[1]) if sys.platform == "linux" else 0
    return pages * resource.getpagesize() >> 20


def _read(path: Path, name: str, send: int, everything: bool) -> None:
    """In the forked process: read, and write what came of it as JSON."""
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 1)
    os.dup2(null, 2)
    try:
        answer = _answer(path, name, everything)
    except VoxpressError as error:
        answer = _said(error, name)
    except MemoryError:
        answer = ("memory", "MemoryError", "beyond the bounds of the sandbox")
    except BaseException as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        place = next(
            (f for f in reversed(traceback.extract_tb(error.__traceback__)) if "/pipeline/" in f.filename),
            where,
        )
        detail = f"{type(error).__name__}: {error}"[:200] + f" ({Path(place.filename).name}:{place.lineno})"
        answer = ("unforeseen", type(error).__name__, detail)
    os.write(send, json.dumps(answer).encode()[:60_000])
    os.close(send)


def _answer(path: Path, name: str, everything: bool) -> tuple[str, str, str]:
    lock(Bounds(seconds=SECONDS, cpu_seconds=SECONDS))
    settings = (
        ReadingSettings(include=INCLUDES, notes="inline", image_descriptions=True)
        if everything
        else ReadingSettings()
    )
    with path.open("rb") as stream:
        ingester, doubt = choose(take_sample(stream, path.suffix, path.stat().st_size), name)
    module, _, function = ingester.reader.partition(":")
    hints = {"charset": ""} if ingester.charset else {}
    book = getattr(import_module(module), function)(path, settings, name, "0" * 64, **hints)
    book = finish(book, settings, path.stem, (doubt,) if doubt else ())
    for _ in in_pieces(book):
        pass
    return ("book", book.source.kind.value, "")


def _said(error: VoxpressError, name: str) -> tuple[str, str, str]:
    """An error is good if it is one sentence and crosses to another process as what it is."""
    text = str(error)
    whole = text.endswith(".") and "\n" not in text and type(from_kind(error.kind, text)) is type(error)
    return ("error" if whole else "said", error.kind, text[:300])


def as_line(outcome: Outcome) -> str:
    """One line of JSON."""
    return json.dumps(asdict(outcome))


__all__ = ["GOOD", "Outcome", "as_line", "load_readers", "outcome_of"]
