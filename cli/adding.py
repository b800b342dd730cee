"""``voxpress feed add``: sources become episodes."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from cli.choices import Hosts, ShowName, Sources, Style, Voice
from cli.flags import (
    AllowHost,
    Bed,
    CastFile,
    Intro,
    Json,
    Language,
    Lexicons,
    Offline,
    Outro,
    Profile,
    Quiet,
    Refresh,
    Set,
    as_settings,
    context_of,
)
from cli.making_episodes import finish, settings_said
from cli.output import err, reports_errors
from cli.sources import expanded
from pipeline.errors import SettingsError
from tasks.adding import add_source
from tasks.casting import cast_for, check_cast
from tasks.composing import compose, instalments
from tasks.lexicons import lexicon_for
from tasks.shows import production_settings
from tasks.submission import check_choices


@reports_errors
def add(
    name: ShowName,
    sources: Sources,
    voice: Voice = None,
    language: Language = None,
    lexicons: Lexicons = None,
    cast: CastFile = None,
    style: Style = None,
    hosts: Hosts = None,
    intro: Intro = None,
    outro: Outro = None,
    bed: Bed = None,
    profile: Profile = None,
    assignments: Set = None,
    offline: Offline = None,
    allow_host: AllowHost = None,
    refresh: Refresh = False,
    as_digest: Annotated[
        bool, typer.Option("--digest", help="One episode of all, with a chapter for each.")
    ] = False,
    by_chapter: Annotated[
        bool, typer.Option("--chapters", help="An episode of each chapter, for books.")
    ] = False,
    title: Annotated[
        str | None,
        typer.Option("--title", metavar="TEXT", help="Of a digest; default the show's and the day."),
    ] = None,
    submit_only: Annotated[
        bool, typer.Option("--submit", help="Leave them to the workers of the shared broker.")
    ] = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Make an episode of each SOURCE, or with --digest one of all, and publish it."""
    if as_digest and by_chapter:
        raise SettingsError(
            "--digest makes one episode of all, --chapters one of each chapter: choose one of them."
        )
    context = context_of({"offline": offline, "allow_hosts": tuple(allow_host) if allow_host else None})
    row = context.store.catalog.show(name)
    if profile is not None:
        row = replace(row, making=replace(row.making, profile=profile))
    given: dict[str, object] = dict(
        settings_said(assignments, voice=voice, language=language, intro=intro, outro=outro, bed=bed)
    )
    talking = as_settings(style=style, hosts=hosts)
    given |= {key: value for key, value in talking.items() if value is not None}
    settings = production_settings(context.settings, row, given, "the command line")
    check_choices(context, settings, shared=submit_only)
    parts = cast_for(settings, cast)
    check_cast(context, parts, shared=submit_only)
    if submit_only:
        from cli.submitting import join_broker

        join_broker(context)
    given_sources = expanded(sources)
    if as_digest:
        composed = compose(context, row, given_sources, settings.reading, title or "", refresh=refresh)
        for error in composed.left_out:
            err.print(f"voxpress: {error}", markup=False, style="red")
        given_sources = [str(composed.path)]
    elif by_chapter:
        given_sources = [
            str(path)
            for source in given_sources
            for path in instalments(context, row, source, settings.reading, refresh=refresh)
        ]
    added = [
        add_source(
            context,
            row,
            source,
            settings,
            refresh=refresh,
            shared=submit_only,
            lexicon=lexicon_for(context.settings, source, lexicons or ()),
            cast=parts,
        )
        for source in given_sources
    ]
    finish(context, row, added, shared=submit_only, as_json=as_json, quiet=quiet)


__all__ = ["add"]
