"""``voxpress voices compare``: one page to hear a text in several voices."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.choices import Parameters, Rate
from cli.flags import Language, Profile, Quiet, as_settings, settings_of
from cli.output import err, out, reports_errors, say
from pipeline.errors import SettingsError, SpeechError
from pipeline.limits import COMPARED_CHARACTERS, COMPARED_VOICES
from pipeline.model import Voice
from pipeline.speech.engine import EngineContext
from pipeline.speech.registry import find_voice
from pipeline.speech.voices import sample_text
from storage.settings import Settings
from tasks.context import engine_context
from tasks.environments import Environment, converting_apart, speaking_apart

if TYPE_CHECKING:  # numpy: for those who speak
    from tasks.comparing import Heard


@reports_errors
def compare(
    names: Annotated[list[str], typer.Argument(metavar="VOICE...", help="Two or more.")],
    text: Annotated[
        str | None,
        typer.Option(
            "--text",
            metavar="TEXT|FILE",
            help="What they say, or a text file with it; else a sentence of ours.",
        ),
    ] = None,
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="PAGE", help="The page to write (HTML).")
    ] = Path("compare.html"),
    blind: Annotated[
        bool, typer.Option("--blind", help="Shuffled, and without names until they are asked for.")
    ] = False,
    language: Language = None,
    rate: Rate = None,
    parameters: Parameters = None,
    profile: Profile = None,
    quiet: Quiet = False,
) -> None:
    """Write one page on which a text can be heard in several voices, side by side.

    The page holds all of the audio and needs no network: it can be moved, and sent to others.
    """
    from pipeline.publish.compare_page import page
    from tasks.comparing import side_by_side

    if not 2 <= len(names) <= COMPARED_VOICES:
        raise SettingsError(f"Name 2 to {COMPARED_VOICES} voices to compare, not {len(names)}.")
    settings = settings_of(as_settings(rate=rate, parameters=parameters), None, profile)
    engines = engine_context(settings)
    found = [_find(name, language or "en", settings, engines) for name in names]
    spoken_language = language or _common([voice for voice, _ in found])
    said = _read(text) if text else sample_text(spoken_language)
    if blind:
        random.SystemRandom().shuffle(found)
    with err.status("Beginning") as status:
        heard = _hear(
            *(said, found, spoken_language, settings, engines),
            lambda voice: status.update("They speak" if blind else f"{voice.name} speaks"),
        )
    sentences, contenders = side_by_side(heard)
    output.write_text(page(sentences, spoken_language, contenders, blind=blind), "utf-8")
    out.print(str(output), markup=False)
    if not quiet:
        say(f"{len(contenders)} voices: open it in a browser.")


def _find(
    name: str, language: str, settings: Settings, engines: EngineContext
) -> tuple[Voice, Environment | None]:
    """A voice, and the environment that speaks with it; None where this process does."""
    try:
        voice = find_voice(name, language, engines)
        return voice, converting_apart(voice.name, settings)  # a converter is known where it cannot run
    except SpeechError:
        if found := speaking_apart(name, language, settings):
            return found[1], found[0]
        raise


def _hear(
    text: str,
    found: Sequence[tuple[Voice, Environment | None]],
    language: str,
    settings: Settings,
    engines: EngineContext,
    begun: Callable[[Voice], None],
) -> list[Heard]:
    """How each says the text, in their order; an environment is started once for all of its voices."""
    from tasks.comparing import hear
    from tasks.comparing_apart import hear_apart

    heard: dict[str, Heard] = {}
    for voice, environment in found:
        if voice.name in heard:
            continue
        if environment is None:
            begun(voice)
            heard[voice.name] = hear(text, voice, language, settings.production, engines)
        else:
            together = [one for one, place in found if place == environment]
            for one in hear_apart(environment, text, together, language, settings, begun):
                heard[one.voice.name] = one
    return [heard[voice.name] for voice, _ in found]


def _common(voices: list[Voice]) -> str:
    """The first language of the first voice that has any of its own."""
    return next((one.languages[0] for one in voices if one.languages and one.languages[0] != "mul"), "en")


def _read(text: str) -> str:
    """What is to be said: the text itself, or what the file of that name says. Raises ``SettingsError``."""
    path = Path(text).expanduser()
    try:
        is_file = len(text) < 1000 and path.is_file()
    except OSError:
        is_file = False
    if is_file:
        try:
            with path.open(encoding="utf-8") as file:
                text = file.read(COMPARED_CHARACTERS + 1)
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(
                f"{path} cannot be read as a text to compare voices with: {error}."
            ) from error
    if not text.strip():
        raise SettingsError("There is nothing to say: give --text some words.")
    if len(text) > COMPARED_CHARACTERS:
        raise SettingsError(
            f"The text has more than {COMPARED_CHARACTERS:,} characters: a page holds all audio, so give it less."
        )
    return text
