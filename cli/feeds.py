"""``voxpress feed``: podcasts, whose episodes are made of articles, documents and books."""

from __future__ import annotations

import secrets
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.choices import Formats, Hosts, Sources, Style, Voice
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
from cli.following import check, entries, follow, unfollow
from cli.making_episodes import episode_as_dict, finish, settings_said
from cli.output import (
    Exit,
    clock,
    err,
    out,
    reports_errors,
    say,
    write_json,
    write_table,
)
from cli.sources import expanded
from cli.talking import script, speak
from cli.validating import validate
from pipeline.errors import SettingsError, ShowNotFound
from pipeline.publish.podcast.show import FEED, PAGE, Person, Show
from storage.addresses import shown
from storage.show_rows import EpisodeState, Making, ShowRow
from tasks.adding import add_source
from tasks.casting import cast_for, check_cast
from tasks.digests import compose, instalments
from tasks.episodes import rebuild, settle
from tasks.episodes import remove as remove_episode
from tasks.lexicons import lexicon_for
from tasks.shows import change_show, create_show, guid_of, production_settings
from tasks.submission import check_choices

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="Publish podcasts made of articles.",
)

Name = Annotated[str, typer.Argument(metavar="SHOW", help="Name of the show.")]
Title = Annotated[
    str | None, typer.Option("--title", metavar="TEXT", help="What people see; default the name.")
]
Author = Annotated[str | None, typer.Option("--author", metavar="TEXT", help="Who makes the show.")]
Description = Annotated[str | None, typer.Option("--description", metavar="TEXT", help="What it is about.")]
Image = Annotated[
    Path | None, typer.Option("--image", metavar="FILE", help="Its picture; without one, one is drawn.")
]
BaseUrl = Annotated[
    str | None,
    typer.Option("--base-url", metavar="URL", help="Where its folder is served, for the links in the feed."),
]
Link = Annotated[str | None, typer.Option("--link", metavar="URL", help="A page about the show elsewhere.")]
Email = Annotated[
    str | None, typer.Option("--email", metavar="ADDRESS", help="Of its owner, for directories.")
]
Category = Annotated[
    str | None, typer.Option("--category", metavar="NAME", help="Of Apple's list: 'News' or 'Arts > Books'.")
]
Copyright = Annotated[str | None, typer.Option("--copyright", metavar="TEXT", help="Copyright line.")]
Explicit = Annotated[bool | None, typer.Option("--explicit/--clean", help="Whether it is for adults.")]
Public = Annotated[
    bool | None, typer.Option("--public/--private", help="Whether directories may list it; default private.")
]
MaxMinutes = Annotated[
    float | None,
    typer.Option("--max-minutes", metavar="N", help="Refuse sources that would take longer; 0 takes all."),
]
Wanted = Annotated[
    str, typer.Argument(metavar="EPISODE", help="Its number, as 'voxpress feed list' shows it.")
]


@app.command("create")
@reports_errors
def create(
    name: Name,
    title: Title = None,
    author: Author = None,
    language: Language = None,
    description: Description = None,
    image: Image = None,
    base_url: BaseUrl = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="DIR", help="Its folder; default podcasts/SHOW.")
    ] = None,
    link: Link = None,
    email: Email = None,
    category: Category = None,
    copyright_: Copyright = None,
    explicit: Explicit = None,
    public: Public = None,
    max_minutes: MaxMinutes = None,
    profile: Profile = None,
    voice: Voice = None,
    formats: Formats = None,
    intro: Intro = None,
    outro: Outro = None,
    bed: Bed = None,
    assignments: Set = None,
    as_json: Json = False,
) -> None:
    """Begin the podcast SHOW: a folder with a feed, a page and a picture."""
    context = context_of({})
    address = _base(base_url or "")
    show = Show(
        name=name,
        guid=guid_of(address),
        title=title or name.replace("-", " ").capitalize(),
        author=author or "",
        language=language or "en",
        description=description or "",
        base_url=address,
        link=link or "",
        email=email or "",
        category=category or "",
        explicit=bool(explicit),
        private=not public,
        copyright=copyright_ or "",
        persons=(Person(author),) if author else (),
    )
    making = Making(
        profile=profile or "",
        settings=settings_said(assignments, voice=voice, formats=formats, intro=intro, outro=outro, bed=bed),
        max_minutes=max_minutes or 0.0,
    )
    row = create_show(context, show, output or context.settings.shows / name, making, image)
    _tell(row, as_json=as_json)
    if not as_json and not address:
        say("Links in its feed are complete once 'voxpress feed set' is told its --base-url.")


@app.command("set")
@reports_errors
def set_(
    name: Name,
    title: Title = None,
    author: Author = None,
    language: Language = None,
    description: Description = None,
    image: Image = None,
    base_url: BaseUrl = None,
    link: Link = None,
    email: Email = None,
    category: Category = None,
    copyright_: Copyright = None,
    explicit: Explicit = None,
    public: Public = None,
    max_minutes: MaxMinutes = None,
    profile: Profile = None,
    voice: Voice = None,
    formats: Formats = None,
    intro: Intro = None,
    outro: Outro = None,
    bed: Bed = None,
    assignments: Set = None,
    as_json: Json = False,
) -> None:
    """Change SHOW: what is not named stays. Episodes that are there keep their sound."""
    context = context_of({})
    row = context.store.catalog.show(name)
    given: dict[str, Any] = {
        "title": title,
        "author": author,
        "language": language,
        "description": description,
        "base_url": None if base_url is None else _base(base_url),
        "link": link,
        "email": email,
        "category": category,
        "explicit": explicit,
        "private": None if public is None else not public,
        "copyright": copyright_,
        "persons": (Person(author),) if author else None,
    }
    show = replace(row.show, **{key: value for key, value in given.items() if value is not None})
    making = replace(
        row.making,
        profile=row.making.profile if profile is None else profile,
        settings={
            **row.making.settings,
            **settings_said(assignments, voice=voice, formats=formats, intro=intro, outro=outro, bed=bed),
        },
        max_minutes=row.making.max_minutes if max_minutes is None else max_minutes,
    )
    _tell(change_show(context, row, show, making, image), as_json=as_json)


@app.command("add")
@reports_errors
def add(
    name: Name,
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


@app.command("list")
@reports_errors
def list_(
    name: Annotated[str | None, typer.Argument(metavar="[SHOW]", help="Name of the show.")] = None,
    removed: Annotated[bool, typer.Option("--removed", help="Also episodes that were taken out.")] = False,
    as_json: Json = False,
) -> None:
    """List the shows, or the episodes of one."""
    context = context_of({})
    catalog = context.store.catalog
    if name is None:
        rows = catalog.shows()
        counts = {row.name: len(catalog.episodes(row.name, [EpisodeState.PUBLISHED])) for row in rows}
        if as_json:
            write_json({"shows": [{**_show(row), "episodes": counts[row.name]} for row in rows]})
        else:
            write_table(
                [(row.name, row.show.title, str(counts[row.name]), row.folder) for row in rows],
                head=("show", "title", "episodes", "folder"),
                right=("episodes",),
            )
        return
    row = catalog.show(name)
    episodes = [one for one in catalog.episodes(name) if removed or one.state is not EpisodeState.REMOVED]
    if as_json:
        write_json({**_show(row), "episodes": [episode_as_dict(one) for one in episodes]})
        return
    write_table(
        [
            (
                str(one.number or ""),
                f"{one.published_at:%Y-%m-%d}" if one.episode else "",
                clock(one.episode.duration) if one.episode else "",
                one.state.value,
                one.title or one.source,
            )
            for one in episodes
        ],
        head=("no.", "published", "length", "state", "title"),
        right=("no.", "length"),
    )


@app.command("remove")
@reports_errors
def remove(
    name: Name, episodes: Annotated[list[str], typer.Argument(metavar="EPISODE", help="Numbers.")]
) -> None:
    """Take episodes out of SHOW, with their files. What they were made from stays in the store."""
    context = context_of({})
    row = context.store.catalog.show(name)
    for one in [context.store.catalog.episode(name, wanted) for wanted in episodes]:
        remove_episode(context, row, one)
        say(f'"{one.title or one.source}" is out of {name}.')


@app.command("delete")
@reports_errors
def delete(name: Name) -> None:
    """Forget SHOW. Its folder stays as it is."""
    context = context_of({})
    row = context.store.catalog.show(name)
    context.store.catalog.forget_show(name)
    say(f"The show {name} is forgotten; its files are still in {row.folder}.")


@app.command("rebuild")
@reports_errors
def rebuild_(name: Name, as_json: Json = False) -> None:
    """Write the whole folder of SHOW anew from what is kept."""
    context = context_of({})
    row = context.store.catalog.show(name)
    settle(context, row)
    failed = rebuild(context, row)
    for title, error in failed.items():
        err.print(f"voxpress: {title}: {error}", markup=False, style="red")
    _tell(row, as_json=as_json)
    raise SystemExit(Exit.FAILED if failed else Exit.DONE)


@app.command("serve")
@reports_errors
def serve(
    names: Annotated[list[str] | None, typer.Argument(metavar="[SHOW]...", help="Default: all.")] = None,
    address: Annotated[
        str, typer.Option("--address", help="Listen here; 0.0.0.0 is every network of this machine.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0 takes any that is free.")] = 8484,
    token: Annotated[
        bool | None,
        typer.Option("--token/--no-token", help="Put a secret into the addresses, or take it out again."),
    ] = None,
) -> None:
    """Serve shows to the local network until Ctrl-C. Without --address nobody but this machine hears of them."""
    from workers.show_server import serve_shows

    context = context_of({})
    catalog = context.store.catalog
    rows = [catalog.show(name) for name in names] if names else catalog.shows()
    if not rows:
        raise ShowNotFound("There is no show yet: 'voxpress feed create SHOW' makes one.")
    if token is not None:
        rows = [
            catalog.change_show(row.name, row.show, replace(row.making, token=_token(row) if token else ""))
            for row in rows
        ]

    def ready(row: ShowRow, url: str) -> None:
        out.print(f"{url}{FEED}", markup=False)
        say(f"{row.show.title}: {url}")

    serve_shows(context, rows, address, port, ready)


@app.command("upload")
@reports_errors
def upload(
    name: Name,
    url: Annotated[
        str | None, typer.Argument(metavar="[URL]", help="s3://BUCKET/FOLDER, or what else fsspec knows.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Bring the folder of SHOW to a bucket: new files first, the feed last. The address is remembered."""
    from storage.store import access_of
    from storage.uploads import Upload
    from tasks.shows import FILE_TYPES, public_files

    context = context_of({})
    catalog = context.store.catalog
    row = catalog.show(name)
    where = url or row.making.upload
    if not where:
        raise SettingsError(f"It is not known where {name} goes: name an address, e.g. s3://BUCKET/{name}.")
    if where != row.making.upload:
        row = catalog.change_show(name, row.show, replace(row.making, upload=where))
    memory = context.settings.home / "uploads"
    done = Upload(where, access_of(context.settings), memory).send(
        Path(row.folder), public_files(row), (PAGE, FEED), FILE_TYPES
    )
    if as_json:
        write_json({"show": name, "url": shown(where), **asdict(done)})
    else:
        say(f"{len(done.sent)} files were sent, {len(done.removed)} removed, {done.kept} were there already.")


def _token(row: ShowRow) -> str:
    return row.making.token or secrets.token_urlsafe(16)


def _base(url: str) -> str:
    """An address that names can be put behind. Raises ``SettingsError``."""
    if not url:
        return ""
    if (
        not url.startswith(("http://", "https://"))
        or any(c.isspace() for c in url)
        or "?" in url
        or "#" in url
    ):
        raise SettingsError(f"--base-url {url!r} is no address of a folder: give http(s)://HOST/PATH/.")
    return url.rstrip("/") + "/"


def _tell(row: ShowRow, *, as_json: bool) -> None:
    if as_json:
        write_json(_show(row))
    else:
        out.print(str(Path(row.folder) / FEED), markup=False)


def _show(row: ShowRow) -> dict[str, Any]:
    making = {key: value for key, value in asdict(row.making).items() if key != "token"} | {
        "upload": shown(row.making.upload)
    }
    return {**asdict(row.show), "folder": row.folder, "making": making}


app.command("validate")(validate)
app.command("script")(script)
app.command("speak")(speak)
app.command("follow")(follow)
app.command("unfollow")(unfollow)
app.command("check")(check)
app.command("entries")(entries)

__all__ = ["app"]
