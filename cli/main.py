"""The ``voxpress`` command: its tree of commands."""

from __future__ import annotations

from importlib.metadata import version
from typing import Annotated

import typer

from cli import doctor, inspecting, jobs, making, storing, voices
from cli.output import out

app = typer.Typer(
    name="voxpress",
    help="Turns EPUBs, PDFs and web articles into audiobooks with every spoken word timed against the text.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        out.print(f"voxpress {version('voxpress')}", markup=False)
        raise typer.Exit


@app.callback()
def root(
    show: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    """Turns EPUBs, PDFs and web articles into audiobooks with every spoken word timed against the text."""


app.command("make")(making.make)
app.command("inspect")(inspecting.inspect)
app.command("jobs")(jobs.jobs)
app.command("status")(jobs.status)
app.command("follow")(jobs.follow)
app.command("retry")(jobs.retry)
app.command("cancel")(jobs.cancel)
app.add_typer(voices.app, name="voices")
app.add_typer(storing.app, name="storage")
app.command("doctor")(doctor.doctor)


def main() -> None:
    """Entry point of the ``voxpress`` script."""
    app()


if __name__ == "__main__":
    main()
