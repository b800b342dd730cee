"""``voxpress feed serve`` and ``upload``: shows are brought to where people listen."""

from __future__ import annotations

import secrets
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer

from cli.choices import ShowName
from cli.flags import Json, context_of
from cli.output import out, reports_errors, say, write_json
from pipeline.errors import SettingsError, ShowNotFound
from pipeline.publish.podcast.addresses import content_type
from pipeline.publish.podcast.show import FEED, PAGE
from storage.addresses import shown
from storage.show_rows import ShowRow
from tasks.shows import public_files


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


@reports_errors
def upload(
    name: ShowName,
    url: Annotated[
        str | None, typer.Argument(metavar="[URL]", help="s3://BUCKET/FOLDER, or what else fsspec knows.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Bring the folder of SHOW to a bucket: new files first, the feed last. The address is remembered."""
    from storage.store import access_of
    from storage.uploads import Upload

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
        Path(row.folder), public_files(row), (PAGE, FEED), content_type
    )
    if as_json:
        write_json({"show": name, "url": shown(where), **asdict(done)})
    else:
        say(f"{len(done.sent)} files were sent, {len(done.removed)} removed, {done.kept} were there already.")


def _token(row: ShowRow) -> str:
    return row.making.token or secrets.token_urlsafe(16)


__all__ = ["serve", "upload"]
