"""``voxpress lexicon``: how words are said that a voice would get wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.output import out, reports_errors, say, write_json
from pipeline.errors import LexiconError
from pipeline.script.lexicon.files import checked, read_lexicon, write_toml

app = typer.Typer(
    help="Check lexicons, and bring in those of others.", no_args_is_help=True, rich_markup_mode=None
)


@app.command("check")
@reports_errors
def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Lexicons, TOML or PLS.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")] = False,
) -> None:
    """Say what is in lexicon FILEs, or what is wrong with the first that cannot be used."""
    found = {path: read_lexicon(path) for path in files}
    if as_json:
        write_json({"lexicons": [{"path": str(path), "entries": len(one)} for path, one in found.items()]})
        return
    for path, entries in found.items():
        with_ipa = sum(bool(entry.ipa) for entry in entries)
        out.print(f"{path}: {len(entries):,} entries, {with_ipa:,} with IPA.", markup=False)


@app.command("import")
@reports_errors
def bring_in(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A W3C pronunciation lexicon (PLS), or TOML.")],
    output: Annotated[
        Path, typer.Option("-o", "--output", help="Lexicon to write, or to add to where there is one.")
    ] = Path("lexicon.toml"),
) -> None:
    """Add the entries of FILE to a lexicon of yours, as TOML."""
    entries = read_lexicon(file)
    there = read_lexicon(output) if output.exists() else ()
    new = [entry for entry in entries if entry not in there]
    checked((*there, *new), str(output))
    try:
        before = output.read_text("utf-8") if output.exists() else ""
        gap = "" if not before or before.endswith("\n\n") else "\n" if before.endswith("\n") else "\n\n"
        output.write_text(before + gap + write_toml(new), encoding="utf-8")
    except OSError as error:
        raise LexiconError(
            f"{output} cannot be written ({error.strerror}): name another file with -o."
        ) from error
    say(f"{len(new):,} of {len(entries):,} entries were added to {output}; it had the others.")
