"""``voxpress submit``: sources are left to the workers of the shared broker."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from typing import Annotated, Any

import typer

from cli.choices import (
    Bitrate,
    Check,
    CheckPolicy,
    Companions,
    Formats,
    Hosts,
    Loudness,
    Minutes,
    NoWatermark,
    Parameters,
    Rate,
    Sources,
    Style,
    Voice,
)
from cli.flags import (
    AllowHost,
    Bed,
    CastFile,
    Include,
    Intro,
    Json,
    Language,
    Latest,
    Lexicons,
    Notes,
    Ocr,
    Offline,
    Output,
    Outro,
    Password,
    Profile,
    Quiet,
    Refresh,
    Set,
    as_settings,
    context_of,
)
from cli.opening import opened
from cli.output import err, exit_code, out, reports_errors, say, write_json
from pipeline.errors import BrokerUnavailable
from storage.rows import Priority, ProductionState
from tasks.context import Context
from tasks.progress import Progress, progress
from tasks.submission import Submission


class Urgency(StrEnum):
    """What ``--priority`` takes."""

    NOW = "now"
    NORMAL = "normal"
    IDLE = "idle"


@reports_errors
def submit_command(
    sources: Sources,
    output: Output = None,
    profile: Profile = None,
    priority: Annotated[
        Urgency, typer.Option("--priority", help="now goes before all else, idle after.")
    ] = Urgency.NORMAL,
    voice: Voice = None,
    formats: Formats = None,
    companions: Companions = None,
    language: Language = None,
    rate: Rate = None,
    parameters: Parameters = None,
    no_watermark: NoWatermark = False,
    loudness: Loudness = None,
    bitrate: Bitrate = None,
    check: Check = None,
    check_policy: CheckPolicy = None,
    include: Include = None,
    notes: Notes = None,
    latest: Latest = None,
    lexicons: Lexicons = None,
    cast: CastFile = None,
    style: Style = None,
    hosts: Hosts = None,
    minutes: Minutes = None,
    intro: Intro = None,
    outro: Outro = None,
    bed: Bed = None,
    password: Password = None,
    ocr: Ocr = None,
    offline: Offline = None,
    allow_host: AllowHost = None,
    refresh: Refresh = False,
    assignments: Set = None,
    watch: Annotated[bool, typer.Option("--follow", help="Watch until they are made.")] = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Leave SOURCES to the workers of the shared broker. Returns at once."""
    context = context_of(
        as_settings(
            output=output,
            voice=voice,
            rate=rate,
            parameters=parameters,
            watermark=False if no_watermark else None,
            formats=formats,
            companions=companions,
            loudness=loudness,
            bitrate=bitrate,
            check=check,
            check_policy=check_policy,
            language=language,
            include=include,
            notes=notes,
            latest=latest,
            password=password,
            style=style,
            hosts=hosts,
            minutes=minutes,
            ocr=ocr,
            offline=offline,
            allow_host=allow_host,
            intro=intro,
            outro=outro,
            bed=bed,
        ),
        assignments,
        profile,
    )
    join_broker(context)
    submissions = opened(
        context,
        sources,
        lexicons=lexicons,
        cast=cast,
        parameters=None if quiet or as_json else parameters,
        refresh=refresh,
        shared=True,
        priority=Priority[priority.name],
    )
    hand_over(context)
    seen = [_seen(context, one) for one in submissions]
    if watch and any(not one.state.final for one in seen):
        from cli import run
        from cli.screen import screen_for

        seen = run.follow_all(context, [one.id for one in seen], screen_for(quiet=quiet, as_json=as_json))
    if as_json:
        write_json({"productions": [_as_dict(one) for one in seen]})
    else:
        for submission, one in zip(submissions, seen, strict=True):
            _say(context, submission, one, quiet=quiet)
    raise SystemExit(exit_code(one.state for one in seen if watch or one.state is ProductionState.FAILED))


def join_broker(context: Context) -> None:
    """Point this process at the shared broker. Raises ``BrokerUnavailable`` when none is known."""
    from workers.place import broker_url

    url = broker_url(context.settings)
    from tasks.app import use_broker

    use_broker(url)


def hand_over(context: Context) -> None:
    """Let begin what there is room for; the keeper of the workers does the rest."""
    from tasks.dispatch import dispatch

    try:
        dispatch(context)
    except BrokerUnavailable as error:  # the keeper of the workers starts it when it can
        say(str(error))


def _seen(context: Context, submission: Submission) -> Progress:
    catalog = context.store.catalog
    return progress(catalog, catalog.get(submission.production.id))


def _say(context: Context, submission: Submission, one: Progress, *, quiet: bool) -> None:
    if one.state is ProductionState.FAILED:
        err.print(f"voxpress: {one.error}", markup=False, style="red")
        return
    if quiet:
        return
    if submission.up_to_date:
        said = f"is up to date in {one.edition_folder}"
    elif one.state.final:
        said = f"is {one.state.label}" + (f" in {one.edition_folder}" if one.edition_folder else "")
    elif submission.busy:
        said = f"is {one.state.label} already: 'voxpress follow {one.id}' watches it"
    else:
        said = f"is queued: 'voxpress follow {one.id}' watches it"
    out.print(one.id, markup=False)
    say(f'"{one.title or one.source}" {said}.')
    notice = _notice(context, one)
    if notice and not one.state.final:
        say(notice)


def _notice(context: Context, one: Progress) -> str:
    from tasks.serving import unserved

    return unserved(context, context.store.catalog.get(one.id))


def _as_dict(one: Progress) -> dict[str, Any]:
    return {**asdict(one), "state": one.state.value}
