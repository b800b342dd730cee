"""``voxpress voices``: which voices are here, which can be had, and how they sound."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.apart import run_apart
from cli.choices import NoWatermark, Parameters, Rate
from cli.comparing import compare
from cli.flags import Json, Language, Offline, Profile, Quiet, as_settings, settings_of
from cli.output import out, reports_errors, say, write_facts, write_json, write_table
from cli.pulling import require_reachable, with_bar
from pipeline.errors import SettingsError, SpeechError
from pipeline.model import Voice
from pipeline.publish.provenance import provenance_sentence
from pipeline.speech.clones import clone_of, cloned_voice, remove_clone
from pipeline.speech.engine import EngineContext
from pipeline.speech.facts import WATERMARK
from pipeline.speech.manifest import PullableModel, find_model, pullable_models
from pipeline.speech.pull import PUBLIC_VOICES, PullableVoice, add, available, pull, remove
from pipeline.speech.pull_model import is_pulled, remove_model
from pipeline.speech.registry import all_voices, choose, facts_or_unknown, find_voice, runs_here, spoken_by
from pipeline.speech.voices import language_match, sample_text
from storage.settings import Settings
from tasks.context import engine_context, open_context
from tasks.offers import HERE, in_environments, of_workers
from tasks.options import require_watermark
from workers.place import is_shared

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="List, show, pull and try voices.",
)

From = Annotated[
    str | None,
    typer.Option(
        "--from", metavar="URL|DIR", help="A mirror of Piper's voice list, or a folder of its layout."
    ),
]
Name = Annotated[str, typer.Argument(metavar="VOICE", help="As 'voxpress voices list' names it.")]


@app.command("list")
@reports_errors
def list_voices(
    language: Language = None,
    available_too: Annotated[
        bool, typer.Option("--available", help="Those that can be pulled instead (uses the network).")
    ] = False,
    source: From = None,
    offline: Offline = None,
    as_json: Json = False,
) -> None:
    """List the installed voices, or with --available those that can be pulled."""
    settings = settings_of({"offline": offline, "voices_from": source})
    if available_too:
        models = [model for model in pullable_models() if _speaks(model.languages, language)]
        pullable = [
            v for v in available(source_of(settings), settings.offline) if _speaks(v.languages, language)
        ]
        _show_pullable(models, pullable, as_json=as_json)
        return
    placed = [one for one in _known(settings) if _speaks(one[0].languages, language)]
    voices = [voice for voice, _ in placed]
    if as_json:
        write_json({"voices": [{**_as_dict(voice), "where": where} for voice, where in placed]})
        return
    if not voices:
        said = f"No installed voice speaks '{language}'." if language else "No voice is installed."
        out.print(said, markup=False)
        return
    rows = [(v.name, ", ".join(v.languages), v.gender, str(v.sample_rate), v.description) for v in voices]
    if all(where == HERE for _, where in placed):
        write_table(rows, head=("voice", "languages", "gender", "Hz", "description"))
        return
    with_place = [(*row[:4], where, row[4]) for row, (_, where) in zip(rows, placed, strict=True)]
    write_table(with_place, head=("voice", "languages", "gender", "Hz", "where", "description"))


@app.command()
@reports_errors
def show(name: Name, as_json: Json = False) -> None:
    """Show everything known of a voice."""
    shown = _as_dict(_known_voice(name, settings_of({})))
    if as_json:
        write_json(shown)
        return
    write_facts(shown)


def _known_voice(name: str, settings: Settings) -> Voice:
    """A voice of engines here, or of those that offer theirs, or a cloned one whose engine runs nowhere now."""
    engines = engine_context(settings)
    try:
        return find_voice(name, "en", engines)
    except SpeechError as error:
        clone = clone_of(name, engines.voices_dir)
        offered = [voice for voice, _ in _known(settings)]
        if clone is None or any(voice.name == name for voice in offered):
            return choose(name, "en", offered)
        unheard = cloned_voice(clone, revision="", sample_rate=clone.sample_rate)
        return replace(unheard, caveat=str(error))


@app.command("pull")
@reports_errors
def pull_voice(
    name: Annotated[
        str,
        typer.Argument(
            metavar="VOICE", help="E.g. en_US-lessac-medium; or an engine's model, e.g. kokoro, xtts:xtts-v2."
        ),
    ],
    source: From = None,
    accept_licence: Annotated[
        bool, typer.Option("--accept-licence", help="Accept the model's licence, where that must be done.")
    ] = False,
    hashes: Annotated[
        list[str] | None,
        typer.Option("--sha256", metavar="FILE=HEX", help="What a file must be. May be repeated."),
    ] = None,
    trust_first: Annotated[
        bool,
        typer.Option(
            "--trust-first", help="Take files whose SHA-256 nobody here knows as the mirror has them now."
        ),
    ] = False,
    offline: Offline = None,
    quiet: Quiet = False,
) -> None:
    """Fetch a Piper voice, or the model of another engine; what arrives is verified before it is there."""
    if model := find_model(name):
        from cli.pulling_models import pull_shown_model

        settings = settings_of({"offline": offline, "models_from": source})
        pull_shown_model(model, settings, hashes, accept=accept_licence, trust_first=trust_first, quiet=quiet)
        return
    settings = settings_of({"offline": offline, "voices_from": source})
    require_reachable(source_of(settings), offline=settings.offline)
    engines = engine_context(settings)
    voice = (
        pull(name, engines, source_of(settings)) if quiet else pull_shown(name, engines, source_of(settings))
    )
    if not quiet:
        say(f"{voice.name} is installed." + (f" Licence: {voice.licence}." if voice.licence else ""))


@app.command("add")
@reports_errors
def add_voice(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="What a cloned voice is to be called; or a Piper voice: FILE.onnx, with FILE.onnx.json beside it.",
        ),
    ],
    reference: Annotated[
        Path | None,
        typer.Option("--reference", metavar="AUDIO", help="A recording of the one who is to be imitated."),
    ] = None,
    engine: Annotated[
        str | None, typer.Option("--engine", metavar="ENGINE", help="Who imitates: see docs/engines.")
    ] = None,
    consent: Annotated[
        str | None,
        typer.Option(
            "--consent",
            metavar="WHO, WHEN, FOR WHAT",
            help="Who allowed it, on which day (YYYY-MM-DD), for what; 'own voice: WHO' for your own.",
        ),
    ] = None,
    text: Annotated[
        str | None,
        typer.Option(
            "--reference-text", metavar="TEXT", help="What is said in it, where the engine must know."
        ),
    ] = None,
    language: Annotated[
        str | None, typer.Option("--language", metavar="TAG", help="Language of the recording (BCP 47).")
    ] = None,
) -> None:
    """Make a voice of a recording, with the consent of the one who speaks in it; or copy a Piper voice of your own.

    The recording is checked, trimmed and brought to one level. The consent becomes part of everything that the
    voice speaks.
    """
    engines = engine_context(settings_of({}))
    if reference is None:
        if engine or consent or text:
            raise SettingsError("To make a voice of a recording, name it with --reference.")
        voice = add(Path(name).expanduser(), engines)
        say(f"{voice.name} is installed: 'voxpress voices sample {voice.name}' lets you hear it.")
        return
    from cli.cloning import make_clone, why_it_is_silent

    clone = make_clone(name, engine, reference, consent, text, language, engines)
    say(f"{clone.voice} is made of {clone.seconds:.1f} s, with the consent of {clone.consent}.")
    silent = why_it_is_silent(clone, engines)
    say(silent or f"'voxpress voices sample {clone.voice}' lets you hear it.")


@app.command("remove")
@reports_errors
def remove_voice(name: Name) -> None:
    """Remove a voice: a pulled one, or a cloned one with its recording and consent. Books that it spoke stay."""
    engines = engine_context(settings_of({}))
    model = find_model(name)
    if clone_of(name, engines.voices_dir):
        remove_clone(name, engines.voices_dir)
    elif model and is_pulled(model, engines.voices_dir):
        remove_model(model, engines.voices_dir)
    else:
        remove(name, engines)
    say(f"{name} is removed.")


app.command("compare")(compare)


@app.command()
@reports_errors
def sample(
    name: Name,
    text: Annotated[
        str | None, typer.Argument(help="What to say; without it, a sentence of our own.")
    ] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="WAV file to write.")] = None,
    language: Language = None,
    rate: Rate = None,
    parameters: Parameters = None,
    no_watermark: NoWatermark = False,
    profile: Profile = None,
) -> None:
    """Say something with a voice and write it to a WAV file."""
    from pipeline.audio.wav import write_wav
    from tasks.sampling import speak_text

    settings = settings_of(
        as_settings(rate=rate, parameters=parameters, watermark=False if no_watermark else None),
        None,
        profile,
    )
    engines = engine_context(settings)
    try:
        voice = find_voice(name, language or "en", engines)
    except SpeechError:
        run_apart(name, language or "en", settings)
        raise
    if not runs_here(spoken_by(voice.name), engines):  # a converter is known where it cannot run
        run_apart(voice.name, language or "en", settings)
    require_watermark(settings.production, voice)
    spoken_language = language or voice.languages[0]
    pieces = speak_text(
        text or sample_text(spoken_language), voice, spoken_language, settings.production, engines
    )
    path = output or Path(f"{voice.id.replace('/', '-')}.wav")
    about = provenance_sentence([voice] if voice.consent else [])
    first = next(pieces)  # before the file is there: it may be that nothing can be said
    blocks = (piece.with_pause for piece in chain((first,), pieces))
    write_wav(path, voice.sample_rate, blocks, about)
    out.print(str(path), markup=False)


def _known(settings: Settings) -> list[tuple[Voice, str]]:
    """The voices that are known here, and where each is spoken: ``here``, ``environment``, or a host's name."""
    found = {voice.name: (voice, HERE) for voice in all_voices(engine_context(settings))}
    others = [of_workers(open_context(settings))] if is_shared(settings) else []
    for one in chain(in_environments(settings), *others):
        found.setdefault(one.offer.voice.name, (one.offer.voice, one.place.kind))
    return list(found.values())


def _speaks(languages: tuple[str, ...], wanted: str | None) -> bool:
    return wanted is None or language_match(languages, wanted) > 0


def source_of(settings: Settings) -> str:
    """Where voices are pulled from."""
    return settings.voices_from or PUBLIC_VOICES


def pull_shown(name: str, engines: EngineContext, source: str) -> Voice:
    """As ``pull``, with a bar that shows how far it is."""
    return with_bar(name, lambda progress: pull(name, engines, source, progress))


def _show_pullable(models: list[PullableModel], voices: list[PullableVoice], *, as_json: bool) -> None:
    if as_json:
        own = [{"id": v.id, "languages": list(v.languages), "bytes": v.size} for v in voices]
        others = [
            {"id": m.id, "languages": list(m.languages), "bytes": m.size, "licence": m.licence}
            for m in models
        ]
        write_json({"voices": own, "models": others})
        return
    if models:
        rows = [(m.id, ", ".join(m.languages), f"{m.size / 1e6:.0f}", m.licence) for m in models]
        write_table(rows, head=("model", "languages", "MB", "licence"), right=("MB",))
    if not voices:
        out.print("No voice of that language can be pulled.")
        return
    small = [(v.id, ", ".join(v.languages), f"{v.size / 1e6:.0f}") for v in voices]
    write_table(small, head=("voice", "languages", "MB"), right=("MB",))


def _as_dict(voice: Voice) -> dict[str, Any]:
    facts = facts_or_unknown(voice.engine)
    return {
        "name": voice.name,
        "engine": voice.engine,
        "languages": list(voice.languages),
        "gender": voice.gender,
        "sample_rate": voice.sample_rate,
        "quality": voice.quality,
        "revision": voice.revision,
        "licence": voice.licence,
        "weights_licence": facts.weights_licence,
        "commercial": facts.commercial,
        "parameters": [
            f"{one.name} {one.least:g} to {one.most:g}" for one in facts.parameters if one.name != WATERMARK
        ],
        "watermark": facts.watermark,
        "consent": str(voice.consent) if voice.consent else "",
        "description": voice.description,
        "caveat": voice.caveat,
    }
