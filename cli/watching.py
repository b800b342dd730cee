"""``voxpress watch`` and ``voxpress intake``: drop folders, and the ledger of what was found in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.flags import Json, Set, context_of
from cli.output import Exit, out, reports_errors, say, write_json, write_table
from storage.rows import IntakeRow, IntakeState, ProductionState

ROWS_SHOWN = 50
"""Rows that ``intake`` lists unless it is told another number."""


@reports_errors
def watch(
    folders: Annotated[
        list[Path] | None,
        typer.Argument(metavar="DIR", help="Drop folders; none: those of the setting inboxes."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--out", "--output", help="Folder for finished editions: the library."),
    ] = None,
    once: Annotated[
        bool, typer.Option("--once", help="End when all that lies there is made or has failed.")
    ] = False,
    assignments: Set = None,
) -> None:
    """Make audiobooks of what is put into drop folders, until told to stop.

    The workers of the shared broker make them: run 'voxpress up' or 'voxpress worker' beside it.
    """
    context = context_of({"output": output}, assignments)
    from workers.drop.service import folders_of, run_watcher

    watched = folders or folders_of(context.settings)
    watcher, all_taken = run_watcher(context, watched, once=once, ready=_ready)
    if once:
        raise SystemExit(_exit_code(watcher.ended.values(), all_taken=all_taken))
    say("Stopped. What was taken is in the ledger; the next 'voxpress watch' goes on.")


def _ready(folders: Sequence[Path]) -> None:
    for folder in folders:
        say(f"Watching {folder}. Ctrl-C stops it.")


def _exit_code(ended: Iterable[ProductionState | IntakeState], *, all_taken: bool) -> Exit:
    states = {str(state) for state in ended}
    if not all_taken or states & {IntakeState.FAILED, ProductionState.CANCELLED}:
        return Exit.FAILED
    return Exit.DOUBTS if ProductionState.DONE_WITH_DOUBTS in states else Exit.DONE


@reports_errors
def intake(
    limit: Annotated[
        int, typer.Option("--limit", help="At most so many, what moved last first.")
    ] = ROWS_SHOWN,
    state: Annotated[IntakeState | None, typer.Option("--state", help="Only these.")] = None,
    as_json: Json = False,
) -> None:
    """List what was found in drop folders, and what became of it."""
    context = context_of({})
    from workers.drop.names import shown

    rows = context.store.catalog.intakes(limit=limit, states=[state] if state else None)
    if as_json:
        write_json({"intake": [_as_dict(row) for row in rows]})
        return
    if not rows:
        out.print("Nothing was found in a drop folder yet: 'voxpress watch DIR' watches one.")
        return
    write_table(
        ((row.state.value, shown(row.source), row.production_id, shown(_said(row))) for row in rows),
        head=("state", "found", "job", "audiobook, or what is to be known"),
    )


def _said(row: IntakeRow) -> str:
    return "; ".join(part for part in (row.edition_folder, *row.error.splitlines()[:1], row.notice) if part)


def _as_dict(row: IntakeRow) -> dict[str, Any]:
    hidden = ("work", "mark", "parent")
    values = {name: value for name, value in asdict(row).items() if name not in hidden}
    values |= {"created_at": row.created_at.isoformat(), "updated_at": row.updated_at.isoformat()}
    return {**values, "list": row.parent}
