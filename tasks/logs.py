"""What every process writes to its log: a line for people, or a JSON object on a line for machines.

Each line says which production, chapter and stage it is about, where that is known: whoever works on one says
so once (``about``), and all that is logged meanwhile carries it, also what libraries say.
"""

from __future__ import annotations

import json
import logging
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO

from storage.addresses import shown

OURS = ("pipeline", "storage", "tasks", "workers", "cli")
"""The loggers of our own packages."""
FORMATS = ("text", "json")
_NOT_WRITTEN = str.maketrans(dict.fromkeys((*range(32), 127, 0x85, 0x2028, 0x2029), " "))
"""What would begin a new line, or speak to a terminal: a title comes from a stranger's file."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a line is about."""

    production: str = ""
    """Its id; empty where it is about no production."""
    stage: str = ""
    chapter: int | None = None
    """Its index, from 0, as the catalog has it; people are shown one more."""


_NOTHING = Subject()
_subject: ContextVar[Subject] = ContextVar("voxpress_subject", default=_NOTHING)
_who = "voxpress"


@contextmanager
def about(production: str, stage: str = "", chapter: int | None = None) -> Iterator[None]:
    """What is logged inside is about that production, stage and chapter (an index, from 0)."""
    token = _subject.set(Subject(production, stage, chapter))
    try:
        yield
    finally:
        _subject.reset(token)


def subject_of(record: logging.LogRecord) -> Subject:
    """What a record is about: as it says itself (``extra={"production": ...}``), else what is worked on."""
    now = _subject.get()
    production = getattr(record, "production", None) or now.production
    stage, chapter = getattr(record, "stage", None), getattr(record, "chapter", None)
    if production == now.production:
        stage, chapter = stage or now.stage, now.chapter if chapter is None else chapter
    return Subject(production, stage or "", chapter)


def who() -> str:
    """The name of this process as its log says it: ``cpu-espeak-1@studio``."""
    return _who


def set_up(
    name: str, level: str = "warning", style: str = "text", stream: IO[str] | None = None
) -> logging.Handler:
    """Let everything that this process logs go to ``stream`` (standard error), from ``level`` on.

    ``name`` says which process it is, ``style`` is one of ``FORMATS``. What our own packages say on the level
    of ``info`` reaches other handlers (``tasks.journal``) at any ``level``. Returns the handler.
    """
    global _who
    _who = name.replace("%h", socket.gethostname())
    handler = logging.StreamHandler(stream or sys.stderr)
    wanted = logging.getLevelNamesMapping()[level.upper()]
    handler.setLevel(wanted)
    handler.setFormatter(JsonLines() if style == "json" else TextLines())
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(min(wanted, logging.WARNING))
    for package in OURS:
        logging.getLogger(package).setLevel(min(wanted, logging.INFO))
    # Which database it found, at each start of each process, is for those who look for a fault.
    logging.getLogger("alembic").setLevel(logging.NOTSET if wanted < logging.INFO else logging.WARNING)
    return handler


class TextLines(logging.Formatter):
    """``2026-11-21T09:12:01Z warning worker-1@studio 3f0c52e1a9d7 speak chapter 2: ...``."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, and below it the traceback where there is one."""
        about = subject_of(record)
        words = [_moment(record, "seconds"), record.levelname.lower(), _who]
        words += [word for word in (about.production, about.stage) if word]
        words += [f"chapter {about.chapter + 1}"] if about.chapter is not None else []
        line = f"{' '.join(words)}: {message_of(record)}"
        return f"{line}\n{details}" if (details := _details(self, record)) else line


class JsonLines(logging.Formatter):
    """An object on a line: ``time``, ``level``, ``logger``, ``message``, ``worker``, ``host``, ``pid``, and where
    they are known ``production``, ``stage``, ``chapter`` (from 1) and ``details`` (a traceback)."""

    def format(self, record: logging.LogRecord) -> str:
        """The object, without what is not known."""
        about = subject_of(record)
        values = {
            "time": _moment(record, "milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": message_of(record),
            "production": about.production,
            "stage": about.stage,
            "chapter": None if about.chapter is None else about.chapter + 1,
            "worker": _who,
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "details": _details(self, record),
        }
        known = {key: value for key, value in values.items() if value not in ("", None)}
        return json.dumps(known, ensure_ascii=False)


def message_of(record: logging.LogRecord) -> str:
    """What a record says, on one line and without the passwords of addresses."""
    try:
        said = record.getMessage()
    except Exception:  # a library's mistake shall not cost the line
        said = f"{record.msg} {record.args}"
    return shown(said).translate(_NOT_WRITTEN)


def _details(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    """The traceback of a record, if it has one."""
    return shown(formatter.formatException(record.exc_info)) if record.exc_info else ""


def _moment(record: logging.LogRecord, precision: str) -> str:
    at = datetime.fromtimestamp(record.created or time.time(), UTC)
    return at.isoformat(timespec=precision).replace("+00:00", "Z")
