"""``voxpress doctor``: what works here, what is missing and how to get it, where settings come from."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated, Any

import typer
from rich.table import Table

from cli.flags import Json
from cli.output import Exit, out, reports_errors, write_json
from pipeline.audio.ffmpeg import ffmpeg_version, find_ffmpeg
from pipeline.errors import VoxpressError
from pipeline.speech.registry import all_voices, engine_names, engine_problems
from storage.settings import LoadedSettings, describe_settings, load_settings
from tasks.context import Context, open_context
from workers.broker import find_server

FREE_BYTES = 2 * 10**9
"""A ten-hour book needs about 2 GB while it is made (its takes are kept as WAV)."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    what: str
    state: str
    """``ok``, ``note`` or ``missing``."""
    said: str


@reports_errors
def doctor(
    settings_too: Annotated[
        bool, typer.Option("--settings", help="Show every setting, its value and where it came from.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Look at everything Voxpress needs here."""
    loaded = load_settings()
    context = open_context(loaded.settings.prepare())
    findings = list(_findings(context))
    if as_json:
        write_json({"findings": [_as_dict(f) for f in findings], "settings": _settings(loaded)})
    else:
        _print(findings)
        if settings_too:
            _print_settings(loaded)
        for name in loaded.ignored:
            out.print(f"The environment variable {name} names no setting and is ignored.", markup=False)
    if any(f.state == "missing" for f in findings):
        raise SystemExit(Exit.FAILED)


def _findings(context: Context) -> Iterator[Finding]:
    yield Finding("Python", "ok", f"{platform.python_version()} on {platform.platform()}")
    yield _broker()
    yield _ffmpeg()
    problems = engine_problems(context.engines)
    voices = all_voices(context.engines)
    for engine in engine_names():
        mine = [voice for voice in voices if voice.engine == engine]
        if engine in problems:
            yield Finding(engine, "note", problems[engine])
        elif mine:
            yield Finding(engine, "ok", f"{len(mine)} voices, {mine[0].revision.split('+')[0]}")
        else:
            yield Finding(
                engine, "note", "no voice yet: 'voxpress voices list --available' shows what to pull"
            )
    for extra, package in {"whisper": "faster-whisper", "xtts": "coqui-tts", "s3": "s3fs"}.items():
        yield _extra(extra, package)
    home = context.settings.home
    free = shutil.disk_usage(home).free
    room = f"{home}, {free / 1e9:.1f} GB free"
    yield Finding("state folder", "ok" if free > FREE_BYTES else "note", room)
    yield Finding("catalog", "ok", context.settings.catalog_url)


def _broker() -> Finding:
    try:
        server = find_server()
    except VoxpressError as error:
        return Finding("broker", "missing", str(error))
    return Finding("broker", "ok", f"{server.path.name} {server.version} ({server.origin}: {server.path})")


def _ffmpeg() -> Finding:
    try:
        path = find_ffmpeg()
        return Finding("ffmpeg", "ok", f"{ffmpeg_version(path)} ({path})")
    except VoxpressError as error:
        return Finding("ffmpeg", "missing", str(error))


def _extra(extra: str, package: str) -> Finding:
    try:
        return Finding(extra, "ok", f"{package} {version(package)}")
    except PackageNotFoundError:
        return Finding(extra, "note", f"not installed; 'pip install \"voxpress[{extra}]\"' adds it")


def _settings(loaded: LoadedSettings) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for info in describe_settings():
        section, _, name = info.key.rpartition(".")
        owner = getattr(loaded.settings.production, section) if section else loaded.settings
        value = getattr(owner, name)
        hidden = info.key == "reading.password" and value
        shown[info.key] = {"value": "(set)" if hidden else value, "from": loaded.origins[info.key]}
    return shown


def _as_dict(finding: Finding) -> dict[str, str]:
    return {"what": finding.what, "state": finding.state, "said": finding.said}


def _print(findings: list[Finding]) -> None:
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    for finding in findings:
        table.add_row(finding.state, finding.what, finding.said)
    out.print(table)


def _print_settings(loaded: LoadedSettings) -> None:
    table = Table(box=None, padding=(0, 2, 0, 0))
    for column in ("setting", "value", "from"):
        table.add_column(column, overflow="fold")
    for key, entry in _settings(loaded).items():
        table.add_row(key, str(entry["value"]), str(entry["from"]))
    out.print(table)
