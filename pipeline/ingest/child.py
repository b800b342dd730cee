"""The sandbox's inside: reads one untrusted file and answers with a book, or with an error.

    python -m pipeline.ingest.child PARENT_PID

Standard input: one line, a ``Request`` as JSON, and then nothing until the parent is gone. Standard output:
the line ``book`` and a ``Book`` as JSON, or the line ``survey`` and a ``Survey``, or the line ``error`` and
``{"kind", "message"}``. It writes no file, opens no connection and starts no process. ``pipeline.ingest.launch``
starts it, or has it forked from a process that has imported all of this (``pipeline.ingest.zygote``).
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import resource
import sys
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

from pipeline.errors import SourceBroken, SourceTooLarge, VoxpressError
from pipeline.ingest.request import Bounds, Request
from pipeline.limits import INGEST_FILE_BYTES, INGEST_OPEN_FILES
from pipeline.model import Book, Chapter
from pipeline.serial import dump, load, prepare

_REFUSED_EVENTS = frozenset(
    {
        "os.exec",
        "os.fork",
        "os.forkpty",
        "os.posix_spawn",
        "os.system",
        "pty.spawn",
        "socket.bind",
        "socket.connect",
        "socket.getaddrinfo",
        "socket.gethostbyaddr",
        "socket.gethostbyname",
        "socket.sendmsg",
        "socket.sendto",
        "subprocess.Popen",
    }
)
_LATE: Mapping[str, str] = {
    "pipeline.ingest.web": "trafilatura",
    "pipeline.ingest.web_gathered": "trafilatura",
}
"""Libraries that a reader imports when it comes to need them, as it nearly always does, and that take long."""
_NO_CHAPTERS = b'"chapters":[]'
"""Where they stand in a book's JSON; inside a string its quotation marks would be escaped."""
_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_SIGKILL = 9


def main() -> None:
    """Be a reader that nothing was prepared for."""
    die_with_parent(int(sys.argv[1]))
    read_one()


def make_ready(reader: str, *, survey: bool) -> None:
    """Import and build what ``read_one`` will need for ``reader``. Opens no source.

    Only for readers of our own: what the modules of others do when they are imported is to happen in the sandbox.
    """
    module = reader.partition(":")[0]
    if not module.startswith("pipeline.ingest."):
        return
    import_module(module)
    if module in _LATE:
        import_module(_LATE[module])
    prepare(Request)
    if not survey:
        import_module("pipeline.ingest.finish")
        prepare(Book, Chapter)


def read_one() -> NoReturn:
    """Read the request, lock the doors, read the book, answer, end. Standard input and output are as above."""
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not end up in the answer
    request = load(Request, sys.stdin.buffer.readline())
    if request.watch_input:
        die_with_input()
    lock(request.bounds)
    kind, pieces = _answer(request)
    answer.write(kind + b"\n")
    answer.writelines(pieces)
    answer.flush()
    os._exit(0)  # nothing to tidy up; saves freeing a big tree


def _answer(request: Request) -> tuple[bytes, Iterable[bytes]]:
    try:
        if request.survey:
            return b"survey", [dump(_call(request))]
        return b"book", list(in_pieces(_read(request)))
    except VoxpressError as error:
        failure = error
    except MemoryError:
        gibibytes = request.bounds.memory / 1024**3
        failure = SourceTooLarge(
            f"{request.source.uri} needs more than {gibibytes:g} GB of memory to be read: split it first."
        )
    except Exception as error:  # libraries meet a damaged file with whatever comes
        traceback.print_exc()
        failure = SourceBroken(
            f"{request.source.uri} could not be read, it seems to be damaged ({type(error).__name__})."
        )
    gc.collect()
    return b"error", [json.dumps({"kind": failure.kind, "message": str(failure)}).encode()]


def in_pieces(book: Book) -> Iterator[bytes]:
    """The book as JSON, a chapter at a time: the whole at once takes memory several times over."""
    before, chapters, after = dump(replace(book, chapters=())).partition(_NO_CHAPTERS)
    yield before + chapters[:-1]
    for number, chapter in enumerate(book.chapters):
        yield b"," * bool(number) + dump(chapter)
    yield chapters[-1:] + after


def _read(request: Request) -> Book:
    from pipeline.ingest.finish import finish

    return finish(_call(request), request.settings, request.title, request.doubts)


def _call(request: Request) -> Any:
    module, _, function = request.reader.partition(":")
    read: Callable[..., Any] = getattr(import_module(module), function)
    hints = {} if request.charset is None else {"charset": request.charset}
    source = request.source
    return read(Path(request.path), request.settings, source.uri, source.sha256, **hints)


def die_with_parent(parent: int) -> None:
    """Have the kernel kill this process when the parent dies, however that happens (Linux only)."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it died before the line above
        os._exit(1)


def die_with_input() -> None:
    """The same where the kernel does not help: the parent holds our standard input open while it lives."""

    def wait() -> None:
        while os.read(0, 4096):
            pass
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def lock(bounds: Bounds) -> None:
    """Set the limits, as far as this platform has them, and forbid network and processes."""
    wanted = {
        "RLIMIT_AS": bounds.memory,
        "RLIMIT_CPU": bounds.cpu_seconds,
        "RLIMIT_FSIZE": INGEST_FILE_BYTES,
        "RLIMIT_NOFILE": INGEST_OPEN_FILES,
        "RLIMIT_CORE": 0,
    }
    for name, value in wanted.items():
        which = getattr(resource, name, None)
        if which is None:
            continue
        _, hard = resource.getrlimit(which)
        value = value if hard == resource.RLIM_INFINITY else max(0, min(value, hard - 5))
        # The soft CPU limit ends in SIGXCPU, which the parent can tell from a kill for want of memory.
        with suppress(ValueError, OSError):  # macOS knows RLIMIT_AS but refuses to set it
            resource.setrlimit(which, (value, value + 5 if name == "RLIMIT_CPU" else value))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    sys.addaudithook(_refuse)


def _refuse(event: str, _arguments: object) -> None:
    if event in _REFUSED_EVENTS:
        raise PermissionError(f"{event} is not allowed while an untrusted file is read")


if __name__ == "__main__":
    main()
