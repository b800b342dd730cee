"""``voxpress make``: sources become audiobooks, here and now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

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
    Workers,
    as_settings,
    context_of,
)
from cli.offering import offer_voices, tell_of_voices
from cli.opening import opened
from cli.output import clock, err, exit_code, interrupted, out, reports_errors, say, write_json
from cli.screen import Screen, screen_for
from cli.telling import tell_of_checks
from storage.rows import Production, ProductionState
from tasks.context import Context
from tasks.progress import FINISHED, Progress, progress
from tasks.submission import Submission


@reports_errors
def make(
    sources: Sources,
    output: Output = None,
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
    profile: Profile = None,
    offline: Offline = None,
    allow_host: AllowHost = None,
    refresh: Refresh = False,
    workers: Workers = None,
    assignments: Set = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Make audiobooks of SOURCES. Run the same command again to continue one that was stopped."""
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
            workers=workers,
        ),
        assignments,
        profile,
    )
    submissions = opened(
        context,
        sources,
        lexicons=lexicons,
        cast=cast,
        parameters=None if quiet or as_json else parameters,
        refresh=refresh,
    )
    wanted = [one.production for one in submissions if _is_wanted(one)]
    if wanted and not (quiet or as_json):
        offer_voices(context, wanted)
    ended = _work(context, submissions, wanted, screen_for(quiet=quiet, as_json=as_json))
    if as_json:
        write_json({"productions": [_as_dict(one) for one in ended]})
    _report(context, submissions, ended, quiet=quiet or as_json)
    raise SystemExit(exit_code(one.state for one in ended))


def _is_wanted(one: Submission) -> bool:
    """Whether there is work to do, and nobody else does it."""
    return not one.up_to_date and not one.busy and not one.production.state.final


def _work(
    context: Context, submissions: Sequence[Submission], wanted: Sequence[Production], screen: Screen
) -> list[Progress]:
    if wanted:
        try:
            from cli import run  # a second of imports: not for what is up to date

            run.make(context, wanted, screen)
        except KeyboardInterrupt:
            interrupted("Stopped. Everything made so far is kept: run the same command again to continue.")
    catalog = context.store.catalog
    return [progress(catalog, catalog.get(one.production.id)) for one in submissions]


def _report(
    context: Context, submissions: Sequence[Submission], ended: Sequence[Progress], *, quiet: bool
) -> None:
    for submission, one in zip(submissions, ended, strict=True):
        if one.state is ProductionState.FAILED:
            err.print(f"voxpress: {one.error}", markup=False, style="red")
        elif one.state is ProductionState.CANCELLED:
            err.print(f"voxpress: {one.source} was cancelled.", markup=False, style="red")
        elif one.state not in FINISHED:
            said = f"voxpress: Another command is making {one.source}: 'voxpress follow {one.id}' watches it."
            err.print(said, markup=False, style="red")
        elif not quiet:
            made = "is up to date" if submission.up_to_date else f"has {clock(one.audio_seconds)} of audio"
            out.print(f"{one.edition_folder}", markup=False)
            say(f'"{one.title}" {made}{_doubts(one)}.')
    if not quiet:
        tell_of_checks([one for given, one in zip(submissions, ended, strict=True) if not given.up_to_date])
        catalog = context.store.catalog
        tell_of_voices(context, [catalog.get(one.id) for one in ended if one.state in FINISHED])


def _doubts(one: Progress) -> str:
    if one.state is not ProductionState.DONE_WITH_DOUBTS:
        return ""
    number = "1 thing is" if one.doubts == 1 else f"{one.doubts} things are"
    return f"; {number} in doubt, see {one.edition_folder}/report.json"


def _as_dict(one: Progress) -> dict[str, Any]:
    return {**asdict(one), "state": one.state.value}
