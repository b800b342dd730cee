"""``voxpress storage``: is what the catalog promises really there, and what is there that nobody needs?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.flags import Json, context_of
from cli.output import Exit, out, reports_errors, say, write_json

if TYPE_CHECKING:
    from storage.check import Finding

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="Check the stored pieces, and remove what nobody needs.",
)


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
    from storage.check import check as check_store
    from storage.check import repair as repair_store

    store = context_of({}).store
    findings = check_store(store, deep=not quick)
    wrong = [finding for finding in findings if not finding.harmless]
    left = [finding for finding in repair_store(store, wrong) if not finding.harmless] if repair else wrong
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
        "harmless": finding.harmless,
    }


@app.command()
@reports_errors
def gc(
    delete: Annotated[bool, typer.Option("--delete", help="Really remove; without it, only show.")] = False,
    keep_days: Annotated[
        float | None,
        typer.Option("--keep-days", min=0, help="Leave what was used in the last so many days (default 30)."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show what no production needs, oldest first; with --delete, remove it."""
    from storage.gc import KEEP_DAYS, collect, plan_gc
    from tasks.holds import alone

    context = context_of({})
    with alone(context) as nobody_else:
        days = KEEP_DAYS if keep_days is None else keep_days
        garbage = plan_gc(context.store, days, alone=nobody_else)
        total = sum(piece.size for piece in garbage)
        freed = collect(context.store, garbage, alone=nobody_else) if delete else 0
    if as_json:
        write_json({"pieces": len(garbage), "bytes": total, "deleted": delete, "freed": freed})
        return
    out.print(f"{len(garbage)} pieces, {total / 1e6:.1f} MB, are needed by no production.", markup=False)
    if delete:
        say(f"Removed: {freed / 1e6:.1f} MB are free again.")
    elif garbage:
        say("'voxpress storage gc --delete' removes them.")


@app.command()
@reports_errors
def forget(
    jobs: Annotated[
        list[str], typer.Argument(metavar="JOB", help="Productions' ids, or their first letters.")
    ],
    as_json: Json = False,
) -> None:
    """Remove productions from the catalog. Their audiobooks stay; what only they needed can be collected."""
    from tasks import submission

    context = context_of({})
    found = {one.id: one for one in [context.store.catalog.get(job) for job in jobs]}
    for production in found.values():
        submission.forget(context, production)
        if not as_json:
            where = production.edition_folder
            stays = f"; its audiobook stays in {where}" if where else ""
            say(f"{production.title or production.source} ({production.id}) is forgotten{stays}.")
    if as_json:
        write_json({"forgotten": list(found)})
    else:
        say("'voxpress storage gc --keep-days 0 --delete' frees the room that only they needed.")
