"""``voxpress backup`` and ``voxpress restore``: what cannot be made again, in one file and back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.flags import Json, context_of
from cli.output import reports_errors, say, write_json
from pipeline.errors import WorkError

if TYPE_CHECKING:
    from tasks.context import Context


@reports_errors
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The backup, e.g. voxpress.tar.gz.")],
    with_blobs: Annotated[
        bool, typer.Option("--with-blobs", help="Also what was spoken and encoded so far; large.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Write catalog and voices into FILE, while anything may be going on."""
    from storage.backup import back_up

    saved = back_up(context_of({}).store, file.absolute(), with_blobs=with_blobs)
    if as_json:
        write_json(
            {
                "file": str(file.absolute()),
                "bytes": saved.size,
                "rows": saved.rows,
                "voices": saved.voices,
                "blobs": saved.blobs,
                "missing": saved.missing,
            }
        )
        return
    blobs = f", {saved.blobs} blobs" if with_blobs else ""
    say(
        f"{file} has {saved.rows['production']} productions, {saved.voices} files of voices{blobs}: "
        f"{saved.size / 1e6:.1f} MB. It has the passwords of your sources in it, if there are any."
    )
    if saved.missing:
        say(f"{saved.missing} blobs were not there; 'voxpress storage check' says which.")


@reports_errors
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What 'voxpress backup' wrote.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Lose the catalog that is here. There is no way back.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Bring catalog and voices back from FILE, into an empty place."""
    from storage.restore import restore as restore_store
    from tasks.holds import alone

    context = context_of({})
    with alone(context) as nobody_else:
        _see_that_nobody_works(context, nobody_else=nobody_else)
        restored = restore_store(context.store, file.absolute(), replace_all=replace)
    if as_json:
        write_json(
            {
                "rows": restored.rows,
                "voices": restored.voices,
                "blobs": restored.blobs,
                "lost": restored.lost,
            }
        )
        return
    say(f"{restored.rows['production']} productions and {restored.voices} files of voices are here again.")
    if restored.lost:
        say(f"{restored.lost} results have no blob any more; they are made again where they are needed.")
    say("'voxpress jobs' lists the productions; 'voxpress retry JOB' continues one that was not finished.")


def _see_that_nobody_works(context: Context, *, nobody_else: bool) -> None:
    catalog = context.store.catalog
    shared = context.settings.broker_url or not catalog.database.sqlite
    if not catalog.workers() and (shared or nobody_else):
        return
    raise WorkError(
        "Something is being made here now: stop the workers and commands of this catalog, then restore; a worker "
        "that was killed counts as gone after a minute."
    )
