"""Readers that misbehave, and readers that tell what they can see, in a module that the sandbox can import."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from pipeline.ingest import launch
from pipeline.ingest.request import Request
from pipeline.model import SourceInfo, SourceKind
from pipeline.settings import ReadingSettings

T = TypeVar("T")

MODULE = """
import ctypes, json, os, resource, signal, socket, subprocess, sys, time
from pipeline.errors import SourceProtected
from pipeline.model import *

def book(text, uri, sha256):
    block = Block(BlockKind.PARAGRAPH, text)
    return Book(SourceInfo(SourceKind.TEXT, uri, sha256), Metadata(), (Chapter(0, "", 1, (block,)),))

def sleeps(path, settings, uri, sha256):
    (path / "asleep").touch()
    time.sleep(600)
def crashes(path, settings, uri, sha256): os.kill(os.getpid(), signal.SIGSEGV)
def is_shot(path, settings, uri, sha256): os.kill(os.getpid(), signal.SIGKILL)
def stops(path, settings, uri, sha256): os._exit(7)
def fails(path, settings, uri, sha256): raise KeyError("x")
def refuses(path, settings, uri, sha256): raise SourceProtected("It is locked.")
def eats(path, settings, uri, sha256): return len([bytearray(1 << 20) for _ in range(100_000)])
def spins(path, settings, uri, sha256):
    while True: pass
def chats(path, settings, uri, sha256):
    print("hello", flush=True); os.write(1, b"hello"); os.write(2, b"x" * 500_000)
    return book("It said hello.", uri, sha256)
def tells(path, settings, uri, sha256):
    said = {**os.environ, "cwd": os.getcwd(), "argv": " ".join(sys.argv), "password": settings.password}
    return book(" ".join(f"{k}={v}" for k, v in said.items()), uri, sha256)
def phones(path, settings, uri, sha256):
    socket.create_connection(("127.0.0.1", 9))
def starts(path, settings, uri, sha256):
    subprocess.run(["true"])
def meets(path, settings, uri, sha256):
    (path / f"{settings.password}-is-there").touch()
    while len(list(path.glob("*-is-there"))) < 2: time.sleep(0.01)
    return book(settings.password, uri, sha256)
def wakes(path, settings, uri, sha256):
    if not (path / "asleep").exists(): sleeps(path, settings, uri, sha256)
    return book("It woke up.", uri, sha256)
def looks(path, settings, uri, sha256):
    death = ctypes.c_int()
    ctypes.CDLL(None).prctl(2, ctypes.byref(death))  # PR_GET_PDEATHSIG
    here = "/proc/self/fd/"
    handles = [os.readlink(here + n).partition(":")[0] for n in os.listdir(here) if os.path.exists(here + n)]
    names = [name for name in sorted(dir(resource)) if name.startswith("RLIMIT_")]
    limits = {name: resource.getrlimit(getattr(resource, name)) for name in names}
    lines = dict(line.partition(":\\t")[::2] for line in open("/proc/self/status").read().splitlines())
    status = {name: lines[name] for name in ("NoNewPrivs", "SigBlk", "SigIgn", "SigCgt", "Threads")}
    seen = {
        "pid": os.getpid(), "group": os.getpgrp(), "session": os.getsid(0), "dies by": death.value,
        "handles": handles, "limits": limits, "status": status,
        "environment": dict(os.environ), "hash": hash("voxpress"), "cwd": os.getcwd(),
    }
    return book(json.dumps(seen), uri, sha256)
"""


@pytest.fixture
def readers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a module ``misreaders``, importable here and so in the sandbox."""
    folder = tmp_path / "readers"
    folder.mkdir()
    (folder / "misreaders.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(folder))
    return folder


@pytest.fixture(params=["forked", "new"])
def either_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways in which a reader is started, where there are two."""
    if request.param == "forked" and not launch.HAVE_ZYGOTES:
        pytest.skip("readers are forked on Linux only")
    monkeypatch.setattr(launch, "HAVE_ZYGOTES", request.param == "forked")
    return str(request.param)


def ask(path: Path, reader: str, password: str = "swordfish", **options: object) -> Request:
    """A request for one of these readers."""
    return Request(
        path=str(path),
        reader=f"misreaders:{reader}",
        settings=ReadingSettings(language="en", password=password),
        source=SourceInfo(SourceKind.TEXT, "story.txt", "0" * 64),
        title="story",
        **options,  # type: ignore[arg-type]
    )


def environment() -> dict[str, str]:
    """For a Python that is to find what this one does."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}


def until(check: Callable[[], T], seconds: float = 30) -> T:
    """What ``check`` gives as soon as it is true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := check():
            return found
        time.sleep(0.02)
    raise AssertionError("did not happen")
