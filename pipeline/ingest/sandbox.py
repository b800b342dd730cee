"""Reading an untrusted file in a process of its own, under limits of memory, time and rights.

The process is ``pipeline.ingest.child``. It is killed with its whole process group when it takes too long,
and when this process dies.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import selectors
import signal
import subprocess
import sys
import time

from pydantic import ValidationError

from pipeline.errors import SourceBroken, SourceTooLarge, VoxpressError, from_kind
from pipeline.ingest.request import Entries, Request, Survey
from pipeline.limits import INGEST_ANSWER_BYTES
from pipeline.model import Book
from pipeline.serial import dump, load

log = logging.getLogger(__name__)

_KEPT_ERRORS = 8192
"""Bytes of the child's standard error that are kept for the log."""
_READ_BYTES = 1 << 20


def read_in_sandbox(request: Request) -> Book:
    """Read one file as a book. Raises what the reader raised; ``SourceTooLarge`` when a limit was hit;
    ``SourceBroken`` when the reader crashed."""
    try:
        return load(Book, _run(request))
    except ValidationError as error:
        raise SourceBroken(
            f"{request.source.uri} could not be read: its reader gave an answer that is no book."
        ) from error


def survey_in_sandbox(request: Request) -> Survey:
    """What one file needs to be whole (``request.survey`` is set). Raises as ``read_in_sandbox``."""
    return load(Survey, _run(request))


def entries_in_sandbox(request: Request) -> Entries:
    """What a feed lists (``request.survey`` is set, its reader ``feed_entries``). Raises as ``read_in_sandbox``."""
    return load(Entries, _run(request))


def _run(request: Request) -> bytes:
    child = _start()
    try:
        assert child.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # its exit status says more
            child.stdin.write(dump(request) + b"\n")
            child.stdin.flush()
        answer, errors = _listen(child, request)
        child.wait()
    finally:
        _end(child)
    if errors:
        log.debug("Reading %s: %s", request.source.uri, errors.decode(errors="replace"))
    return _understand(answer, child.returncode, request)


def _start() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "pipeline.ingest.child", str(os.getpid())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=_environment(),
        cwd="/",
        start_new_session=True,
    )


def _environment() -> dict[str, str]:
    """Nothing of the user's but what Python needs to start and to find the same modules as here."""
    kept = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR")
    return {name: os.environ[name] for name in kept if name in os.environ} | {
        "PYTHONPATH": os.pathsep.join(os.path.abspath(entry) for entry in sys.path if entry),
        "PYTHONUTF8": "1",
        "PYTHONHASHSEED": "0",  # the same source gives the same book
        "LC_ALL": "C.UTF-8",
        # Each thread of a numeric library reserves address space, of which there is little.
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }


def _listen(child: subprocess.Popen[bytes], request: Request) -> tuple[bytearray, bytearray]:
    """Everything the child writes until it closes its ends: the answer, and the last of its complaints."""
    assert child.stdout is not None
    assert child.stderr is not None
    name, bounds = request.source.uri, request.bounds
    answer, errors = bytearray(), bytearray()
    deadline = time.monotonic() + bounds.seconds
    with selectors.DefaultSelector() as selector:
        selector.register(child.stdout, selectors.EVENT_READ, answer)
        selector.register(child.stderr, selectors.EVENT_READ, errors)
        while selector.get_map():
            left = deadline - time.monotonic()
            if left <= 0:
                raise SourceTooLarge(f"{name} could not be read within {bounds.seconds:g} s: split it first.")
            for key, _ in selector.select(left):
                data = os.read(key.fd, _READ_BYTES)
                if not data:
                    selector.unregister(key.fileobj)
                key.data.extend(data)
            del errors[:-_KEPT_ERRORS]
            if len(answer) > INGEST_ANSWER_BYTES:
                raise SourceTooLarge(
                    f"{name} makes a book of more than {INGEST_ANSWER_BYTES >> 20} MB: split it first."
                )
    return answer, errors


def _end(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
    for stream in (child.stdin, child.stdout, child.stderr):
        if stream is not None:
            with contextlib.suppress(BrokenPipeError):
                stream.close()


def _understand(answer: bytearray, status: int, request: Request) -> bytes:
    name, bounds = request.source.uri, request.bounds
    if status == -signal.SIGXCPU:
        raise SourceTooLarge(
            f"{name} takes more than {bounds.cpu_seconds} s of computing to read: split it first."
        )
    if status == -signal.SIGKILL:
        raise SourceTooLarge(
            f"{name} could not be read in the memory there is: split it, or free some memory."
        )
    if status != 0:
        raise SourceBroken(f"{name} could not be read: it makes its reader crash, so it is probably damaged.")
    head, _, payload = bytes(answer).partition(b"\n")
    if head == b"error":
        raise _error(payload)
    return payload


def _error(payload: bytes) -> VoxpressError:
    said = json.loads(payload)
    return from_kind(str(said["kind"]), str(said["message"]))
