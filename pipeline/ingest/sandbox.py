"""Reading an untrusted file in a process of its own, under limits of memory, time and rights.

The process is ``pipeline.ingest.child``, which ``pipeline.ingest.launch`` starts. It is killed with its whole process
group when it takes too long, and when this process dies.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import selectors
import signal
import time

from pydantic import ValidationError

from pipeline.errors import SourceBroken, SourceTooLarge, VoxpressError, from_kind
from pipeline.ingest.launch import Reader, ZygoteLost, fork_reader, start_reader
from pipeline.ingest.request import Entries, Request, Survey
from pipeline.limits import INGEST_ANSWER_BYTES
from pipeline.model import Book
from pipeline.serial import dump, load

log = logging.getLogger(__name__)

_KEPT_ERRORS = 8192
"""Bytes of the child's standard error that are kept for the log."""
_READ_BYTES = 1 << 20
_ENDING_SECONDS = 30.0
"""In which a reader is gone that has closed its ends: freeing much memory takes a moment."""


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
    try:
        with fork_reader(request.reader, survey=request.survey) as reader:
            answer, status = _ask(reader, request)
    except ZygoteLost:
        with start_reader() as reader:
            answer, status = _ask(reader, request)
    return _understand(answer, status, request)


def _ask(reader: Reader, request: Request) -> tuple[bytearray, int]:
    """What a reader answers, and its exit status. Raises ``SourceTooLarge``, ``ZygoteLost``."""
    with contextlib.suppress(BrokenPipeError):  # its exit status says more
        reader.request.write(dump(request) + b"\n")
        reader.request.flush()
    answer, errors = _listen(reader, request)
    try:
        status = reader.wait(_ENDING_SECONDS)
    except TimeoutError as error:
        raise _late(request) from error
    if errors:
        log.debug("Reading %s: %s", request.source.uri, errors.decode(errors="replace"))
    return answer, status


def _listen(reader: Reader, request: Request) -> tuple[bytearray, bytearray]:
    """Everything the reader writes until it closes its ends: the answer, and the last of its complaints."""
    answer, errors = bytearray(), bytearray()
    deadline = time.monotonic() + request.bounds.seconds
    with selectors.DefaultSelector() as selector:
        selector.register(reader.answer, selectors.EVENT_READ, answer)
        selector.register(reader.complaints, selectors.EVENT_READ, errors)
        while selector.get_map():
            left = deadline - time.monotonic()
            if left <= 0:
                raise _late(request)
            for key, _ in selector.select(left):
                data = os.read(key.fd, _READ_BYTES)
                if not data:
                    selector.unregister(key.fileobj)
                key.data.extend(data)
            del errors[:-_KEPT_ERRORS]
            if len(answer) > INGEST_ANSWER_BYTES:
                raise SourceTooLarge(
                    f"{request.source.uri} makes a book of more than {INGEST_ANSWER_BYTES >> 20} MB: split it first."
                )
    return answer, errors


def _late(request: Request) -> SourceTooLarge:
    name, seconds = request.source.uri, request.bounds.seconds
    return SourceTooLarge(f"{name} could not be read within {seconds:g} s: split it first.")


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
