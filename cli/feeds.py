"""``voxpress feed``: podcasts, whose episodes are made of articles, documents and books."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.adding import add
from cli.choices import Formats, ShowName, Voice
from cli.flags import (
    Bed,
    Intro,
    Json,
    Outro,
    Profile,
    Set,
    context_of,
)
from cli.following import check, entries, follow, unfollow
from cli.making_episodes import episode_as_dict, settings_said
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
from cli.serving_shows import serve, upload
from cli.talking import script, speak
from cli.validating import validate
from pipeline.errors import SettingsError
from pipeline.publish.podcast.show import FEED, Person, Show
from storage.addresses import shown
from storage.show_rows import EpisodeState, Making, ShowRow
from tasks.episodes import rebuild, settle
from tasks.episodes import remove as remove_episode
from tasks.shows import change_show, create_show, guid_of

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="Publish podcasts made of articles.",
)

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
ShowLanguage = Annotated[
    str | None,
    typer.Option(
        "--language", metavar="TAG", help="What it is in (BCP 47), for apps and directories; default en."
    ),
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
    name: ShowName,
    title: Title = None,
    author: Author = None,
    language: ShowLanguage = None,
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
    name: ShowName,
    title: Title = None,
    author: Author = None,
    language: ShowLanguage = None,
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
    name: ShowName, episodes: Annotated[list[str], typer.Argument(metavar="EPISODE", help="Numbers.")]
) -> None:
    """Take episodes out of SHOW, with their files. What they were made from stays in the store."""
    context = context_of({})
    row = context.store.catalog.show(name)
    for one in [context.store.catalog.episode(name, wanted) for wanted in episodes]:
        remove_episode(context, row, one)
        say(f'"{one.title or one.source}" is out of {name}.')


@app.command("delete")
@reports_errors
def delete(name: ShowName) -> None:
    """Forget SHOW. Its folder stays as it is."""
    context = context_of({})
    row = context.store.catalog.show(name)
    context.store.catalog.forget_show(name)
    say(f"The show {name} is forgotten; its files are still in {row.folder}.")


@app.command("rebuild")
@reports_errors
def rebuild_(name: ShowName, as_json: Json = False) -> None:
    """Write the whole folder of SHOW anew from what is kept."""
    context = context_of({})
    row = context.store.catalog.show(name)
    settle(context, row)
    failed = rebuild(context, row)
    for title, error in failed.items():
        err.print(f"voxpress: {title}: {error}", markup=False, style="red")
    _tell(row, as_json=as_json)
    raise SystemExit(Exit.FAILED if failed else Exit.DONE)


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


app.command("add")(add)
app.command("serve")(serve)
app.command("upload")(upload)
app.command("validate")(validate)
app.command("script")(script)
app.command("speak")(speak)
app.command("follow")(follow)
app.command("unfollow")(unfollow)
app.command("check")(check)
app.command("entries")(entries)

__all__ = ["app"]
