"""``voxpress feed script`` and ``speak``: conversations, to be read and edited before they are spoken."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from cli.choices import Hosts, Minutes, ShowName, Style, Voice
from cli.flags import (
    AllowHost,
    CastFile,
    Json,
    Language,
    Lexicons,
    Offline,
    Profile,
    Quiet,
    Refresh,
    Set,
    as_settings,
    assigned,
    context_of,
)
from cli.making_episodes import finish
from cli.output import Exit, out, reports_errors, say, write_json
from cli.sources import single
from pipeline.errors import SettingsError, SourceUnsupported
from pipeline.ingest import open_book, source_digest
from pipeline.model import SourceKind
from pipeline.script.conversation.files import write_talk
from pipeline.script.conversation.talk import Talk
from pipeline.settings import ProductionSettings
from storage.settings import with_profile, with_table
from tasks.adding import add_source
from tasks.casting import cast_for, check_cast
from tasks.context import Context
from tasks.conversing import ARTICLE, DIALOGUE, INTERVIEW, about_of, reading_of, talk_about
from tasks.lexicons import lexicon_for
from tasks.shows import production_settings
from tasks.submission import check_choices

NO_SHOW = "-"


@reports_errors
def script(
    name: Annotated[
        str, typer.Argument(metavar="SHOW", help="The show whose settings hold, or - where there is none.")
    ],
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="What the conversation is about.")],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write it into FILE, a new one.")
    ] = None,
    style: Style = None,
    hosts: Hosts = None,
    minutes: Minutes = None,
    language: Language = None,
    profile: Profile = None,
    assignments: Set = None,
    offline: Offline = None,
    allow_host: AllowHost = None,
    refresh: Refresh = False,
    as_json: Json = False,
) -> None:
    """Write a conversation about SOURCE as a file to read and edit; 'feed speak' or 'make' speaks it."""
    given = as_settings(style=style, hosts=hosts, minutes=minutes, language=language)
    context = context_of(as_settings(offline=offline, allow_host=allow_host))
    settings = _settings_of(context, name, given, assignments, profile)
    wanted = settings.conversation
    if wanted.style == ARTICLE:
        own = context.settings
        wanted = replace(wanted, style=DIALOGUE if own.llm_url and own.llm_model else INTERVIEW)
    if output is not None and output.exists():
        raise SettingsError(f"{output} is there already: name a new file with -o, so that nothing is lost.")
    source = single(source)
    reading = reading_of(replace(settings, conversation=wanted))
    book = open_book(source, reading, replace(context.fetch_rules, refresh=refresh))
    if book.hosts:
        raise SourceUnsupported(f"{source} is a talk already: edit it, then speak it.")
    about = about_of(book.metadata, book.metadata.language, source)
    made = talk_about(context.settings, wanted, about, book.chapters, context.store)
    text = write_talk(made.talk)
    if output is not None:
        _write(output, text)
    if as_json:
        write_json({**_told(made.talk), "doubts": list(made.doubts), "file": str(output or ""), "text": text})
    elif output is None:
        out.print(text, markup=False, end="", soft_wrap=True, highlight=False)
    else:
        for doubt in made.doubts:
            say(doubt)
        _say(made.talk, output, name)
    raise SystemExit(Exit.DOUBTS if made.doubts or made.talk.flagged else Exit.DONE)


@reports_errors
def speak(
    name: ShowName,
    talk: Annotated[str, typer.Argument(metavar="TALK", help="A talk file, as 'feed script' writes it.")],
    voice: Voice = None,
    lexicons: Lexicons = None,
    cast: CastFile = None,
    profile: Profile = None,
    assignments: Set = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Make an episode of SHOW from TALK and publish it."""
    context = context_of({})
    row = context.store.catalog.show(name)
    given = as_settings(voice=voice)
    settings = _settings_of(context, name, given, assignments, profile)
    talk = single(talk)
    if source_digest(talk, settings.reading, context.fetch_rules).kind is not SourceKind.TALK:
        raise SourceUnsupported(
            f"{talk} is no talk file: 'voxpress feed script' writes one, and 'voxpress feed add' takes other sources."
        )
    check_choices(context, settings)
    parts = cast_for(settings, cast)
    check_cast(context, parts)
    lexicon = lexicon_for(context.settings, talk, lexicons or ())
    added = add_source(context, row, talk, settings, lexicon=lexicon, cast=parts)
    finish(context, row, [added], shared=False, as_json=as_json, quiet=quiet)


def _settings_of(
    context: Context,
    name: str,
    given: dict[str, object],
    assignments: list[str] | None,
    profile: str | None,
) -> ProductionSettings:
    """How the show's episodes are made, with what the command line says. Raises ``SettingsError``."""
    said = assigned(assignments)
    said |= {key: value for key, value in given.items() if value is not None}
    if name == NO_SHOW:
        made = context.settings.production
        made = with_profile(made, profile, context.settings.home) if profile else made
        return with_table(made, said, "the command line")
    row = context.store.catalog.show(name)
    if profile is not None:
        row = replace(row, making=replace(row.making, profile=profile))
    return production_settings(context.settings, row, said, "the command line")


def _write(path: Path, text: str) -> None:
    try:
        with path.expanduser().open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise SettingsError(
            f"{path} cannot be written ({error.strerror}): name another file with -o."
        ) from error


def _told(talk: Talk) -> dict[str, object]:
    return {
        "title": talk.title,
        "language": talk.language,
        "hosts": [host.name for host in talk.hosts],
        "turns": len(talk.turns),
        "flagged": [
            {"speaker": turn.speaker, "text": turn.text, "doubts": list(turn.doubts)} for turn in talk.flagged
        ],
    }


def _say(talk: Talk, output: Path, name: str) -> None:
    speaks = f"voxpress make {output}" if name == NO_SHOW else f"voxpress feed speak {name} {output}"
    doubts = f", {len(talk.flagged)} in doubt (lines that begin with ?)" if talk.flagged else ""
    out.print(str(output), markup=False)
    say(f"{len(talk.turns)} turns{doubts}: look through it, then '{speaks}'.")


__all__ = ["script", "speak"]
