"""ffmpeg as a child process: found, fed, read, and never left behind."""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import IO, cast

import numpy as np

from pipeline.errors import AudioError, EncoderKilled
from pipeline.model import Pcm

OLDEST = 5
"""Major version of ffmpeg that is known to do all that is asked of it."""
ENCODERS = ("aac", "libmp3lame", "libopus")
"""What an ffmpeg must be able to encode to be of use."""
PROTOCOLS = ("-protocol_whitelist", "file,pipe")
"""Stands before every ``-i``: what is read can name nothing but local files (playlists name others)."""

_COMMON = ("-nostdin", "-hide_banner", "-v", "error", "-y")
_STDERR_TAIL = 600
"""Characters of ffmpeg's own words that go into an error."""
_PIPE_BYTES = 1 << 20
"""Asked of the kernel: fewer switches between the processes than with the usual 64 KiB."""
_READ_BYTES = 1 << 18
_PR_SET_PDEATHSIG = 1
"""From Linux' prctl(2)."""


def find_ffmpeg() -> Path:
    """The ffmpeg to use: ``VOXPRESS_FFMPEG``, else a good one on the ``PATH``, else imageio-ffmpeg's.

    Raises ``AudioError`` when there is none, or when the one named by the environment does not do.
    """
    return _find(os.environ.get("VOXPRESS_FFMPEG", ""), os.environ.get("PATH", ""))


@lru_cache(maxsize=8)
def _find(named: str, search: str) -> Path:
    if named:
        missing = _missing(Path(named))
        if missing:
            raise AudioError(
                f"The ffmpeg named by VOXPRESS_FFMPEG ({named}) cannot be used because {missing}: "
                "name another, or unset the variable."
            )
        return Path(named)
    on_path = shutil.which("ffmpeg", path=search)
    if on_path and not _missing(Path(on_path)):
        return Path(on_path)
    import imageio_ffmpeg

    try:
        return Path(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError as error:
        raise AudioError(
            "No usable ffmpeg was found: install ffmpeg 5 or later, or name one in VOXPRESS_FFMPEG."
        ) from error


def _missing(path: Path) -> str:
    """Why ``path`` cannot be used; empty when it can."""
    try:
        version = ffmpeg_version(path)
        listing = _ask(path, "-encoders")
    except AudioError:
        return "it does not run, or does not answer as ffmpeg does"
    major = re.match(r"n?(\d+)\.", version)  # builds of a day, N-12345-g..., are newer than any release
    if major and int(major[1]) < OLDEST:
        return f"its version is {version}, and {OLDEST} is the oldest that will do"
    names = set(re.findall(r"^ A\S+\s+(\S+)", listing, re.MULTILINE))
    lacking = [name for name in ENCODERS if name not in names]
    return f"it was built without the encoder {', '.join(lacking)}" if lacking else ""


@lru_cache(maxsize=8)
def ffmpeg_version(path: Path) -> str:
    """The version that an ffmpeg gives itself, such as ``7.1.1`` or ``n9.0.2-17-g2a57``."""
    found = re.search(r"ffmpeg version (\S+)", _ask(path, "-version"))
    if not found:
        raise AudioError(f"{path} does not answer as ffmpeg does: name another in VOXPRESS_FFMPEG.")
    return found[1]


def _ask(path: Path, question: str) -> str:
    try:
        answer = subprocess.run(
            [path, "-hide_banner", question],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=60,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise AudioError(f"{path} does not run: name another ffmpeg in VOXPRESS_FFMPEG.") from error
    return answer.stdout.decode("utf-8", "replace")


def local(path: Path) -> str:
    """``path`` as ffmpeg must be given it: never taken for an option or for an address."""
    return f"file:{path}"


def run_ffmpeg(arguments: Sequence[str], what: str) -> None:
    """Run ffmpeg to its end. ``what`` says in an error what was attempted: "muxing Title.m4b".

    Raises ``AudioError`` with the end of what ffmpeg said.
    """
    with _child(arguments, what, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL):
        pass


def feed_ffmpeg(arguments: Sequence[str], blocks: Iterable[Pcm], what: str) -> None:
    """Run ffmpeg on 16-bit little-endian samples that it reads from ``pipe:0``.

    An exception raised by ``blocks`` ends the child at once and comes through; what it had written is
    incomplete. Raises ``AudioError`` when ffmpeg fails.
    """
    with _child(arguments, what, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as child:
        pipe = cast("IO[bytes]", child.stdin)
        _widen(pipe)
        try:
            for block in blocks:
                pipe.write(np.ascontiguousarray(block, "<i2").data)
            pipe.close()
        except BrokenPipeError:
            # ffmpeg went first: its exit status and its words say why, and are looked at by _child.
            child.wait()
            if child.returncode == 0:
                raise AudioError(f"ffmpeg stopped reading while {what}.") from None


def read_ffmpeg(arguments: Sequence[str], what: str) -> Iterator[bytes]:
    """Yield what ffmpeg writes to ``pipe:1``, in blocks. Closing the generator ends the child.

    Raises ``AudioError`` when ffmpeg fails.
    """
    with _child(arguments, what, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as child:
        pipe = cast("IO[bytes]", child.stdout)
        _widen(pipe)
        while block := pipe.read(_READ_BYTES):
            yield block


def decode(
    path: Path, rate: int, *, formats: Sequence[str] = (), seconds: float = 0.0, filters: Sequence[str] = ()
) -> Iterator[Pcm]:
    """Yield any audio file's samples as mono 16-bit PCM at ``rate`` Hz, in blocks.

    With ``formats`` only files of these kinds, by ffmpeg's names, are read; with ``seconds`` no more than so much of
    it; ``filters`` are ffmpeg's, in order. Raises ``AudioError`` when ffmpeg cannot read it.
    """
    arguments = ["-format_whitelist", ",".join(formats)] if formats else []
    arguments += [*PROTOCOLS, "-i", local(path), "-map", "0:a:0", "-ac", "1", "-ar", str(rate)]
    arguments += ["-af", ",".join(filters)] if filters else []
    arguments += ["-t", f"{seconds:g}"] if seconds else []
    arguments += ["-c:a", "pcm_s16le", "-f", "s16le", "pipe:1"]
    rest = b""
    for block in read_ffmpeg(arguments, f"reading {path.name}"):
        data = rest + block
        whole = len(data) & ~1
        rest = data[whole:]
        if whole:
            yield np.frombuffer(data, "<i2", whole // 2)


@contextmanager
def _child(arguments: Sequence[str], what: str, stdin: int, stdout: int) -> Iterator[subprocess.Popen[bytes]]:
    """A running ffmpeg: waited for when the body ends, killed when the body raises."""
    # Errors go to a file, not to a pipe: nobody has to read them while the samples flow.
    with tempfile.TemporaryFile() as words:
        command = [str(find_ffmpeg()), *_COMMON, *arguments]
        try:
            # One that is fed ends with our end of its pipe, however that is closed; without anything to do between
            # fork and exec, the many pages of a worker are not copied.
            prepare = None if stdin == subprocess.PIPE else _die_with_parent()
            child = subprocess.Popen(command, stdin=stdin, stdout=stdout, stderr=words, preexec_fn=prepare)
        except OSError as error:
            raise AudioError(f"ffmpeg could not be started while {what}: {error.strerror}.") from error
        with child:
            try:
                yield child
                child.wait()
            except BaseException:
                child.kill()
                # What is still in the buffer for a dead child cannot be written.
                with suppress(BrokenPipeError):
                    if child.stdin:
                        child.stdin.close()
                raise
        if child.returncode != 0:
            kind = EncoderKilled if child.returncode < 0 else AudioError
            raise kind(f"ffmpeg failed while {what}: {_tail(words, child.returncode)}")


def _tail(words: IO[bytes], status: int) -> str:
    words.seek(0, os.SEEK_END)
    words.seek(max(0, words.tell() - 4 * _STDERR_TAIL))
    text = words.read().decode("utf-8", "replace").strip()[-_STDERR_TAIL:]
    ended = f"it was ended by signal {-status}" if status < 0 else f"exit status {status}"
    return (" ".join(text.split()).rstrip(".") or ended) + "."


def _widen(pipe: IO[bytes]) -> None:
    if sys.platform == "linux":
        import fcntl

        with suppress(OSError):  # beyond the user's share of pipe memory: it works with a small one too
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)


def _die_with_parent() -> Callable[[], None] | None:
    """What the child does before it becomes ffmpeg: ask Linux to be killed when its parent dies.

    Elsewhere the end of file on its standard input ends a child that is being fed.
    """
    if sys.platform != "linux":
        return None
    libc = _libc()
    parent = os.getpid()

    def prepare() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died before the request was made
            os._exit(1)

    return prepare


@lru_cache(maxsize=1)
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None)
