"""``jobs``, ``status``, ``follow``, ``retry``, ``cancel``: productions as the catalog has them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict
from typing import Annotated, Any, NoReturn

import typer

from cli.flags import AllowHost, Json, Offline, Quiet, Workers, context_of
from cli.output import clock, exit_code, interrupted, out, reports_errors, say, write_json, write_table
from cli.screen import screen_for
from cli.telling import tell_of_checks
from pipeline.errors import SettingsError, WorkError
from storage.rows import Production
from tasks.context import Context
from tasks.holds import is_held
from tasks.progress import Progress, progress, progress_of

Job = Annotated[str, typer.Argument(metavar="JOB", help="A production's id, or its first letters.")]
JOBS_SHOWN = 50
"""Productions that ``jobs`` lists unless it is told another number."""


@reports_errors
def jobs(
    limit: Annotated[int, typer.Option("--limit", help="At most so many, the newest first.")] = JOBS_SHOWN,
    as_json: Json = False,
) -> None:
    """List productions, the newest first."""
    context = context_of({})
    catalog = context.store.catalog
    seen = progress_of(catalog, catalog.productions(limit=limit))
    if as_json:
        write_json({"productions": [_as_dict(context, one) for one in seen]})
        return
    if not seen:
        out.print("No productions yet: 'voxpress make SOURCE' makes one.")
        return
    rows = (
        (one.id, _state(context, one), f"{one.share:.0%}", clock(one.audio_seconds), one.title or one.source)
        for one in seen
    )
    write_table(rows, head=("job", "state", "made", "audio", "title"))


@reports_errors
def status(job: Job, as_json: Json = False) -> None:
    """Show how far a production is."""
    context = context_of({})
    production = context.store.catalog.get(job)
    one = _look(context, production)
    if as_json:
        write_json(_as_dict(context, one))
        return
    rows = {
        "job": one.id,
        "source": one.source,
        "title": one.title,
        "state": _state(context, one),
        "voice": production.voice,
        "language": production.language,
        "chapters": f"{one.chapters_done} of {one.chapters}",
        "chunks": f"{one.chunks_done} of {one.chunks}"
        + (f", {one.chunks_failed} failed" * bool(one.chunks_failed)),
        "audio": clock(one.audio_seconds),
        "edition": one.edition_folder,
        "doubts": str(one.doubts or ""),
        "waits": one.notice,
        "error": one.error,
    }
    for name, value in rows.items():
        if value:
            out.print(f"{name + ':':<10} {value}", markup=False)


@reports_errors
def follow(job: Job, as_json: Json = False, quiet: Quiet = False) -> None:
    """Watch a production until it ends."""
    context = context_of({})
    production = context.store.catalog.get(job)
    if not production.state.final and not _running(context, production):
        raise WorkError(
            f"Nobody is making {production.id} now: 'voxpress retry {production.id}' continues it."
        )
    from cli import run

    one = run.follow(context, production.id, screen_for(quiet=quiet, as_json=as_json))
    if as_json:
        write_json(_as_dict(context, one))
    elif not one.state.final:
        say(f"The command that made {one.id} has ended: 'voxpress retry {one.id}' continues it.")
    raise SystemExit(exit_code([one.state]))


@reports_errors
def retry(
    job: Job,
    doubts: Annotated[bool, typer.Option("--doubts", help="Also speak again what is in doubt.")] = False,
    offline: Offline = None,
    allow_host: AllowHost = None,
    workers: Workers = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Continue a production that failed, was cancelled or was stopped, and try again what could not be spoken."""
    hosts = tuple(allow_host) if allow_host else None
    context = context_of({"offline": offline, "allow_hosts": hosts, "workers": workers})
    production = context.store.catalog.get(job)
    from tasks import submission

    submission.check_choices(context, production.settings, shared=production.shared)
    if production.shared and (offline is not None or hosts or workers is not None):
        raise SettingsError(
            f"The workers that serve everybody make {production.id}, with settings of their own: leave out "
            "--offline, --allow-host and --workers."
        )
    make_again(context, production, quiet=quiet, as_json=as_json, doubts=doubts)


def make_again(
    context: Context,
    production: Production,
    *,
    quiet: bool,
    as_json: bool,
    doubts: bool,
    only: Collection[str] | None = None,
) -> NoReturn:
    """Retry a production as ``tasks.submission.retry`` does, here or by the workers that it was left to; exit."""
    if production.shared:
        _retry_shared(context, production, as_json=as_json, doubts=doubts, only=only)
        raise SystemExit(0)
    from tasks import submission

    production = submission.retry(context, production, doubts=doubts, only=only)
    try:
        from cli import run

        ended = run.make(context, [production], screen_for(quiet=quiet, as_json=as_json))
    except KeyboardInterrupt:
        interrupted(f"Stopped. Everything made so far is kept: 'voxpress retry {production.id}' continues.")
    if as_json:
        write_json(_as_dict(context, ended[0]))
    elif ended[0].error:
        say(f"voxpress: {ended[0].error}")
    elif not quiet:
        tell_of_checks(ended)
    raise SystemExit(exit_code(one.state for one in ended))


def _retry_shared(
    context: Context,
    production: Production,
    *,
    as_json: bool,
    doubts: bool,
    only: Collection[str] | None,
) -> None:
    """Leave it to the workers again, as it was before."""
    from cli.submitting import hand_over, join_broker

    join_broker(context)
    from tasks import submission

    production = submission.retry(context, production, doubts=doubts, only=only)
    hand_over(context)
    one = _look(context, production)
    if as_json:
        write_json(_as_dict(context, one))
    else:
        say(f"{one.title or one.source} is queued again: 'voxpress follow {one.id}' watches it.")


@reports_errors
def cancel(job: Job, as_json: Json = False) -> None:
    """Stop a production. What is made of it is kept, and 'make' or 'retry' continues it."""
    context = context_of({})
    found = context.store.catalog.get(job)
    from tasks import submission

    production = submission.cancel(context, found)
    one = _look(context, production)
    if as_json:
        write_json(_as_dict(context, one))
    elif found.state.final:
        say(f"{one.title or one.source} ({one.id}) is {one.state.label} already: there is nothing to stop.")
    else:
        stopping = "" if production.state.final else " as soon as its workers have put down what they hold"
        say(f"{one.title or one.source} ({one.id}) stops{stopping}.")


def _look(context: Context, production: Production) -> Progress:
    return progress(context.store.catalog, production)


def _state(context: Context, one: Progress) -> str:
    """The state; a production that is not final and that nobody makes was stopped."""
    if one.state.final or one.shared or is_held(context, one.id):
        return one.state.label
    return f"stopped while {one.state.label}"


def _running(context: Context, production: Production) -> bool:
    from tasks import submission  # half a second of imports, which 'jobs' and 'status' need not wait for

    return submission.under_way(production) or is_held(context, production.id)


def _as_dict(context: Context, one: Progress) -> dict[str, Any]:
    running = not one.state.final and (one.shared or is_held(context, one.id))
    return {**asdict(one), "state": one.state.value, "running": running}
