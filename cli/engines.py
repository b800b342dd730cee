"""``voxpress engines``: which engines there are, and environments for those whose libraries are not ours."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer

from cli.flags import Json, Offline, Quiet, settings_of
from cli.output import err, out, reports_errors, say, write_json, write_table
from pipeline.errors import EngineUnavailable
from pipeline.speech.offers import read
from pipeline.speech.registry import all_voices, engine_names, engine_problems, facts_of, runs_here
from tasks.context import Context, engine_context, open_context
from tasks.environments import ask, environment_of, environments
from tasks.offers import ENVIRONMENT, HERE, elsewhere, environment_problems
from workers.place import is_shared

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="List engines, and install those that need it.",
)

Name = Annotated[str, typer.Argument(metavar="ENGINE", help="As 'voxpress engines list' names it.")]


@dataclass(frozen=True, slots=True)
class Row:
    """An engine at one place."""

    engine: str
    where: str
    """``here``, ``environment``, the name of a host, or empty: nowhere yet."""
    voices: int
    note: str = ""


@app.command("list")
@reports_errors
def list_engines(as_json: Json = False) -> None:
    """List the engines: where they run, and how many voices they have there."""
    from workers.installing import sweep

    settings = settings_of({})
    sweep(settings)
    rows = list(_rows(open_context(settings)))
    if as_json:
        write_json({"engines": [asdict(row) for row in rows]})
        return
    write_table(
        [(row.engine, row.where or "-", str(row.voices), row.note) for row in rows],
        head=("engine", "where", "voices", "note"),
        right=("voices",),
    )


@app.command("install")
@reports_errors
def install_engine(
    name: Name,
    packages: Annotated[
        list[str] | None,
        typer.Option(
            "--package",
            metavar="PACKAGE|WHEEL",
            help="What brings an engine that is not Voxpress's own. May be repeated.",
        ),
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option(
            "--from", metavar="DIR", help="Install from the wheels in this folder, without the network."
        ),
    ] = None,
    share: Annotated[
        bool,
        typer.Option("--share", help="Use the libraries that Voxpress runs on where they are good enough."),
    ] = False,
    offline: Offline = None,
    quiet: Quiet = False,
) -> None:
    """Make an environment for an engine, with this Voxpress and the engine's libraries in it; or make it anew."""
    from workers.installing import Wish, install

    settings = settings_of({"offline": offline})
    wish = Wish(name, tuple(packages or ()), folder, share)
    if quiet or not sys.stderr.isatty():
        environment = install(settings, wish, _silent if quiet else _first_words())
    else:
        with err.status(f"Installing {name}") as status:
            environment = install(settings, wish, lambda line: status.update(f"{name}: {line[:100]}"))
    try:
        voices = len(read(ask(environment, settings)))
    except EngineUnavailable as error:
        say(f"{environment.folder} is made, but the engine cannot speak yet: {error}")
        return
    if not quiet:
        some = f"{voices} voice{'' if voices == 1 else 's'}" if voices else "no voice yet"
        say(f"The engine {name} is installed in {environment.folder}, with {some}.")


@app.command("remove")
@reports_errors
def remove_engine(name: Name) -> None:
    """Remove an engine's environment. Its voices stay, and so does what they spoke."""
    from workers.installing import remove, sweep

    settings = settings_of({})
    remove(settings, name)
    sweep(settings)
    say(f"The environment of {name} is removed.")


@app.command("check")
@reports_errors
def check_engine(name: Name, as_json: Json = False) -> None:
    """Start an engine where it is installed on this machine, and show what it says."""
    settings = settings_of({})
    context = engine_context(settings)
    if runs_here(name, context):
        voices = [voice.name for voice in all_voices(context) if voice.engine == name]
        shown = {"engine": name, "where": HERE, "python": sys.executable, "voices": voices}
    else:
        environment = environment_of(settings, name)
        if environment is None:
            reason = engine_problems(context).get(
                name, f"The engine {name} is not installed on this machine."
            )
            raise EngineUnavailable(f"{reason.rstrip('.')}; {_how(name)}.")
        if problem := environment.problem():
            raise EngineUnavailable(problem)
        voices = [offer.voice.name for offer in read(ask(environment, settings))]
        record = environment.record
        shown = {
            "engine": name,
            "where": str(environment.folder),
            "python": str(environment.python),
            "voxpress": record.version,
            "installed": list(record.requirements),
            "voices": voices,
        }
    if as_json:
        write_json(shown)
        return
    for key, value in shown.items():
        said = ", ".join(value) if isinstance(value, list) else value
        out.print(f"{key + ':':<12} {said or '-'}", markup=False)


def _rows(context: Context) -> Iterator[Row]:
    settings = context.settings
    broken = engine_problems(context.engines)
    apart = environment_problems(settings)
    placed = list(elsewhere(context, shared=is_shared(settings)))
    made = {environment.engine for environment in environments(settings)}
    for engine in sorted({*engine_names(), *made, *(one.offer.voice.engine for one in placed)}):
        places = {one.place for one in placed if one.offer.voice.engine == engine}
        if engine in engine_names() and engine not in broken:
            yield Row(engine, HERE, sum(voice.engine == engine for voice in all_voices(context.engines)))
        elif engine in made:
            count = sum(one.offer.voice.engine == engine and one.place.kind == ENVIRONMENT for one in placed)
            yield Row(engine, ENVIRONMENT, count, apart.get(engine, ""))
        elif not places:
            yield Row(engine, "", 0, _how(engine) if facts_of(engine).extra else broken.get(engine, ""))
        for place in sorted(places, key=lambda place: place.kind):
            if place.kind != ENVIRONMENT:
                count = sum(one.offer.voice.engine == engine and one.place == place for one in placed)
                yield Row(engine, place.kind, count, "" if place.alive else "away")


def _how(engine: str) -> str:
    return f"'voxpress engines install {engine}' gives it an environment"


def _silent(line: str) -> None:
    """Said to nobody."""


def _first_words() -> Callable[[str], None]:
    """Where nobody watches, as in a log: what is collected and installed, without bars and addresses."""

    def tell(line: str) -> None:
        if line.startswith(
            ("Making", "Collecting", "Installing", "Successfully", "Installed", "ERROR", "error")
        ):
            say(line)

    return tell
