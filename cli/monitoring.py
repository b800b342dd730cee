"""``voxpress logs`` and ``voxpress exporter``: what happened, and how it stands."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC
from operator import attrgetter
from typing import Annotated, Any

import typer

from cli.flags import Json, Set, context_of, settings_of
from cli.jobs import Job
from cli.output import out, reports_errors, say, write_json
from storage.rows import Event, Production
from tasks.context import Context
from tasks.holds import is_held
from tasks.submission import under_way

POLL_SECONDS = 0.5
"""How often the catalog is asked for what is new."""
EVENTS_SHOWN = 200
"""Events that ``logs`` shows unless it is told another number."""


@reports_errors
def logs(
    job: Job,
    following: Annotated[
        bool, typer.Option("-f", "--follow", help="Wait for what happens next, until it ends.")
    ] = False,
    limit: Annotated[int, typer.Option("--limit", help="At most so many, the newest.")] = EVENTS_SHOWN,
    as_json: Json = False,
) -> None:
    """Show what happened to a production, on whatever host: stages, retries, errors.

    With --follow, --json prints an object on a line for each event, and a last one for how it ended.
    """
    context = context_of({})
    production = context.store.catalog.get(job)
    titles = {row.index: row.title for row in context.store.catalog.chapters(production.id)}
    if as_json and not following:
        events = context.store.catalog.events(production.id, limit=limit)
        write_json({**_end(production), "events": [_as_dict(event, titles) for event in events]})
        return
    for event in _events(context, production, limit, following=following):
        if event.chapter is not None and event.chapter not in titles:  # it was planned meanwhile
            titles.update({row.index: row.title for row in context.store.catalog.chapters(production.id)})
        if as_json:
            out.print(json.dumps(_as_dict(event, titles), ensure_ascii=False), markup=False)
        else:
            out.print(_line(event, titles), markup=False)
    end = _end(context.store.catalog.get(production.id))
    if as_json:
        out.print(json.dumps(end, ensure_ascii=False), markup=False)
    else:
        why = end["error"] or end["notice"]
        out.print(f"{end['state'].replace('_', ' ')}{f': {why}' if why else ''}", markup=False)


@reports_errors
def exporter(
    address: Annotated[
        str | None,
        typer.Option("--address", help="Listen here; beyond 127.0.0.1 only with metrics_password."),
    ] = None,
    port: Annotated[int | None, typer.Option("--port", help="Listen there (9464).")] = None,
    assignments: Set = None,
) -> None:
    """Show numbers about the studio to Prometheus, behind a password."""
    settings = settings_of({"metrics_address": address, "metrics_port": port}, assignments)
    from tasks.logs import set_up
    from workers.exporter import serve

    set_up("exporter@%h", settings.log_level, settings.log_format)
    serve(settings, say)


def _events(context: Context, production: Production, limit: int, *, following: bool) -> Iterator[Event]:
    """The newest events; with ``following`` also those to come, while somebody makes the production."""
    catalog = context.store.catalog
    shown: set[int] = set()
    while True:
        production = catalog.get(production.id)
        over = production.state.final or not (under_way(production) or is_held(context, production.id))
        if over and following:
            time.sleep(POLL_SECONDS)  # its last task is just writing what it has to say
        # All of them each time (they are few): one of another host may be kept after a newer one was.
        for event in sorted(catalog.events(production.id, limit=limit), key=attrgetter("at", "id")):
            if event.id not in shown:
                shown.add(event.id)
                yield event
        if over or not following:
            return
        time.sleep(POLL_SECONDS)


def _line(event: Event, titles: dict[int, str]) -> str:
    at = event.at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    chapter = (
        "" if event.chapter is None else f'chapter {event.chapter + 1} "{titles.get(event.chapter, "")}": '
    )
    return f"{at}  {event.level:<7}  {event.stage:<7}  {chapter}{event.message}  ({event.worker})"


def _as_dict(event: Event, titles: dict[int, str]) -> dict[str, Any]:
    return {
        "time": event.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "level": event.level,
        "stage": event.stage,
        "chapter": None if event.chapter is None else event.chapter + 1,
        "title": "" if event.chapter is None else titles.get(event.chapter, ""),
        "worker": event.worker,
        "message": event.message,
    }


def _end(production: Production) -> dict[str, Any]:
    return {
        "production": production.id,
        "book": production.title or production.source,
        "state": production.state.value,
        "error": production.error,
        "notice": production.notice,
    }
