"""``voxpress doctor``: what works here, what is missing and how to get it, where settings come from."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Iterator
from dataclasses import fields
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated, Any

import typer

from cli.flags import Json
from cli.output import Exit, out, reports_errors, write_json, write_table
from pipeline.audio.ffmpeg import ffmpeg_version, find_ffmpeg
from pipeline.errors import VoxpressError
from pipeline.hear.registry import open_recogniser, recogniser_names, recogniser_problems
from pipeline.model import Voice
from pipeline.speech.registry import all_voices, engine_names, engine_problems, facts_of
from storage.addresses import HIDDEN, is_secret, shown
from storage.probes import Finding, probe_blobs, probe_catalog
from storage.servers import KEY as SERVERS
from storage.settings import VARIABLES, LoadedSettings, Settings, describe_settings, load_settings
from tasks.context import engine_context, recogniser_context
from tasks.ears import SMALL_BYTES
from tasks.environments import answer, apart_from_us
from workers.broker import find_server
from workers.gpu_probe import probe_gpus
from workers.place import broker_url
from workers.probes import probe_broker, probe_offers, probe_pages, probe_workers

FREE_BYTES = 2 * 10**9
"""A ten-hour book needs about 2 GB while it is made (its takes are kept as WAV)."""


@reports_errors
def doctor(
    settings_too: Annotated[
        bool, typer.Option("--settings", help="Show every setting, its value and where it came from.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Look at everything Voxpress needs here."""
    loaded = load_settings()
    findings = list(_findings(loaded.settings.prepare()))
    if as_json:
        write_json({"findings": [_as_dict(f) for f in findings], "settings": _settings(loaded)})
    else:
        _print(findings)
        if settings_too:
            _print_settings(loaded)
        for name in loaded.ignored:
            out.print(f"The environment variable {name} means nothing here and is ignored.", markup=False)
    if any(f.state in ("missing", "wrong") for f in findings):
        raise SystemExit(Exit.FAILED)


def _findings(settings: Settings) -> Iterator[Finding]:
    engines = engine_context(settings)
    yield Finding("Python", "ok", f"{platform.python_version()} on {platform.platform()}")
    yield _broker()
    yield _ffmpeg()
    yield from probe_gpus(settings)
    problems = engine_problems(engines)
    voices = all_voices(engines)
    apart = list(_apart(settings))
    elsewhere = [name for name in engine_names() if facts_of(name).server]
    for engine in engine_names():
        if engine in elsewhere or any(finding.what == engine for finding in apart):
            continue  # each of their servers, and environments, is looked at by itself
        mine = [voice for voice in voices if voice.engine == engine]
        if engine in problems:
            yield Finding(engine, "note", problems[engine])
        elif mine:
            yield Finding(engine, "ok", _engine(engine, mine))
        else:
            yield Finding(
                engine, "note", "no voice yet: 'voxpress voices list --available' shows what to pull"
            )
    yield from apart
    yield from _servers(settings, elsewhere)
    yield from _ears(settings)
    for extra, package in {"s3": "s3fs", "postgres": "psycopg"}.items():
        yield _extra(extra, package)
    home = settings.home
    free = shutil.disk_usage(home).free
    room = f"{home}, {free / 1e9:.1f} GB free"
    yield Finding("state folder", "ok" if free > FREE_BYTES else "note", room)
    yield probe_catalog(settings)
    yield probe_blobs(settings)
    yield from _shared(settings)


def _apart(settings: Settings) -> Iterator[Finding]:
    """The engines that have an environment of their own here."""
    for environment in apart_from_us(settings):
        try:
            voices = [offer.voice for offer in answer(environment, settings)]
        except VoxpressError as error:
            yield Finding(environment.engine, "wrong", str(error))
        else:
            some = _engine(environment.engine, voices) if voices else "no voice yet"
            yield Finding(environment.engine, "ok", f"{some}, in {environment.folder}")


def _servers(settings: Settings, elsewhere: list[str]) -> Iterator[Finding]:
    """Each server that the settings name: whether it is there, and what it says. Keys are not shown."""
    from pipeline.speech.server_look import look_at

    engines = engine_context(settings)
    for server in settings.servers:
        what = f"server {server.label}"
        try:
            yield Finding(what, "ok", look_at(server, engines))
        except VoxpressError as error:
            yield Finding(what, "wrong", str(error))
    if not settings.servers:
        yield Finding(
            "servers",
            "note",
            f"none named; [servers.NAME] in voxpress.toml adds one of {', '.join(elsewhere)}",
        )


def _ears(settings: Settings) -> Iterator[Finding]:
    """Who can listen to takes, and whether that is done without being asked for."""
    ears = recogniser_context(settings)
    problems = recogniser_problems(ears)
    for name in recogniser_names():
        if name in problems:
            yield Finding(name, "note", problems[name])
            continue
        recogniser = open_recogniser(name, ears)
        slow = ears.device == "cpu" and recogniser.size > SMALL_BYTES
        quick = "; it is slow here: only with '--check asr'" if slow else ""
        yield Finding(
            name, "ok", f"{recogniser.revision}, {recogniser.size / 1e6:.0f} MB on {ears.device}{quick}"
        )


def _shared(settings: Settings) -> Iterator[Finding]:
    """What several commands, or hosts, have in common; nothing where there is no such thing."""
    try:
        url = broker_url(settings)
    except VoxpressError:
        return
    yield probe_broker(url)
    yield probe_workers(settings)
    yield from probe_offers(settings)
    yield from probe_pages(settings)


def _engine(name: str, voices: list[Voice]) -> str:
    """How many voices, and of which release."""
    count = f"{len(voices)} voice{'s' if len(voices) > 1 else ''}"
    if name == "espeak":
        from pipeline.speech.espeak_library import find_library

        library = find_library()
        return f"{library.version} ({library.origin}: {library.path}), {count}"
    return count


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
    said: dict[str, Any] = {}
    for info in describe_settings():
        section, _, name = info.key.rpartition(".")
        owner = getattr(loaded.settings.production, section) if section else loaded.settings
        value = getattr(owner, name)
        if info.key == SERVERS:
            value = _shown_servers(loaded.settings)
        elif is_secret(info.key):
            value = HIDDEN if value else ""
        elif isinstance(value, str):
            value = shown(value)
        said[info.key] = {"value": value, "from": loaded.origins[info.key]}
    return said


def _shown_servers(settings: Settings) -> dict[str, dict[str, Any]]:
    """The tables without their keys."""
    tables = {}
    for server in settings.servers:
        table = {one.name: getattr(server, one.name) for one in fields(server) if one.name != "name"}
        tables[server.label] = table | {"key": HIDDEN if server.key else ""}
    return tables


def _as_dict(finding: Finding) -> dict[str, str]:
    return {"what": finding.what, "state": finding.state, "said": finding.said}


def _print(findings: list[Finding]) -> None:
    write_table((finding.state, finding.what, finding.said) for finding in findings)


def _print_settings(loaded: LoadedSettings) -> None:
    rows = [(key, _written(entry["value"]), str(entry["from"])) for key, entry in _settings(loaded).items()]
    rows += [(name, os.environ[name], "environment") for name in VARIABLES if name in os.environ]
    write_table(rows, head=("setting", "value", "from"))


def _written(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} ({table['url']})" for name, table in value.items())
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
