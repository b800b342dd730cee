"""What is written where: results on stdout, words for a person on stderr, one JSON object for machines."""

from __future__ import annotations

import contextlib
import json
import signal
import sys
import traceback
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from enum import IntEnum
from functools import wraps
from typing import Any, NoReturn

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipeline.errors import SettingsError, VoxpressError, WorkError
from storage.rows import ProductionState


class Exit(IntEnum):
    """The command's exit codes (docs/exit-codes.md; a test compares)."""

    DONE = 0
    """Done."""
    FAILED = 1
    """Something failed; stderr says what."""
    USAGE = 2
    """The command line or a setting is wrong; nothing was begun."""
    DOUBTS = 3
    """Done, but words are in doubt; the report names them."""
    INTERRUPTED = 130
    """Stopped by Ctrl-C; the same command continues."""


ENDLESS = 10_000
"""Columns: more than any line has."""
err = Console(stderr=True, highlight=False, soft_wrap=True)
out = Console(highlight=False, soft_wrap=True)


def say(message: str) -> None:
    """A line for the person at the keyboard."""
    err.print(message, markup=False)


def write_table(rows: Iterable[Sequence[str]], head: Sequence[str] = (), right: Collection[str] = ()) -> None:
    """A table on stdout, the columns named in ``right`` aligned there. Cells are data: no mark-up in them."""
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=bool(head))
    lines = [tuple(map(Text, row)) for row in rows]
    for name in head or [""] * max(map(len, lines), default=0):
        table.add_column(name, justify="right" if name in right else "left", overflow="fold")
    for line in lines:
        table.add_row(*line)
    # In a file or a pipe no line is broken.
    console = out if out.is_terminal else Console(highlight=False, width=ENDLESS)
    console.print(table)


def write_facts(facts: Mapping[str, Any]) -> None:
    """Names and what is known of them, one a line, on stdout; what is empty is left out."""
    width = max(map(len, facts), default=0) + 1
    for name, value in facts.items():
        said = ", ".join(value) if isinstance(value, list) else value
        said = ("yes" if value else "no") if isinstance(value, bool) else said
        if said:
            out.print(f"{name + ':':<{width}} {said}", markup=False)


def write_json(value: Mapping[str, Any] | list[Any]) -> None:
    """The one JSON object that ``--json`` promises on stdout."""
    json.dump(value, sys.stdout, ensure_ascii=False, indent=2, default=str)
    sys.stdout.write("\n")


def fail(error: VoxpressError, *, as_json: bool = False) -> NoReturn:
    """Say what went wrong in one sentence and end with the exit code that belongs to it."""
    if as_json:
        write_json({"error": {"kind": error.kind, "message": str(error)}})
    err.print(f"voxpress: {error}", markup=False, style="red")
    raise SystemExit(Exit.USAGE if isinstance(error, SettingsError) else Exit.FAILED)


def interrupted(message: str) -> NoReturn:
    """Say that all was stopped, and end; pressing Ctrl-C again changes nothing any more."""
    with contextlib.suppress(ValueError):  # not in the main thread
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    say(message)
    raise SystemExit(Exit.INTERRUPTED) from None


def exit_code(states: Iterable[ProductionState]) -> Exit:
    """The worst of how productions ended."""
    ended = set(states)
    if ended & {ProductionState.FAILED, ProductionState.CANCELLED}:
        return Exit.FAILED
    if ProductionState.DONE_WITH_DOUBTS in ended:
        return Exit.DOUBTS
    return Exit.DONE if ended <= {ProductionState.DONE} else Exit.FAILED


def reports_errors(command: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator of every command: an error becomes one sentence and an exit code, never a traceback."""

    @wraps(command)
    def run(*arguments: Any, **options: Any) -> Any:
        try:
            return command(*arguments, **options)
        except VoxpressError as error:
            fail(error, as_json=bool(options.get("as_json")))
        except KeyboardInterrupt:
            interrupted("Stopped.")
        except BrokenPipeError:
            sys.stderr.close()
            raise SystemExit(Exit.DONE) from None
        except (typer.Exit, typer.Abort, typer.BadParameter):
            raise
        except Exception as error:
            fail(_explained(error), as_json=bool(options.get("as_json")))

    return run


def _explained(error: Exception) -> WorkError:
    """What nobody foresaw, as a sentence; the log gets the rest."""
    if isinstance(error, OSError) and error.strerror:
        where = f" ({error.filename})" if error.filename else ""
        return WorkError(f"{error.strerror}{where}: mend that, then run the same command again.")
    what = " ".join(str(error).split()).rstrip(".") or "without a word"
    return WorkError(
        f"Unexpected {type(error).__name__} ({what}): what was made so far is kept, and the details are in "
        f"{_logged()}."
    )


def _logged() -> str:
    """Write the exception that is being handled to the command's log; return where that is."""
    from storage.settings import load_settings
    from workers.logfile import LogFile

    details = traceback.format_exc()
    try:
        settings = load_settings().settings
        if settings.log_level == "debug":
            sys.stderr.write(details)
        path = settings.prepare().log_dir / "command.log"
        log = LogFile(path)
        log.write(f"{datetime.now(UTC).isoformat(timespec='seconds')} {sys.argv[1:]}\n{details}\n".encode())
        log.close()
    except (VoxpressError, OSError):
        sys.stderr.write(details)  # where else?
        return "the lines above"
    return str(path)


def clock(seconds: float) -> str:
    """``1:02:03`` or ``2:03``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
