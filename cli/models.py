"""``voxpress models``: models for speech recognition, which listens to takes."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli.flags import Json, Offline, Quiet, settings_of
from cli.output import out, reports_errors, say, write_facts, write_json, write_table
from cli.pulling import require_reachable, with_bar
from pipeline.hear.models import ModelFolder, find_model, installed
from pipeline.hear.pull import WHISPER_MODELS, pull, remove
from pipeline.pulling.files import Progress
from pipeline.pulling.hub import PUBLIC_HUB
from tasks.context import recogniser_context

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="List, show, pull and remove models for speech recognition.",
)

From = Annotated[
    str | None,
    typer.Option("--from", metavar="URL|DIR", help="A mirror of Hugging Face, or a folder of its layout."),
]
Name = Annotated[str, typer.Argument(metavar="MODEL", help="As 'voxpress models list' names it.")]


@app.command("list")
@reports_errors
def list_models(
    available: Annotated[
        bool, typer.Option("--available", help="Those that can be pulled by a short name.")
    ] = False,
    as_json: Json = False,
) -> None:
    """List the models that were pulled."""
    if available:
        rows = list(WHISPER_MODELS.items())
        if as_json:
            write_json({"models": [{"name": name, "source": source} for name, source in rows]})
        else:
            write_table(rows, head=("model", "from"))
        return
    models = list(installed("whisper", settings_of({}).models_dir))
    if as_json:
        write_json({"models": [_as_dict(model) for model in models]})
    elif not models:
        out.print(
            "No model was pulled: 'voxpress models pull small' gets one for most languages (480 MB).",
            markup=False,
        )
    else:
        write_table(
            [(model.name, f"{model.size / 1e6:.0f}", str(len(model.languages))) for model in models],
            head=("model", "MB", "languages"),
            right=("MB", "languages"),
        )


@app.command()
@reports_errors
def show(name: Name, as_json: Json = False) -> None:
    """Show everything known of a model: a pulled one, or a folder of your own."""
    settings = settings_of({"asr_model": name})
    shown = _as_dict(find_model("whisper", recogniser_context(settings)))
    if as_json:
        write_json(shown)
        return
    write_facts(shown)


@app.command("pull")
@reports_errors
def pull_model(
    name: Annotated[str, typer.Argument(metavar="MODEL", help="E.g. small; or OWNER/MODEL.")],
    revision: Annotated[
        str, typer.Option("--revision", metavar="COMMIT", help="Exactly this commit of it.")
    ] = "main",
    source: From = None,
    offline: Offline = None,
    quiet: Quiet = False,
) -> None:
    """Fetch a Whisper model; its files are checked, and again whenever it is loaded."""
    settings = settings_of({"offline": offline, "models_from": source})
    place = settings.models_from or PUBLIC_HUB
    require_reachable(place, offline=settings.offline)

    def get(progress: Progress | None = None) -> ModelFolder:
        return pull(name, settings.models_dir, place, revision, progress)

    if quiet:
        get()
        return
    model = with_bar(name, get)
    assert model.record
    say(f"{model.name} is installed, as of commit {model.record.revision}.")


@app.command("remove")
@reports_errors
def remove_model(name: Name) -> None:
    """Remove a pulled model. What was heard with it is kept."""
    remove(name, settings_of({}).models_dir)
    say(f"{name} is removed.")


def _as_dict(model: ModelFolder) -> dict[str, Any]:
    record = model.record
    return {
        "name": model.name,
        "path": str(model.path),
        "bytes": model.size,
        "languages": sorted(model.languages),
        "digest": model.digest,
        "source": record.source if record else "",
        "revision": record.revision if record else "",
    }
