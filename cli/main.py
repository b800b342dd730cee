"""The ``voxpress`` command: its tree of commands.

What a command needs is imported when it is called: together that takes seconds, and ``--help`` needs none of it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, MutableMapping
from importlib import import_module
from typing import Annotated, Any, NamedTuple

import typer
import typer.main
from typer.core import TyperGroup

INTERRUPTED = 130


class Entry(NamedTuple):
    """A command that was not imported yet."""

    module: str
    name: str
    """Of the function, or of the group's ``typer.Typer``."""
    summary: str
    """The first sentence of its help (a test compares)."""


COMMANDS = {
    "make": Entry("cli.making", "make", "Make audiobooks of SOURCES."),
    "submit": Entry(
        "cli.submitting",
        "submit_command",
        "Leave SOURCES to the workers of the shared broker.",
    ),
    "inspect": Entry("cli.inspecting", "inspect", "Show SOURCE as it will be read."),
    "align": Entry("cli.aligning", "align", "Time each word of a recording."),
    "feed": Entry("cli.feeds", "app", "Publish podcasts made of articles."),
    "note": Entry("cli.noting", "note", "Make episodes of notes and voice memos."),
    "lexicon": Entry("cli.lexicons", "app", "Check lexicons, and bring in those of others."),
    "speakable": Entry("cli.speaking", "speakable", "Show how TEXT is spoken."),
    "jobs": Entry("cli.jobs", "jobs", "List productions, the newest first."),
    "status": Entry("cli.jobs", "status", "Show how far a production is."),
    "follow": Entry("cli.jobs", "follow", "Watch a production until it ends."),
    "retry": Entry("cli.jobs", "retry", "Continue a production that failed, was cancelled or was stopped."),
    "review": Entry("cli.reviewing", "review", "Go through what is in doubt."),
    "cancel": Entry("cli.jobs", "cancel", "Stop a production."),
    "logs": Entry("cli.monitoring", "logs", "Show what happened to a production, on whatever host."),
    "worker": Entry("cli.serving", "worker", "Work for the shared broker until told to stop."),
    "up": Entry("cli.serving", "up", "Run the studio here: broker, worker, drop folders, Flower."),
    "watch": Entry("cli.watching", "watch", "Make audiobooks of what is put into drop folders."),
    "intake": Entry("cli.watching", "intake", "List what was found in drop folders, and what became of it."),
    "exporter": Entry("cli.monitoring", "exporter", "Show numbers about the studio to Prometheus."),
    "voices": Entry("cli.voices", "app", "List, show, pull and try voices."),
    "engines": Entry("cli.engines", "app", "List engines, and install those that need it."),
    "bench-voice": Entry("cli.benching", "bench_voice", "Measure how fast VOICE speaks here."),
    "storage": Entry("cli.storing", "app", "Check the stored pieces, and remove what nobody needs."),
    "models": Entry("cli.models", "app", "List, show, pull and remove models for speech recognition."),
    "backup": Entry("cli.backups", "backup", "Write catalog and voices into FILE."),
    "restore": Entry("cli.backups", "restore", "Bring catalog and voices back from FILE."),
    "doctor": Entry("cli.doctor", "doctor", "Look at everything Voxpress needs here."),
}


class _Commands(MutableMapping[str, Any]):
    """The commands by name, each imported when it is asked for."""

    def __init__(self) -> None:
        self._loaded: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._loaded:
            self._loaded[name] = _load(name, COMMANDS[name])
        return self._loaded[name]

    def __setitem__(self, name: str, command: Any) -> None:
        self._loaded[name] = command

    def __delitem__(self, name: str) -> None:
        del self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


def _load(name: str, entry: Entry) -> Any:
    try:
        target = getattr(import_module(entry.module), entry.name)
    except KeyboardInterrupt:  # imports take long enough for somebody to press Ctrl-C
        sys.stderr.write("Stopped.\n")
        raise SystemExit(INTERRUPTED) from None
    if isinstance(target, typer.Typer):
        command: Any = typer.main.get_group(target)
    else:
        alone = typer.Typer(add_completion=False, rich_markup_mode=None)
        alone.command(name)(target)
        command = typer.main.get_command(alone)
    command.name = name
    return command


class LazyGroup(TyperGroup):
    """A group that lists its commands without importing them."""

    def __init__(self, **attributes: Any) -> None:
        """As Typer makes a group."""
        super().__init__(**attributes)
        self.commands = _Commands()

    def list_commands(self, ctx: Any) -> list[str]:
        """Names, in the order of the table."""
        return list(COMMANDS)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """The list that ``--help`` ends with."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in COMMANDS.items()])


app = typer.Typer(
    name="voxpress",
    cls=LazyGroup,
    help="Turns EPUBs, PDFs and web articles into audiobooks with every spoken word timed against the text.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"voxpress {version('voxpress')}")
        raise typer.Exit


@app.callback()
def root(
    show: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    """Turns EPUBs, PDFs and web articles into audiobooks with every spoken word timed against the text."""


def main() -> None:
    """Entry point of the ``voxpress`` script."""
    app()


if __name__ == "__main__":
    main()
