"""``voxpress storage``: is what the catalog promises really there, and what is there that nobody needs?"""

from __future__ import annotations

from typing import Annotated

import typer

from cli.flags import Json, settings_of
from cli.output import Exit, out, reports_errors, say, write_json
from storage.check import check as check_store
from storage.check import repair as repair_store
from storage.gc import KEEP_DAYS, collect, plan_gc

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
    left = repair_store(store, findings) if repair else []
    if as_json:
        write_json({"findings": [{"kind": f.kind.value, "message": f.message} for f in findings]})
    for finding in findings if not as_json else []:
        out.print(finding.message, markup=False)
    if findings and not repair:
        said = f"{len(findings)} findings" if len(findings) > 1 else "1 finding"
        say(f"{said}: 'voxpress storage check --repair' forgets what is broken.")
        raise SystemExit(Exit.FAILED)
    if left:
        say(f"{len(findings) - len(left)} of {len(findings)} repaired; the rest is left to you.")
        raise SystemExit(Exit.FAILED)
    if not as_json:
        say("Repaired." if findings else "Everything is in order.")


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
