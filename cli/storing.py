"""``voxpress storage``: is what the catalog promises really there, and what is there that nobody needs?"""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli.flags import Json, settings_of
from cli.output import Exit, out, reports_errors, say, write_json
from storage.check import Finding, FindingKind
from storage.check import check as check_store
from storage.check import repair as repair_store
from storage.gc import KEEP_DAYS, collect, plan_gc

HARMLESS = frozenset({FindingKind.ORPHAN_BLOB, FindingKind.MISSING_EDITION})
"""Told, but nothing is broken: an interrupted run left bytes behind, or an edition was moved by its owner."""

app = typer.Typer(no_args_is_help=True, help="Check the stored pieces, and remove what nobody needs.")


@app.command()
@reports_errors
def check(
    quick: Annotated[bool, typer.Option("--quick", help="Sizes only, no checksums.")] = False,
    repair: Annotated[
        bool, typer.Option("--repair", help="Forget what is broken, so that the next run makes it again.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Compare the catalog with the blobs, checksums included."""
    store = settings_of({}).store
    findings = check_store(store, deep=not quick)
    wrong = [f for f in findings if f.kind not in HARMLESS]
    left = [f for f in repair_store(store, wrong) if f.kind not in HARMLESS] if repair else wrong
    if as_json:
        write_json({"findings": [_as_dict(f) for f in findings], "repaired": len(wrong) - len(left)})
    else:
        for finding in findings:
            out.print(finding.message, markup=False)
        say(_summary(len(wrong), len(left), repair=repair))
    if left:
        raise SystemExit(Exit.FAILED)


def _summary(wrong: int, left: int, *, repair: bool) -> str:
    if not wrong:
        return "Everything is in order."
    if repair:
        return f"{wrong - left} of {wrong} repaired: the next run makes again what was broken."
    said = "1 thing is" if wrong == 1 else f"{wrong} things are"
    return f"{said} broken: 'voxpress storage check --repair' forgets it, and the next run makes it again."


def _as_dict(finding: Finding) -> dict[str, Any]:
    return {
        "kind": finding.kind.value,
        "subject": finding.subject,
        "message": finding.message,
        "harmless": finding.kind in HARMLESS,
    }


@app.command()
@reports_errors
def gc(
    delete: Annotated[bool, typer.Option("--delete", help="Really remove; without it, only show.")] = False,
    keep_days: Annotated[
        float, typer.Option("--keep-days", min=0, help="Leave what was used in the last so many days.")
    ] = KEEP_DAYS,
    as_json: Json = False,
) -> None:
    """Show what no production needs, oldest first; with --delete, remove it."""
    store = settings_of({}).store
    garbage = plan_gc(store, keep_days)
    total = sum(piece.size for piece in garbage)
    freed = collect(store, garbage) if delete else 0
    if as_json:
        write_json({"pieces": len(garbage), "bytes": total, "deleted": delete, "freed": freed})
        return
    out.print(f"{len(garbage)} pieces, {total / 1e6:.1f} MB, are needed by no production.", markup=False)
    if delete:
        say(f"Removed: {freed / 1e6:.1f} MB are free again.")
    elif garbage:
        say("'voxpress storage gc --delete' removes them.")
